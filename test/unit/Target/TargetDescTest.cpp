//===- TargetDescTest.cpp - Descriptions of targets -----------------------===//

#include "tenon/Target/TargetDesc.h"
#include "runtime/abi/tenon_abi.h"
#include <catch2/catch.hpp>

using namespace tenon;

static std::string printed(const TargetDesc &desc) {
  std::string text;
  llvm::raw_string_ostream os(text);
  desc.print(os);
  return text;
}

static std::string parseError(llvm::StringRef text) {
  auto desc = TargetDesc::parse(text);
  return desc ? "" : llvm::toString(desc.takeError());
}

TEST_CASE("targets that come with Tenon print and parse", "[TargetDesc]") {
  REQUIRE(TargetDesc::names().size() == 3);
  for (llvm::StringRef name : TargetDesc::names()) {
    auto desc = TargetDesc::lookup(name);
    REQUIRE(bool(desc));
    CHECK(desc->name == name);
    std::string text = printed(*desc);
    auto again = TargetDesc::parse(text);
    REQUIRE(bool(again));
    CHECK(printed(*again) == text);
  }
  auto v4 = llvm::cantFail(TargetDesc::lookup("x86-64-v4"));
  CHECK(v4.vectorBits == 512);
  CHECK(v4.lanes() == 16);
  CHECK(v4.scalef);
  CHECK(v4.byteProduct == "");
  CHECK(llvm::cantFail(TargetDesc::lookup("x86-64-v4-vnni")).byteProduct != "");
  CHECK(v4.requiredFeatures == (TN_CPU_X86_64_V3 | TN_CPU_X86_64_V4));
}

TEST_CASE("a wrong target description says what and where", "[TargetDesc]") {
  CHECK(parseError("name = a\nname = b") ==
        "target description, line 2: 'name' is given twice");
  CHECK(parseError("vector_bits = wide") ==
        "target description, line 1: 'vector_bits' must be a positive integer, "
        "not 'wide'");
  CHECK(parseError("scalef = 1") ==
        "target description, line 1: 'scalef' must be true or false, not '1'");
  CHECK(parseError("lanes = 16") ==
        "target description, line 1: unknown key 'lanes'");
  CHECK(parseError("lanes") ==
        "target description, line 1: expected `key = value`, found 'lanes'");
  CHECK(parseError("name = a # only\n") ==
        "target description, line 2: 'triple' is missing");
  CHECK(parseError("requires = sse").find("must be a list of x86-64-v3, ") !=
        std::string::npos);
  auto unknown = TargetDesc::lookup("no-such-target");
  REQUIRE(!unknown);
  CHECK(llvm::toString(unknown.takeError()) ==
        "target 'no-such-target' is neither one of x86-64-v4-vnni, x86-64-v4, "
        "x86-64-v3 nor a readable file: No such file or directory");
}
