//===- ExecutionProfileTest.cpp - Profiles as files -----------------------===//

#include "tenon/Profile/ExecutionProfile.h"
#include <catch2/catch.hpp>

using namespace tenon::profile;
using Catch::Contains;

static std::string messageOf(llvm::StringRef text) {
  auto profile = ExecutionProfile::parse(text);
  REQUIRE(!profile);
  return llvm::toString(profile.takeError());
}

TEST_CASE("a profile counts calls per run", "[Profile]") {
  auto profile = ExecutionProfile::parse(R"json({
    "module": "m", "runs": 4, "nanoseconds": 10, "kernels": [],
    "regions": [{"path": "a > b", "calls": 6, "nanoseconds": 3},
                {"path": "c", "function": "f", "calls": 8}]})json");
  REQUIRE(!!profile);
  CHECK(profile->callsPerRun("") == 1);
  CHECK(profile->callsPerRun("a > b") == 1.5);
  CHECK(profile->callsPerRun("c") == 2);
  CHECK(profile->callsPerRun("a") == 0);
}

TEST_CASE("what is no profile is refused", "[Profile]") {
  CHECK_THAT(messageOf("{"), Contains("no profile of tenon run --profile"));
  CHECK_THAT(messageOf("[1]"), Contains("no \"runs\""));
  CHECK_THAT(messageOf(R"({"runs": 1})"), Contains("no \"regions\""));
  CHECK_THAT(messageOf(R"({"runs": 0, "regions": []})"),
             Contains("counts no run"));
  CHECK_THAT(messageOf(R"({"runs": 1, "regions": [{"path": "a"}]})"),
             Contains("no \"path\" or no \"calls\""));
  CHECK_THAT(
      messageOf(R"({"runs": 1, "regions": [{"path": "a", "calls": -1}]})"),
      Contains("no \"path\" or no \"calls\""));
  auto missing = ExecutionProfile::read("no/such/profile.json");
  REQUIRE(!missing);
  CHECK_THAT(llvm::toString(missing.takeError()),
             Contains("no/such/profile.json: "));
}
