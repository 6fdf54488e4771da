// two_counters.hpp: what any queue of single elements for many threads pays that draws a ticket on each side: producers
// count on one line, consumers on another, and nothing else is done.
#pragma once

#include <atomic>
#include <cstdint>

#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

class two_counters {
 public:
  /// One ticket for each of `count` elements.
  [[gnu::noinline]] void send(std::uint64_t count) noexcept { draw(sent_, count); }
  [[gnu::noinline]] void receive(std::uint64_t count) noexcept { draw(received_, count); }

 private:
  struct alignas(128) lone_count {
    std::atomic<std::uint64_t> value{0};
  };

  static void draw(lone_count& from, std::uint64_t count) noexcept {
    for (std::uint64_t i = 0; i < count; ++i) from.value.fetch_add(1, order::relaxed);  // a number each, no more
  }

  lone_count sent_;
  lone_count received_;
};

}  // namespace tidegate::bench
