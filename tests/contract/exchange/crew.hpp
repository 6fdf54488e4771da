// crew.hpp: threads that use one ring at the same time, and the elements by which they account for each other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {

/// As many threads on each side as the kind allows, up to three.
template <class Kind>
inline constexpr unsigned producers_of = Kind::many_producers ? 3 : 1;
template <class Kind>
inline constexpr unsigned consumers_of = Kind::many_consumers ? 3 : 1;

/// How often each number was seen, by any thread.
class sightings {
 public:
  explicit sightings(std::size_t numbers) : seen_(numbers) {}

  void add(std::size_t number) {
    if (number < seen_.size()) {
      ++seen_[number];
    } else {
      ADD_FAILURE() << number << " was never pushed";
    }
  }

  [[nodiscard]] std::size_t total() const noexcept {
    std::size_t sum = 0;
    for (const auto& times : seen_) sum += times;
    return sum;
  }

  /// Fails unless every number was seen as often as in `expected`.
  void expect_same(const sightings& expected) const {
    for (std::size_t number = 0; number < seen_.size(); ++number) {
      ASSERT_EQ(seen_[number], expected.seen_[number]) << "number " << number;
    }
  }

 private:
  std::vector<std::atomic<unsigned>> seen_;
};

/// Runs `produce(calls, number)` on as many threads as the kind allows, and `consume(calls)` again and again on others;
/// `calls` is the ring, or the thread's handle. The last producer closes, and each consumer ends after an answer that
/// is `closed`.
template <class Kind, class Queue, class Produce, class Consume>
void run_crew(Queue& queue, Produce&& produce, Consume&& consume) {
  std::atomic<unsigned> busy{producers_of<Kind>};
  std::vector<std::jthread> threads;
  for (unsigned number = 0; number < producers_of<Kind>; ++number) {
    threads.emplace_back([&, number] {
      decltype(auto) calls = Kind::producer_of(queue);
      produce(calls, number);
      if (--busy == 0) queue.close();
    });
  }
  for (unsigned number = 0; number < consumers_of<Kind>; ++number) {
    threads.emplace_back([&] {
      decltype(auto) calls = Kind::consumer_of(queue);
      for (pop_status answer = pop_status::ok; answer != pop_status::closed;) {
        answer = consume(calls);
        if (answer == pop_status::empty) std::this_thread::yield();
      }
    });
  }
}

/// Calls `push()` until it is accepted.
template <class Push>
void insist(Push&& push) {
  const bool done = eventually([&] {
    const push_status answer = push();
    EXPECT_TRUE(answer == push_status::ok || answer == push_status::full || answer == push_status::evicted);
    return answer != push_status::full;
  });
  EXPECT_TRUE(done) << "no room";
}

}  // namespace tidegate::test
