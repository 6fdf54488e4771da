// support.hpp: patience for the threads of a test. A wait that takes too long is a failure with a name, never a hang.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/policies.hpp"

namespace tidegate::test {

using test_clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// TIDEGATE_STRESS=long multiplies the traffic of the stress tests.
[[nodiscard]] inline unsigned stress_factor() {
  const char* const wish = std::getenv("TIDEGATE_STRESS");
  return wish != nullptr && std::string(wish) == "long" ? 50 : 1;
}

/// Far longer than anything here takes, even under a sanitizer on a busy machine.
inline const std::chrono::seconds patience{stress_factor() == 1 ? 60 : 600};

/// A deadline that only a lost wake reaches.
[[nodiscard]] inline test_clock::time_point in_good_time() { return test_clock::now() + patience; }

/// Waits until `condition()` holds; false when patience runs out.
template <class Condition>
[[nodiscard]] bool eventually(Condition&& condition) {
  const auto limit = in_good_time();
  while (!condition()) {
    if (test_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Ends the process, and names the test, when the test takes several times longer than patience allows.
class watchdog {
 public:
  watchdog() : thread_([this] { watch(); }) {}
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, test_clock::now() + 4 * patience, [this] { return done_; })) return;
    std::fprintf(stderr, "watchdog: %s hangs\n", name_.c_str());
    std::abort();
  }

  static std::string running_test() {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    return test == nullptr ? "no test" : std::string(test->test_suite_name()) + "." + test->name();
  }

  std::string name_ = running_test();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;  // last: it uses all of the above
};

/// Fixture of tests with threads. A wake that was lost shows as a wait that lasts until its deadline, and may then
/// still succeed with its last try: so no test may take that long.
class watched : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_LT(test_clock::now() - start_, patience) << "some wait ended with its deadline, not with a wake";
  }

 private:
  test_clock::time_point start_ = test_clock::now();
  watchdog watchdog_;
};

/// Starts a thread and comes back once it waits on a queue of the given kind.
template <class Kind, class Body>
[[nodiscard]] std::jthread start_and_see_it_wait(Body body) {
  const auto steps = std::make_shared<wait_steps>();
  std::jthread thread([steps, body]() mutable {
    my_wait_steps = steps.get();
    body();
  });
  EXPECT_TRUE(eventually([&] { return Kind::waits(*steps) != 0; })) << "the thread never came to wait";
  return thread;
}

/// Counts the waiting steps of the calling thread while it lives.
class own_wait_steps {
 public:
  own_wait_steps() noexcept { my_wait_steps = &steps_; }
  own_wait_steps(const own_wait_steps&) = delete;
  own_wait_steps& operator=(const own_wait_steps&) = delete;
  ~own_wait_steps() { my_wait_steps = &unwatched_steps; }
  [[nodiscard]] std::uint64_t count() const noexcept { return steps_.sleeps + steps_.yields; }

 private:
  wait_steps steps_;
};

}  // namespace tidegate::test
