// posting.hpp: where a thing that belongs to one thread shows how it stands, so that others can watch it: sinks, logs,
// readers of a broadcast.
//
//   posting board(out);
//   watching seen = registry::process().add(board, {.name = "to the peer"});
//   for (...) { out.write(...); out.pump(); board.post(out); }   // the owner, once a turn of its loop
//
// Threads: one posts, any reads.  Progress: wait-free.  Cost of post(): while nobody watches one load and a branch;
// else some forty plain stores.  Errors: none.
// What is read is one post, not parts of two, unless the owner posts faster than it can be read.
//
// Protocol: [post] the owner → who reads: whoever sees a number of a post sees that it had begun, and whoever sees that
// it is done sees all of it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/order.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/observe/observation.hpp"

namespace tidegate {

template <class Sync = native_sync>
class basic_posting {
 public:
  /// Shows how the sink or log stands now, or the reader, or what is given: capacities and bytes are told from the
  /// beginning.
  template <observed_sink Sink>
  explicit basic_posting(const Sink& out) noexcept : basic_posting(observe_owned(out)) {}
  template <class Reader, class Queue>
  basic_posting(const Reader& reader, const Queue& queue) noexcept : basic_posting(observe_owned(reader, queue)) {}
  explicit basic_posting(const observation& first) noexcept { show(first); }

  basic_posting(const basic_posting&) = delete;
  basic_posting& operator=(const basic_posting&) = delete;

  /// The owner's thread: how the sink or log stands now.
  template <observed_sink Sink>
  void post(const Sink& out) noexcept {
    if (watched()) show(observe_owned(out));
  }
  /// How far a reader of a broadcast_queue is.
  template <class Reader, class Queue>
  void post(const Reader& reader, const Queue& queue) noexcept {
    if (watched()) show(observe_owned(reader, queue));
  }
  /// The same of anything; see observation for the numbers.
  void post(const observation& seen) noexcept {
    if (watched()) show(seen);
  }

  /// Whether somebody watches, a moment ago.
  [[nodiscard]] bool watched() const noexcept { return watchers_.load(order::relaxed) != 0; }  // guards no data

  /// Any thread: what was posted last.
  [[nodiscard]] observation observe() const noexcept {
    words read;
    for (unsigned tries = 0; tries < most_tries; ++tries) {
      const std::uint64_t done = done_.load(order::acquire);  // [post] pairs with show()
      for (std::size_t i = 0; i < words_.size(); ++i) {
        read[i] = words_[i].load(order::acquire);  // [post] pairs with show(): the next post has begun if it is seen
      }
      if (begun_.load(order::relaxed) == done) break;  // relaxed: what is seen above says how late it is
    }
    return std::bit_cast<observation>(read);
  }

  /// A registry's calls.
  void begin_watch() noexcept { watchers_.fetch_add(1, order::relaxed); }  // guards no data
  void end_watch() noexcept { watchers_.fetch_sub(1, order::relaxed); }    // guards no data

 private:
  static_assert(sizeof(observation) % sizeof(std::uint64_t) == 0);
  using words = std::array<std::uint64_t, sizeof(observation) / sizeof(std::uint64_t)>;

  static constexpr unsigned most_tries = 64;

  void show(const observation& seen) noexcept {
    const words now = std::bit_cast<words>(seen);
    const std::uint64_t post = begun_.load(order::relaxed) + 1;  // own variable
    begun_.store(post, order::relaxed);                          // the stores below release it
    for (std::size_t i = 0; i < words_.size(); ++i) {
      words_[i].store(now[i], order::release);  // [post] pairs with observe()
    }
    done_.store(post, order::release);  // [post] pairs with observe()
  }

  typename Sync::template atomic<std::uint32_t> watchers_{0};
  alignas(cache_line_bytes) typename Sync::template atomic<std::uint64_t> begun_{0};  // posts
  typename Sync::template atomic<std::uint64_t> done_{0};
  std::array<typename Sync::template atomic<std::uint64_t>, words{}.size()> words_{};
};

using posting = basic_posting<>;

}  // namespace tidegate
