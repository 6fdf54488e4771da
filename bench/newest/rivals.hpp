// rivals.hpp: places for the newest value, and hand-offs from thread to thread, each beside what one writes first.
//
// A place offers write(value) and read(out): false when there is nothing new, or it was overwritten meanwhile. A
// hand-off offers push(value), which returns when the element has been received, and pop(out).
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "tidegate/queue/rendezvous.hpp"
#include "tidegate/ring/latest.hpp"

namespace tidegate::bench::newest {

template <std::size_t Bytes>
struct record {
  std::array<std::uint64_t, Bytes / 8> words{};
};

/// The limit for plain values: one line of sequence and data, no read-modify-write. Its reader can be outrun for ever.
template <class T>
class seqlock {
 public:
  void write(const T& value) noexcept {
    const std::uint64_t now = sequence_.load(order::relaxed);
    sequence_.store(now + 1, order::relaxed);
    std::atomic_thread_fence(order::release);
    for (std::size_t i = 0; i < words; ++i) data_[i].store(value.words[i], order::relaxed);
    sequence_.store(now + 2, order::release);
  }
  bool read(T& out) noexcept {
    const std::uint64_t before = sequence_.load(order::acquire);
    if (before == seen_ || before % 2 != 0) return false;
    for (std::size_t i = 0; i < words; ++i) out.words[i] = data_[i].load(order::relaxed);
    std::atomic_thread_fence(order::acquire);
    if (sequence_.load(order::relaxed) != before) return false;
    seen_ = before;
    return true;
  }

 private:
  static constexpr std::size_t words = sizeof(T) / 8;
  alignas(128) std::atomic<std::uint64_t> sequence_{0};
  std::array<std::atomic<std::uint64_t>, words> data_{};
  alignas(128) std::uint64_t seen_ = 0;
};

template <class T>
class our_latest {
 public:
  void write(const T& value) noexcept { static_cast<void>(place_.try_push(value)); }
  bool read(T& out) noexcept { return place_.try_pop(out) == pop_status::ok; }

 private:
  latest<T, latest_options{.check_roles = false}> place_;
};

/// A slot behind a mutex, with one condition variable: the textbook's rendezvous.
class locked_hand_off {
 public:
  void push(std::uint64_t value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !full_; });
    value_ = value;
    full_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !full_; });
  }
  void pop(std::uint64_t& out) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return full_; });
    out = value_;
    full_ = false;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool full_ = false;
  std::uint64_t value_ = 0;
};

template <wait_kind Wait>
class our_hand_off {
 public:
  void push(std::uint64_t value) { static_cast<void>(place_.push(std::move(value))); }
  void pop(std::uint64_t& out) { static_cast<void>(place_.pop(out)); }

 private:
  rendezvous<std::uint64_t, rendezvous_options{.producers = 4, .consumers = 4, .wait = Wait, .stats = stats_kind::off}>
      place_;
};

}  // namespace tidegate::bench::newest
