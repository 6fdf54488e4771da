// fault_lane.hpp: a lane that does everything a kernel may do, chosen by a seed or by a script, on a clock of its own.
//
// It writes into an image, checks that the bytes it was lent do not change while it owns them, and that a stream is
// written without a hole. Bytes that are written for good are overwritten with poison in the memory they were lent
// from: whoever uses them again is found out. What a seed does is fixed, so that a failing one can be replayed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "io/lane.hpp"
#include "tidegate/base/config.hpp"

namespace tidegate::test {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool address_sanitizer = true;
#elif defined(__has_feature)
constexpr bool address_sanitizer = __has_feature(address_sanitizer);
#else
constexpr bool address_sanitizer = false;
#endif
/// Sanitizers make everything slow, and keep memory that was freed.
constexpr bool sanitized = address_sanitizer || thread_sanitizer;

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
  unsigned fatal = 2;        // EPIPE, ECONNRESET, ENOSPC, EIO, a cancel that nobody asked for
  unsigned never = 2;        // no completion until cancelled
  unsigned late = 10;        // a completion a hundred times slower than others
  unsigned sever_late = 0;   // cancel does not help either: cut off
  unsigned wake = 20;        // the wake descriptor is readable
  unsigned break_off = 0;    // the connection is found broken when confirmations are looked at
  bool tells_acked = false;  // a peer that confirms, a part of it with every look
  std::int64_t slowest_ns = 3'000'000;
};

/// One scripted operation: how many bytes it moves at most, or a negated errno value, and when.
struct fault_step {
  static constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();
  static constexpr std::chrono::nanoseconds never = std::chrono::nanoseconds::max();
  std::int64_t result = all;
  std::chrono::nanoseconds after{0};
};

class fault_lane final : public detail::write_lane {
 public:
  using time_point = deadline::time_point;

  fault_lane(std::uint64_t seed, unsigned depth, const fault_plan& plan) : plan_(plan), depth_(depth), random_(seed) {
    pending_.resize(depth);
  }

  /// Follows the script; when it ends everything succeeds at once.
  explicit fault_lane(std::vector<fault_step> script, bool tells_acked = false, unsigned depth = 1)
      : fault_lane(1, depth, {.wake = 0, .tells_acked = tells_acked}) {
    script_ = std::move(script);
    scripted_ = true;
  }

  [[nodiscard]] unsigned depth() const noexcept override { return depth_; }

  void submit(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override {
    EXPECT_FALSE(closed_);
    EXPECT_FALSE(doomed_) << "goes on after a failure";
    EXPECT_FALSE(cancelled_) << "goes on after a cancel";
    EXPECT_FALSE(pending_[slot].has_value()) << "slot reused before its completion";
    EXPECT_GT(bytes.size(), 0u);
    if (depth_ == 1) {
      EXPECT_EQ(offset, image_.size()) << "a stream with a hole or a repetition";
    }
    const fault_step what = next_step(bytes.size());
    pending_[slot] = {bytes, offset, {bytes.begin(), bytes.end()}, what.result, due(what.after)};
    note("submit", slot, static_cast<std::int64_t>(bytes.size()));
    ++submitted;
  }

  [[nodiscard]] std::int64_t write_now(std::span<const std::byte> bytes, std::uint64_t offset) noexcept override {
    for (const auto& one : pending_) EXPECT_FALSE(one.has_value()) << "overtakes an operation in flight";
    EXPECT_EQ(offset, prefix_);
    EXPECT_FALSE(doomed_ || cancelled_) << "goes on after a failure";
    const fault_step what = next_step(bytes.size());
    operation one{
        bytes, offset, {bytes.begin(), bytes.end()}, what.after == fault_step::never ? -EAGAIN : what.result, now_};
    note("write_now", 0, one.result);
    finish(one);
    if (one.result > 0) ++written_now;
    return one.result;
  }

  std::size_t reap(std::span<detail::completion> out) noexcept override {
    std::size_t count = 0;
    const unsigned start = depth_ > 1 ? static_cast<unsigned>(random_() % depth_) : 0;
    for (unsigned i = 0; i < depth_; ++i) {
      const unsigned slot = (start + i) % depth_;
      if (!pending_[slot] || pending_[slot]->due > now_) continue;
      finish(*pending_[slot]);
      poison_written(*pending_[slot]);
      if (!cancelled_ && is_transient(pending_[slot]->result)) ++refused[-pending_[slot]->result];
      note("complete", slot, pending_[slot]->result);
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
    if (!scripted_) now_ += std::chrono::nanoseconds{random_() % 1000};  // scheduling, and some waits end early
    ++slept;
  }

  [[nodiscard]] bool wake_requested() noexcept override { return chance(plan_.wake); }

  void cancel() noexcept override {
    cancelled_ = true;
    note("cancel", 0, 0);
    if (deaf > 0) {
      --deaf;
      return;
    }
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

  [[nodiscard]] bool tells_unacked() const noexcept override { return plan_.tells_acked; }

  [[nodiscard]] std::int64_t unacked() noexcept override {
    EXPECT_FALSE(closed_);
    if (chance(plan_.break_off)) {
      doomed_ = true;
      return -ECONNRESET;
    }
    if (!scripted_) peer_has += random_() % (image_.size() - peer_has + 1);
    const std::size_t overhead = image_.size() == peer_has || scripted_ ? 0 : random_() % 100;
    return static_cast<std::int64_t>(image_.size() - peer_has + overhead);
  }

  void abandon() noexcept override { abandoned = true; }

  [[nodiscard]] time_point now() const noexcept override { return now_; }
  void let_pass(std::chrono::nanoseconds span) noexcept { now_ += span; }
  void append_to_script(fault_step step) { script_.push_back(step); }
  void break_connection() noexcept { plan_.break_off = 1000; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] const std::vector<std::byte>& image() const noexcept { return image_; }
  /// Bytes written without a hole from the beginning.
  [[nodiscard]] std::size_t prefix() const noexcept { return prefix_; }

  /// The last things that happened, for a failing seed.
  [[nodiscard]] std::string story() const {
    std::string text;
    for (const auto& one : events_) {
      text += std::to_string((one.when - time_point{std::chrono::seconds{1000}}).count()) + " ns: " + one.what +
              " slot " + std::to_string(one.slot) + ": " + std::to_string(one.value) + "\n";
    }
    return text;
  }

  unsigned submitted = 0;
  unsigned written_now = 0;
  unsigned slept = 0;
  unsigned deaf = 0;                              // so many cancels reach no operation
  std::map<std::int64_t, std::uint64_t> refused;  // transient refusals by errno, 0: nothing written
  std::uint64_t peer_has = 0;                     // bytes that the peer has confirmed
  bool closed_orderly = false;
  bool abandoned = false;
  std::uint64_t closed_at = 0;

 private:
  static constexpr std::byte poison{0xdb};

  struct operation {
    std::span<const std::byte> bytes;
    std::uint64_t offset;
    std::vector<std::byte> snapshot;
    std::int64_t result;
    time_point due;
  };
  struct lent {
    std::uint64_t offset;
    std::span<const std::byte> bytes;
  };
  struct event {
    time_point when;
    const char* what;
    unsigned slot;
    std::int64_t value;
  };

  [[nodiscard]] static bool is_transient(std::int64_t result) noexcept {
    return result == 0 || result == -EINTR || result == -EAGAIN || result == -ENOMEM || result == -ENOBUFS;
  }

  [[nodiscard]] bool chance(unsigned odds) noexcept { return random_() % 1000 < odds; }

  [[nodiscard]] time_point due(std::chrono::nanoseconds after) const noexcept {
    return after == fault_step::never ? time_point::max() : now_ + after;
  }

  [[nodiscard]] std::chrono::nanoseconds delay() noexcept {
    if (chance(400)) return std::chrono::nanoseconds{0};  // completes inside the call
    const std::chrono::nanoseconds usual{static_cast<std::int64_t>(random_()) % plan_.slowest_ns};
    return chance(plan_.late) ? 100 * usual : usual;
  }

  [[nodiscard]] fault_step next_step(std::size_t size) noexcept {
    fault_step step;
    if (!scripted_) {
      step = {outcome(size), chance(plan_.never) ? fault_step::never : delay()};
    } else if (next_ < script_.size()) {
      step = script_[next_++];
    }
    step.result = std::min(step.result, static_cast<std::int64_t>(size));
    return step;
  }

  [[nodiscard]] std::int64_t outcome(std::size_t size) noexcept {
    constexpr int transient[] = {EINTR, EAGAIN, ENOMEM, ENOBUFS, 0};
    constexpr int fatal[] = {EPIPE, ECONNRESET, ENOSPC, EIO, ECANCELED};
    if (chance(plan_.fatal)) return -fatal[random_() % 5];
    if (chance(plan_.transient)) return -transient[random_() % 5];
    if (chance(plan_.short_count)) return static_cast<std::int64_t>(1 + random_() % size);
    return static_cast<std::int64_t>(size);
  }

  void finish(const operation& one) noexcept {
    const bool intact = std::equal(one.snapshot.begin(), one.snapshot.end(), one.bytes.begin());
    EXPECT_TRUE(intact) << "bytes changed while an operation owned them";
    doomed_ |= one.result < 0 && !is_transient(one.result);
    if (one.result <= 0) return;
    const auto length = static_cast<std::size_t>(one.result);
    if (image_.size() < one.offset + length) image_.resize(one.offset + length);
    std::copy_n(one.snapshot.begin(), length, image_.begin() + static_cast<std::ptrdiff_t>(one.offset));
    filled_.resize(image_.size());
    std::fill_n(filled_.begin() + static_cast<std::ptrdiff_t>(one.offset), length, true);
    while (prefix_ < filled_.size() && filled_[prefix_]) ++prefix_;
  }

  /// Behind a hole nothing is written for good yet: when the hole stays, those bytes are handed back.
  void poison_written(const operation& one) noexcept {
    if (one.result > 0) written_.push_back({one.offset, one.bytes.first(static_cast<std::size_t>(one.result))});
    std::erase_if(written_, [this](const lent& done) noexcept {
      if (done.offset + done.bytes.size() > prefix_) return false;
      std::memset(const_cast<std::byte*>(done.bytes.data()), static_cast<int>(poison), done.bytes.size());
      return true;
    });
  }

  void note(const char* what, unsigned slot, std::int64_t value) noexcept {
    if (events_.size() == 200) events_.erase(events_.begin(), events_.begin() + 100);
    events_.push_back({now_, what, slot, value});
  }

  fault_plan plan_;
  unsigned depth_;
  std::minstd_rand random_;
  std::vector<fault_step> script_;
  std::size_t next_ = 0;
  bool scripted_ = false;
  std::vector<std::optional<operation>> pending_;
  std::vector<lent> written_;  // completed behind a hole
  std::vector<std::byte> image_;
  std::vector<bool> filled_;
  std::vector<event> events_;
  std::size_t prefix_ = 0;
  time_point now_{std::chrono::seconds{1000}};
  int severed_ = 0;
  bool closed_ = false;
  bool cancelled_ = false;
  bool doomed_ = false;  // a failure was reported
};

}  // namespace tidegate::test
