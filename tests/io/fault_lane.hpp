// fault_lane.hpp: a lane that does everything a kernel may do, chosen by a seed, on a clock of its own.
//
// It writes into an image, checks that the bytes it was lent do not change while it owns them, and that a stream is
// written without a hole. What a seed does is fixed, so that a failing one can be replayed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "io/lane.hpp"

namespace tidegate::test {

/// The byte at a position of the endless stream that all tests write: any loss, hole or exchange shows at its place.
[[nodiscard]] constexpr std::byte stream_byte(std::uint64_t position) noexcept {
  std::uint64_t mixed = position * 0x9e3779b97f4a7c15u;
  mixed ^= mixed >> 29;
  return static_cast<std::byte>(mixed * 0xbf58476d1ce4e5b9u >> 56);
}

/// Odds out of 1000 for each kind of misfortune.
struct fault_plan {
  unsigned short_count = 300;
  unsigned transient = 100;  // EINTR, EAGAIN, ENOMEM, ENOBUFS, or nothing written
  unsigned fatal = 2;        // EPIPE, ECONNRESET, ENOSPC, EIO
  unsigned never = 2;        // no completion until cancelled
  unsigned sever_late = 0;   // cancel does not help either: cut off
  unsigned wake = 20;        // the wake descriptor is readable
  std::int64_t slowest_ns = 3'000'000;
};

class fault_lane final : public detail::lane {
 public:
  using time_point = deadline::time_point;

  fault_lane(std::uint64_t seed, unsigned depth, const fault_plan& plan) : plan_(plan), depth_(depth), random_(seed) {
    pending_.resize(depth);
  }

  [[nodiscard]] unsigned depth() const noexcept override { return depth_; }

  void submit(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override {
    EXPECT_FALSE(closed_);
    EXPECT_FALSE(doomed_) << "goes on after a failure";
    EXPECT_FALSE(pending_[slot].has_value()) << "slot reused before its completion";
    EXPECT_GT(bytes.size(), 0u);
    if (depth_ == 1) {
      EXPECT_EQ(offset, image_.size()) << "a stream with a hole or a repetition";
    }
    operation one{bytes, offset, {bytes.begin(), bytes.end()}, 0, now_ + delay()};
    one.result = outcome(bytes.size());
    if (chance(plan_.never)) one.due = time_point::max();
    pending_[slot] = std::move(one);
    ++submitted;
  }

  [[nodiscard]] std::int64_t write_now(std::span<const std::byte> bytes, std::uint64_t offset) noexcept override {
    for (const auto& one : pending_) EXPECT_FALSE(one.has_value()) << "overtakes an operation in flight";
    EXPECT_EQ(offset, prefix());
    EXPECT_FALSE(doomed_) << "goes on after a failure";
    operation one{bytes, offset, {bytes.begin(), bytes.end()}, outcome(bytes.size()), now_};
    finish(one);
    return one.result;
  }

  std::size_t reap(std::span<detail::completion> out) noexcept override {
    std::size_t count = 0;
    const unsigned start = depth_ > 1 ? static_cast<unsigned>(random_() % depth_) : 0;
    for (unsigned i = 0; i < depth_; ++i) {
      const unsigned slot = (start + i) % depth_;
      if (!pending_[slot] || pending_[slot]->due > now_) continue;
      finish(*pending_[slot]);
      out[count++] = {slot, pending_[slot]->result};
      pending_[slot].reset();
    }
    return count;
  }

  void wait(deadline until, detail::wake_rule) noexcept override {
    time_point next = until.when();
    for (const auto& one : pending_) {
      if (one && one->due < next) next = one->due;
    }
    ASSERT_NE(next, time_point::max()) << "would sleep for ever";
    if (next > now_) now_ = next;
    now_ += std::chrono::nanoseconds{random_() % 1000};  // scheduling, and some waits end early
  }

  [[nodiscard]] bool wake_requested() noexcept override { return chance(plan_.wake); }

  void cancel() noexcept override {
    for (auto& one : pending_) {
      if (!one || one->due != time_point::max()) continue;
      if (chance(plan_.sever_late)) {
        severed_ = EPERM;
        continue;
      }
      one->due = now_ + delay();
      const auto size = static_cast<std::int64_t>(one->bytes.size());
      one->result = chance(500)       ? -ECANCELED
                    : one->result > 0 ? static_cast<std::int64_t>(random_() % one->bytes.size())
                                      : size;
      if (one->result == 0) one->result = -ECANCELED;
    }
  }

  [[nodiscard]] int severed() const noexcept override { return severed_; }

  void close(bool orderly, std::uint64_t end) noexcept override {
    EXPECT_FALSE(closed_) << "closed twice";
    if (severed_ == 0) {
      for (const auto& one : pending_) EXPECT_FALSE(one.has_value()) << "closed with an operation not reaped";
    }
    closed_ = true;
    closed_orderly = orderly;
    closed_at = end;
  }

  [[nodiscard]] time_point now() const noexcept override { return now_; }
  void let_pass(std::chrono::nanoseconds span) noexcept { now_ += span; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] const std::vector<std::byte>& image() const noexcept { return image_; }
  /// Bytes written without a hole from the beginning.
  [[nodiscard]] std::size_t prefix() const noexcept {
    return static_cast<std::size_t>(std::find(filled_.begin(), filled_.end(), false) - filled_.begin());
  }

  unsigned submitted = 0;
  bool closed_orderly = false;
  std::uint64_t closed_at = 0;

 private:
  struct operation {
    std::span<const std::byte> bytes;
    std::uint64_t offset;
    std::vector<std::byte> snapshot;
    std::int64_t result;
    time_point due;
  };

  [[nodiscard]] bool chance(unsigned odds) noexcept { return random_() % 1000 < odds; }

  [[nodiscard]] std::chrono::nanoseconds delay() noexcept {
    if (chance(400)) return std::chrono::nanoseconds{0};  // completes inside the call
    return std::chrono::nanoseconds{static_cast<std::int64_t>(random_()) % plan_.slowest_ns};
  }

  [[nodiscard]] std::int64_t outcome(std::size_t size) noexcept {
    constexpr int transient[] = {EINTR, EAGAIN, ENOMEM, ENOBUFS, 0};
    constexpr int fatal[] = {EPIPE, ECONNRESET, ENOSPC, EIO};
    if (chance(plan_.fatal)) return -fatal[random_() % 4];
    if (chance(plan_.transient)) return -transient[random_() % 5];
    if (chance(plan_.short_count)) return static_cast<std::int64_t>(1 + random_() % size);
    return static_cast<std::int64_t>(size);
  }

  void finish(const operation& one) noexcept {
    const bool intact = std::equal(one.snapshot.begin(), one.snapshot.end(), one.bytes.begin());
    EXPECT_TRUE(intact) << "bytes changed while an operation owned them";
    doomed_ |= one.result == -EPIPE || one.result == -ECONNRESET || one.result == -ENOSPC || one.result == -EIO;
    if (one.result <= 0) return;
    const auto length = static_cast<std::size_t>(one.result);
    if (image_.size() < one.offset + length) image_.resize(one.offset + length);
    std::copy_n(one.snapshot.begin(), length, image_.begin() + static_cast<std::ptrdiff_t>(one.offset));
    filled_.resize(image_.size());
    std::fill_n(filled_.begin() + static_cast<std::ptrdiff_t>(one.offset), length, true);
  }

  fault_plan plan_;
  unsigned depth_;
  std::minstd_rand random_;
  std::vector<std::optional<operation>> pending_;
  std::vector<std::byte> image_;
  std::vector<bool> filled_;
  time_point now_{std::chrono::seconds{1000}};
  int severed_ = 0;
  bool closed_ = false;
  bool doomed_ = false;  // a failure was reported
};

}  // namespace tidegate::test
