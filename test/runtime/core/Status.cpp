//===- Status.cpp - Tests of codes and messages ---------------------------===//
#include "core/Status.h"

#include <catch2/catch.hpp>

#include <string>
#include <thread>

using namespace tenon::runtime;

TEST_CASE("the last message belongs to the thread", "[status]") {
  CHECK(fail(TN_IO_FAILED, "file %d", 7) == TN_IO_FAILED);
  std::thread([] {
    CHECK(std::string(tn_last_message()).empty());
    fail(TN_IO_FAILED, "other");
  }).join();
  CHECK(std::string(tn_last_message()) == "file 7");
}

TEST_CASE("a message may quote the last one", "[status]") {
  fail(TN_IO_FAILED, "inner");
  fail(TN_IO_FAILED, "outer: %s", tn_last_message());
  CHECK(std::string(tn_last_message()) == "outer: inner");
}

TEST_CASE("a long message is cut", "[status]") {
  fail(TN_IO_FAILED, "%s", std::string(5000, 'x').c_str());
  CHECK(std::string(tn_last_message()).size() == 1023);
}

TEST_CASE("status names", "[status]") {
  CHECK(std::string(tn_status_name(TN_OK)) == "ok");
  CHECK(std::string(tn_status_name(TN_VERSION_MISMATCH)) == "version mismatch");
}
