//===- Profiler.cpp - Tests of the profile table and the trace ------------===//
#include "core/ProfileFile.h"

#include "FakeModel.h"

#include <catch2/catch.hpp>

#include <cctype>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace {

/// Accepts JSON texts and nothing else.
class JsonChecker {
public:
  static bool accepts(const std::string &text) {
    JsonChecker checker{text.c_str()};
    return checker.value() && (checker.space(), !*checker.at);
  }

private:
  explicit JsonChecker(const char *text) : at(text) {}

  void space() {
    while (std::isspace(static_cast<unsigned char>(*at)))
      ++at;
  }
  bool take(char c) {
    space();
    return *at == c ? ++at, true : false;
  }
  bool string() {
    if (!take('"'))
      return false;
    for (; *at != '"'; ++at)
      if (static_cast<unsigned char>(*at) < 0x20 || (*at == '\\' && !*++at))
        return false;
    return ++at, true;
  }
  bool number() {
    space();
    char *end;
    std::strtod(at, &end);
    return end != at ? at = end, true : false;
  }
  bool member() { return string() && take(':') && value(); }
  template <typename Item> bool list(char close, Item item) {
    if (take(close))
      return true;
    do
      if (!item())
        return false;
    while (take(','));
    return take(close);
  }
  bool value() {
    if (take('{'))
      return list('}', [this] { return member(); });
    if (take('['))
      return list(']', [this] { return value(); });
    space();
    return *at == '"' ? string() : number();
  }

  const char *at;
};

} // namespace

static fake::Loaded &profiled() {
  tn_options options = {};
  options.profile = 1;
  static fake::Loaded loaded(fake::model, options);
  tn_session_profile_reset(loaded.session);
  return loaded;
}

static void runTwice(tn_session *session) {
  fake::Inputs inputs(2, 3);
  for (int i = 0; i < 2; ++i) {
    fake::Outputs outputs;
    REQUIRE(tn_run(session, inputs.views.data(), 3, outputs.list, 3) == TN_OK);
  }
}

static std::string readFile(const char *path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

static int countOf(const std::string &text, const std::string &word) {
  int count = 0;
  for (size_t at = text.find(word); at != std::string::npos;
       at = text.find(word, at + 1))
    ++count;
  return count;
}

TEST_CASE("the profile sums per kernel", "[profiler]") {
  tn_session *session = profiled().session;
  runTwice(session);
  tn_kernel_profile rows[3];
  REQUIRE(tn_session_profile(session, nullptr, 0) == 3);
  REQUIRE(tn_session_profile(session, rows, 3) == 3);
  CHECK(std::string(rows[2].name) == "sum");
  CHECK(rows[0].calls == 2);
  CHECK(rows[0].flops == 2 * 24);
  CHECK(rows[1].bytes == 2 * 240);
  CHECK(rows[1].nanoseconds >= 0);
  tn_session_profile_reset(session);
  tn_session_profile(session, rows, 1);
  CHECK(rows[0].calls == 0);
}

TEST_CASE("the trace is JSON with one event per launch", "[profiler]") {
  tn_session *session = profiled().session;
  runTwice(session);
  const char *path = "tenon-runtime-test-trace.json";
  REQUIRE(tn_session_write_trace(session, path) == TN_OK);
  std::string text = readFile(path);
  std::remove(path);
  CHECK(JsonChecker::accepts(text));
  CHECK(countOf(text, "\"cat\":\"kernel\"") == 6);
  CHECK(countOf(text, "\"cat\":\"run\"") == 2);
  CHECK(countOf(text, "\"scale \\\"x\\\"\"") == 2);
  CHECK(countOf(text, "\"add\\\\ids\"") == 2);
  CHECK(countOf(text, "\"missing_events\":0") == 1);
  CHECK_FALSE(JsonChecker::accepts(text.substr(0, text.size() - 4)));
}

TEST_CASE("the list of events is bounded", "[profiler]") {
  using tenon::runtime::Profiler;
  Profiler profiler;
  REQUIRE(profiler.enable(fake::model.variants[0]) == TN_OK);
  tn_launch launch = {nullptr, 1, 1, 1, 1, 1};
  for (int64_t i = 0; i < Profiler::kMaxEvents + 5; ++i)
    profiler.recordLaunch(launch, i, i + 1);
  CHECK(profiler.kernels()[1].calls == Profiler::kMaxEvents + 5);
  const char *path = "tenon-runtime-test-trace.json";
  REQUIRE(writeTrace(profiler, fake::model, fake::model.variants[0], path) ==
          TN_OK);
  CHECK(readFile(path).find("\"missing_events\":5") != std::string::npos);
  std::remove(path);
}

TEST_CASE("regions are counted where they run", "[profiler]") {
  using tenon::runtime::Profiler;
  // Twice: loop { call { branch } }, branch; then a run that fails in the loop.
  static const tn_region_desc regions[] = {
      {"loop", nullptr}, {"call \"a\"", "f"}, {"branch", nullptr}, {"b", "f"}};
  tn_variant_desc variant = fake::model.variants[0];
  variant.regions = regions;
  variant.region_count = 4;
  Profiler profiler;
  REQUIRE(profiler.enable(variant) == TN_OK);
  for (int64_t run = 0; run < 2; ++run) {
    int64_t time = 100 * run;
    profiler.enter(0, time + 10);
    profiler.enter(1, time + 20);
    profiler.enter(2, time + 30);
    profiler.leave(time + 31);
    profiler.leave(time + 35);
    profiler.leave(time + 50);
    profiler.enter(2, time + 60);
    profiler.leave(time + 62);
    profiler.enter(3, time + 70);
    profiler.leave(time + 77);
    profiler.recordRun(time, time + 90);
  }
  profiler.enter(0, 300);
  profiler.recordRun(290, 305);
  const char *path = "tenon-runtime-test-profile.json";
  REQUIRE(writeProfile(profiler, fake::model, variant, path) == TN_OK);
  std::string text = readFile(path);
  std::remove(path);
  CHECK(JsonChecker::accepts(text));
  auto has = [&](const char *part) { return countOf(text, part) == 1; };
  CHECK(has("\"runs\":3,\"nanoseconds\":195"));
  CHECK(has("{\"path\":\"loop\",\"calls\":3,\"nanoseconds\":85}"));
  CHECK(has("{\"path\":\"loop > call \\\"a\\\"\",\"function\":\"f\","
            "\"calls\":2,\"nanoseconds\":30}"));
  CHECK(has("\"loop > call \\\"a\\\" > branch\",\"calls\":2,"
            "\"nanoseconds\":2}"));
  CHECK(has("{\"path\":\"branch\",\"calls\":2,\"nanoseconds\":4}"));
  CHECK(has("{\"name\":\"f\",\"calls\":4,\"nanoseconds\":44}"));
  CHECK(has("{\"name\":\"sum\",\"calls\":0,\"nanoseconds\":0"));
  CHECK(writeProfile(profiler, fake::model, variant, "missing/folder/x") ==
        TN_IO_FAILED);
}

TEST_CASE("a session without profile has no trace", "[profiler]") {
  fake::Loaded fake;
  CHECK(tn_session_profile(fake.session, nullptr, 0) == 0);
  CHECK(tn_session_write_trace(fake.session, "x") == TN_INVALID_ARGUMENT);
  CHECK(tn_session_write_profile(fake.session, "x") == TN_INVALID_ARGUMENT);
  CHECK(tn_session_write_trace(profiled().session, "missing/folder/x") ==
        TN_IO_FAILED);
}
