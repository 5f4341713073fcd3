//===- Session.cpp - Tests of whole runs ----------------------------------===//
#include "core/Session.h"

#include "FakeModel.h"
#include "cpu/ThreadPool.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <thread>

/// Checks the outputs of inputs made by fake::Inputs.
static void checkResults(const fake::Inputs &inputs, const tn_output *outputs) {
  int64_t count = inputs.ids.size();
  auto *y = static_cast<const float *>(outputs[0].view.data);
  double sum = 0;
  bool same = true;
  for (int64_t i = 0; i < 4 * count; ++i) {
    same &= y[i] == 2.0f + float(inputs.ids[i / 4]);
    sum += y[i];
  }
  CHECK(same);
  CHECK(*static_cast<const float *>(outputs[1].view.data) ==
        Approx(sum).margin(1e-3));
  CHECK(outputs[2].view.dims[0] == std::max<int64_t>(count - 1, 0));
}

TEST_CASE("the runtime allocates outputs", "[session]") {
  fake::Loaded fake;
  fake::Inputs inputs(2, 3);
  fake::Outputs outputs;
  REQUIRE(tn_run(fake.session, inputs.views.data(), 3, outputs.list, 3) ==
          TN_OK);
  checkResults(inputs, outputs.list);
  CHECK(outputs.list[0].view.rank == 3);
  CHECK(outputs.list[0].view.dims[1] == 3);
  CHECK(outputs.list[1].view.rank == 0);
  CHECK(reinterpret_cast<uintptr_t>(outputs.list[0].view.data) %
            TN_BUFFER_ALIGNMENT ==
        0);
  void *before = outputs.list[0].view.data;
  // The same outputs again: written in place.
  inputs.ids[0] = -1;
  REQUIRE(tn_run(fake.session, inputs.views.data(), 3, outputs.list, 3) ==
          TN_OK);
  CHECK(outputs.list[0].view.data == before);
  CHECK(outputs.list[0].tensor != nullptr);
}

TEST_CASE("the caller gives outputs", "[session]") {
  fake::Loaded fake;
  fake::Inputs inputs(2, 3);
  std::vector<float> y(24);
  std::vector<int64_t> kept(5);
  float sum;
  int64_t yDims[] = {2, 3, 4}, keptDims[] = {5};
  tn_output outputs[3] = {{{y.data(), yDims, 3, TN_F32}, nullptr},
                          {{&sum, nullptr, 0, TN_F32}, nullptr},
                          {{kept.data(), keptDims, 1, TN_I64}, nullptr}};
  REQUIRE(tn_run(fake.session, inputs.views.data(), 3, outputs, 3) == TN_OK);
  checkResults(inputs, outputs);
  CHECK(outputs[0].tensor == nullptr);
  CHECK(kept == std::vector<int64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("an output of the wrong computed size is refused", "[session]") {
  fake::Loaded fake;
  fake::Inputs inputs(2, 3);
  std::vector<int64_t> kept(6);
  int64_t keptDims[] = {6};
  tn_output outputs[3] = {};
  outputs[2].view = {kept.data(), keptDims, 1, TN_I64};
  CHECK(tn_run(fake.session, inputs.views.data(), 3, outputs, 3) ==
        TN_INVALID_ARGUMENT);
  CHECK(std::string(tn_last_message()) ==
        "output \"kept\": dim 0 (\"kept\") is 6, but the model computes 5");
  CHECK(outputs[0].tensor == nullptr);
  CHECK(outputs[0].view.data == nullptr);
  CHECK(outputs[2].view.data == kept.data());
}

TEST_CASE("a refused run leaves no stale outputs", "[session]") {
  fake::Loaded fake;
  fake::Inputs inputs(2, 3);
  inputs.xDims[1] = 4;
  tn_output outputs[3] = {};
  outputs[0].tensor = reinterpret_cast<tn_tensor *>(16);
  CHECK(tn_run(fake.session, inputs.views.data(), 3, outputs, 3) ==
        TN_INVALID_ARGUMENT);
  CHECK(outputs[0].tensor == nullptr);
  CHECK(tn_run(fake.session, nullptr, 3, outputs, 3) == TN_INVALID_ARGUMENT);
  CHECK(tn_run(nullptr, nullptr, 0, nullptr, 0) == TN_INVALID_ARGUMENT);
}

TEST_CASE("tensors of size zero", "[session]") {
  fake::Loaded fake;
  fake::Inputs inputs(2, 0);
  inputs.views[0].data = inputs.views[1].data = nullptr;
  fake::Outputs outputs;
  REQUIRE(tn_run(fake.session, inputs.views.data(), 3, outputs.list, 3) ==
          TN_OK);
  CHECK(outputs.list[0].view.dims[1] == 0);
  CHECK(*static_cast<float *>(outputs.list[1].view.data) == 0);
  CHECK(outputs.list[2].view.dims[0] == 0);
}

TEST_CASE("unaligned inputs", "[session]") {
  fake::Loaded fake;
  fake::Inputs inputs(1, 2);
  std::vector<float> shifted(9, 1.0f);
  inputs.views[1].data = shifted.data() + 1;
  fake::Outputs outputs;
  REQUIRE(tn_run(fake.session, inputs.views.data(), 3, outputs.list, 3) ==
          TN_OK);
  checkResults(inputs, outputs.list);
}

TEST_CASE("sizes that no machine has fail cleanly", "[session]") {
  fake::Loaded fake;
  fake::Inputs inputs(2, 3);
  inputs.idDims = {64, int64_t(1) << 40};
  inputs.xDims = {64, int64_t(1) << 40, 4};
  tn_output outputs[3] = {};
  CHECK(tn_run(fake.session, inputs.views.data(), 3, outputs, 3) != TN_OK);
  CHECK_THAT(tn_last_message(), Catch::Matchers::Contains("memory"));
}

TEST_CASE("the arena follows the sizes", "[session]") {
  fake::Loaded fake;
  CHECK(tn_session_arena_bytes(fake.session) == 0);
  for (int64_t seq : {5, 50, 7, 500, 5}) {
    fake::Inputs inputs(3, seq);
    fake::Outputs outputs;
    REQUIRE(tn_run(fake.session, inputs.views.data(), 3, outputs.list, 3) ==
            TN_OK);
    checkResults(inputs, outputs.list);
    CHECK(tn_session_arena_bytes(fake.session) >= 3 * seq * 16);
  }
}

TEST_CASE("a session picks its variant and can be limited", "[session]") {
  if (!(tn_cpu_features() & TN_CPU_X86_64_V3))
    return;
  tn_options options = {};
  options.cpu_features = TN_CPU_X86_64_V3;
  fake::Loaded limited(fake::model, options);
  CHECK(std::string(tn_session_variant(limited.session)->target) ==
        "x86-64-v3");
  options.struct_bytes = sizeof(options);
  options.cpu_features = TN_CPU_AVX512_VNNI;
  tn_session *session;
  CHECK(tn_session_create(limited.module, &options, &session) ==
        TN_UNSUPPORTED);
  CHECK(session == nullptr);
}

TEST_CASE("options are checked", "[session]") {
  fake::Loaded fake;
  tn_session *session;
  tn_options options = {};
  CHECK(tn_session_create(fake.module, &options, &session) ==
        TN_INVALID_ARGUMENT);
  options.struct_bytes = sizeof(options);
  options.threads = -1;
  CHECK(tn_session_create(fake.module, &options, &session) ==
        TN_INVALID_ARGUMENT);
  options.threads = 100000;
  CHECK(tn_session_create(fake.module, &options, &session) ==
        TN_INVALID_ARGUMENT);
  CHECK(tn_session_create(nullptr, &options, &session) == TN_INVALID_ARGUMENT);
  options.threads = 0;
  REQUIRE(tn_session_create(fake.module, &options, &session) == TN_OK);
  CHECK(tn_session_threads(session) == tenon::runtime::usableCpus());
  tn_session_release(session);
}

TEST_CASE("sessions of many threads share a module", "[session]") {
  fake::Loaded fake;
  tn_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = 3;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      tn_session *session;
      if (tn_session_create(fake.module, &options, &session)) {
        ++failures;
        return;
      }
      fake::Inputs inputs(5 + t, 9);
      for (int i = 0; i < 100; ++i) {
        fake::Outputs outputs;
        if (tn_run(session, inputs.views.data(), 3, outputs.list, 3))
          ++failures;
        auto *y = static_cast<float *>(outputs.list[0].view.data);
        for (size_t j = 0; j < inputs.x.size(); ++j)
          failures += y[j] != 2.0f + float(inputs.ids[j / 4]);
      }
      tn_session_release(session);
    });
  for (std::thread &thread : threads)
    thread.join();
  CHECK(failures == 0);
}

TEST_CASE("a session refuses a second run at the same time", "[session]") {
  static tn_session *running;
  static tn_status inner;
  fake::Program program([](const tn_host_api *, tn_exec *, const tn_view *,
                           const int64_t *, const void *) -> int32_t {
    inner = tn_run(running, nullptr, 0, nullptr, 0);
    return 0;
  });
  fake::Loaded loaded(program.desc);
  running = loaded.session;
  CHECK(tn_run(running, nullptr, 0, nullptr, 0) == TN_OK);
  CHECK(inner == TN_INVALID_ARGUMENT);
  CHECK_THAT(tn_last_message(),
             Catch::Matchers::Contains("one session per thread"));
}
