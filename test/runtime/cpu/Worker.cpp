//===- Worker.cpp - Tests of handing over and of waiting ------------------===//
#include "cpu/Worker.h"

#include <catch2/catch.hpp>

#include <thread>

using namespace tenon::runtime;

TEST_CASE("a countdown waits for its last part", "[worker]") {
  for (int delay : {0, 1}) {
    Countdown countdown(2);
    std::atomic<int> finished{0};
    std::thread thread([&] {
      for (int i = 0; i < 2; ++i) {
        // Longer than the spin, so that the waiting thread sleeps.
        std::this_thread::sleep_for(std::chrono::milliseconds(5 * delay));
        ++finished;
        countdown.finishPart();
      }
    });
    countdown.wait();
    CHECK(finished == 2);
    thread.join();
  }
}

TEST_CASE("a worker belongs to one caller", "[worker]") {
  Worker worker;
  CHECK(worker.tryTake());
  CHECK_FALSE(worker.tryTake());
}

TEST_CASE("a launch that a worker has not begun can be revoked", "[worker]") {
  Worker worker; // without a thread
  Work work{nullptr, nullptr, 2, 1};
  Launch launch(work, 2);
  REQUIRE(worker.tryTake());
  worker.post(launch, 1);
  CHECK(worker.revoke(launch));
  CHECK_FALSE(worker.revoke(launch));
  CHECK(worker.tryTake());
}

// A caller whose launch the worker has finished may revoke late, when the worker
// is another's already: both callers waited forever.
TEST_CASE("the launch of another caller is not revoked", "[worker]") {
  Worker worker; // without a thread
  Work work{nullptr, nullptr, 2, 1};
  Launch finished(work, 2), next(work, 2);
  REQUIRE(worker.tryTake());
  worker.post(next, 1);
  CHECK_FALSE(worker.revoke(finished));
  CHECK_FALSE(worker.tryTake());
  CHECK(worker.revoke(next));
}
