//===- RooflineTest.cpp - Predictions by limits of the machine ------------===//

#include "tenon/Explain/Report.h"
#include <catch2/catch.hpp>

using namespace tenon::explain;

static const Machine machine{/*gflops=*/100, /*gbs=*/10, /*readGbs=*/20,
                             /*cacheGbs=*/50,
                             /*cacheBytes=*/1000};

TEST_CASE("bytes take longer from memory than from the caches", "[explain]") {
  // 1e6 operations at 1e11 a second: 10 us. 1e6 bytes at 1e10: 100 us.
  CHECK(machine.computing(1'000'000) == Approx(10));
  CHECK(machine.moving(1'000'000, 0) == Approx(50));
  CHECK(machine.moving(0, 1'000'000) == Approx(100));
  CHECK(machine.moving(0, 1000) == Approx(0.02));
  CHECK(machine.moving(0, 1001) == Approx(0.1001));
  CHECK(machine.moving(1000, 1000) == Approx(0.07));
}

static Step launch(int kernel, std::optional<int64_t> flops) {
  Step step;
  step.kernel = kernel;
  step.flops = flops;
  step.bytes = 8;
  return step;
}

TEST_CASE("kernels add up what their launches take", "[explain]") {
  Report report;
  report.machine = machine;
  report.kernels.resize(3);
  report.steps = {launch(0, 100'000), launch(0, 300'000), launch(1, 100'000),
                  launch(2, std::nullopt), Step()};
  report.kernels[1].calls = 5; // in a loop
  report.kernels[1].flops = 500'000;
  report.predict();
  CHECK(*report.steps[1].predicted == Approx(3));
  CHECK(*report.kernels[0].predicted == Approx(4));
  CHECK(*report.kernels[0].flops == 400'000);
  CHECK(*report.kernels[0].bytes == 16);
  CHECK(*report.kernels[1].predicted == Approx(5));
  CHECK(*report.kernels[1].flops == 500'000);
  CHECK(!report.kernels[2].predicted);
  CHECK(!report.steps[4].predicted);
}

TEST_CASE("weights are cold unless all of them fit into the caches",
          "[explain]") {
  Report report;
  report.machine = machine;
  report.kernels.resize(1);
  report.steps = {launch(0, 1)};
  report.steps[0].bytes = 900;
  report.steps[0].storedBytes = 500;
  report.memory.weightBytes = 1000;
  report.predict();
  CHECK(*report.steps[0].predicted == Approx(0.018));
  report.memory.weightBytes = 1001;
  report.predict();
  CHECK(*report.steps[0].predicted == Approx(0.033));
  CHECK(report.kernels[0].isMemoryBound);
}

TEST_CASE("without limits there are amounts, but no predictions", "[explain]") {
  Report report;
  report.kernels.resize(1);
  report.steps = {launch(0, 100)};
  report.predict();
  CHECK(*report.kernels[0].flops == 100);
  CHECK(!report.kernels[0].predicted);
}
