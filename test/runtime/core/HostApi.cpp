//===- HostApi.cpp - Tests of host programs that fail or misbehave --------===//
#include "core/HostApi.h"

#include "FakeModel.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <string>

using Catch::Matchers::Contains;

static tn_status runProgram(tn_host_fn host) {
  fake::Program program(host);
  fake::Loaded loaded(program.desc);
  return tn_run(loaded.session, nullptr, 0, nullptr, 0);
}

TEST_CASE("the model's own failures carry their message", "[host-api]") {
  fake::Loaded fake;
  fake::Inputs inputs(2, 3);
  inputs.scale = NAN;
  fake::Outputs outputs;
  CHECK(tn_run(fake.session, inputs.views.data(), 3, outputs.list, 3) ==
        TN_RUN_FAILED);
  CHECK(std::string(tn_last_message()) ==
        "model \"fake\": scale is NaN for 2 x 3 (100%)");
}

TEST_CASE("a message that is long or short of values", "[host-api]") {
  CHECK(runProgram([](const tn_host_api *api, tn_exec *exec, const tn_view *,
                      const int64_t *, const void *) -> int32_t {
          static const std::string text = "%lld" + std::string(3000, 'x');
          return api->fail(exec, text.c_str(), nullptr, 0);
        }) == TN_RUN_FAILED);
  CHECK_THAT(tn_last_message(), Contains("%lldxxx"));
}

TEST_CASE("an ignored failure still fails the run", "[host-api]") {
  CHECK(runProgram([](const tn_host_api *api, tn_exec *exec, const tn_view *,
                      const int64_t *, const void *) -> int32_t {
          tn_launch launch = {nullptr, 5, 1, 1, 0, 0};
          api->launch(exec, &launch);
          return 0;
        }) == TN_RUN_FAILED);
  CHECK_THAT(tn_last_message(), Contains("it launches kernel 5 of 0"));
}

TEST_CASE("a status without message and a missing output", "[host-api]") {
  CHECK(runProgram(
            [](const tn_host_api *, tn_exec *, const tn_view *, const int64_t *,
               const void *) -> int32_t { return 42; }) == TN_RUN_FAILED);
  CHECK_THAT(tn_last_message(), Contains("status 42"));

  fake::Program program([](const tn_host_api *, tn_exec *, const tn_view *,
                           const int64_t *,
                           const void *) -> int32_t { return 0; });
  tn_tensor_desc output = {"lost", nullptr, 0, TN_F32};
  program.desc.outputs = &output;
  program.desc.output_count = 1;
  fake::Loaded loaded(program.desc);
  tn_output result = {};
  CHECK(tn_run(loaded.session, nullptr, 0, &result, 1) == TN_RUN_FAILED);
  CHECK_THAT(tn_last_message(), Contains("did not produce output \"lost\""));
}

TEST_CASE("what a run does not release is freed at its end", "[host-api]") {
  // Leaks are found by the address sanitizer.
  CHECK(runProgram([](const tn_host_api *api, tn_exec *exec, const tn_view *,
                      const int64_t *, const void *) -> int32_t {
          void *memory[4];
          for (void *&address : memory) {
            if (int32_t status = api->alloc(exec, 100, &address))
              return status;
            std::memset(address, 1, 100);
          }
          bool aligned = reinterpret_cast<uintptr_t>(memory[3]) % 64 == 0;
          api->release(exec, memory[1]);
          api->release(exec, nullptr);
          api->release(exec, memory[3]);
          return aligned ? 0 : 1;
        }) == TN_OK);
}

TEST_CASE("hostile sizes from the host program", "[host-api]") {
  CHECK(runProgram([](const tn_host_api *api, tn_exec *exec, const tn_view *,
                      const int64_t *, const void *) -> int32_t {
          void *address;
          return api->alloc(exec, int64_t(1) << 62, &address);
        }) == TN_OUT_OF_MEMORY);
  CHECK(runProgram([](const tn_host_api *api, tn_exec *exec, const tn_view *,
                      const int64_t *, const void *) -> int32_t {
          void *address;
          return api->alloc(exec, -1, &address);
        }) == TN_OUT_OF_MEMORY);
  CHECK(runProgram([](const tn_host_api *api, tn_exec *exec, const tn_view *,
                      const int64_t *, const void *) -> int32_t {
          tn_interval life = {0, 0};
          int64_t size = INT64_MAX;
          void *address;
          return api->plan(exec, 0, 1, &life, &size, &address);
        }) == TN_OUT_OF_MEMORY);
  CHECK(runProgram([](const tn_host_api *api, tn_exec *exec, const tn_view *,
                      const int64_t *, const void *) -> int32_t {
          void *address;
          return api->output(exec, 0, nullptr, &address);
        }) == TN_RUN_FAILED);
}
