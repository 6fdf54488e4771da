// fan_out_peer.hpp: one peer of a fan_out: its sink, its credits, its account, and since when it is behind.
//
// Thread role: the fan_out's thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "tidegate/base/deadline.hpp"
#include "tidegate/io/detail/record_intake.hpp"
#include "tidegate/io/drainable_sink.hpp"
#include "tidegate/io/fan_out_types.hpp"

namespace tidegate::detail {

template <drainable_sink Sink>
class fan_out_peer {
 public:
  using time_point = deadline::time_point;

  fan_out_peer(peer_id id, std::unique_ptr<Sink> out, const peer_config& config) noexcept
      : id_(id), out_(std::move(out)), when_behind_(config.when_behind), stall_after_(config.stall_after) {
    out_->cork();
  }

  [[nodiscard]] peer_id id() const noexcept { return id_; }
  [[nodiscard]] Sink& sink() noexcept { return *out_; }
  [[nodiscard]] const peer_stats& stats() const noexcept { return stats_; }
  [[nodiscard]] bool is_served() const noexcept { return !leaves_by_; }
  [[nodiscard]] bool is_busy() const noexcept { return detail::is_busy(*out_); }
  [[nodiscard]] bool has_failed() const noexcept { return out_->error() || (!out_->writable() && !is_busy()); }
  /// True when it is pumped and waited for with the others of `group`.
  [[nodiscard]] bool is_in(const sink_group* group) const noexcept {
    if constexpr (requires { out_->config().group; }) return group != nullptr && out_->config().group == group;
    return false;
  }
  /// True when it must not miss a record.
  [[nodiscard]] bool is_lossless() const noexcept { return when_behind_ != behind_policy::drop; }

  /// Serves it no more; what it has accepted has until `by`.
  void begin_to_leave(deadline by) noexcept {
    leaves_by_ = leaves_by_ ? earlier(*leaves_by_, by) : by;
    behind_since_.reset();
  }
  [[nodiscard]] bool has_left(time_point now) const noexcept {
    return leaves_by_ && (!is_busy() || leaves_by_->reached(now));
  }

  /// How much may be taken on behalf of this peer; `bound`: what the next record may need.
  [[nodiscard]] intake_budget room(std::size_t bound) const noexcept {
    const sink_credits credits = out_->credits();
    if (when_behind_ == behind_policy::wait && !out_->writable()) return {0, 0};
    if (in_gap_) return {0, 0};
    if (bound <= out_->config().capacity_bytes) return {credits.bytes, credits.records};
    return is_busy() ? intake_budget{0, 0} : intake_budget{bound, 1};  // larger ones than it holds are refused
  }
  /// Whether a record of so many bytes can be settled now: taken, or refused for ever. If not, it is behind.
  [[nodiscard]] bool can_take(std::size_t bytes) noexcept {
    const sink_credits credits = out_->credits();
    const bool never = bytes > out_->config().capacity_bytes;
    if (!never && (credits.records == 0 || credits.bytes < bytes)) lacks_ = bytes;
    return lacks_ == 0 && !in_gap_;
  }

  /// Looks at completions of a while ago; sets since when it is behind.
  void judge(time_point now, std::size_t bound) noexcept {
    in_gap_ = in_gap_ && !out_->writable();
    const sink_credits left = out_->credits();
    if (left.records != 0 && left.bytes >= lacks_) lacks_ = 0;
    const std::size_t needed = std::min(std::max(bound, lacks_), out_->config().capacity_bytes);
    const bool behind = !out_->writable() || left.records == 0 || left.bytes < needed;
    if (!behind) {
      behind_since_.reset();
    } else if (!behind_since_) {
      behind_since_ = now;
    }
  }
  [[nodiscard]] bool is_to_be_evicted(time_point now) const noexcept { return evicted_at().reached(now); }
  /// When the thread must look at it, whatever happens.
  [[nodiscard]] deadline look_at() const noexcept { return leaves_by_ ? *leaves_by_ : evicted_at(); }

  /// Copies of records in; those without credit are missed. Returns how many were.
  std::size_t give(std::span<const std::byte> record) noexcept {
    ++stats_.offered;
    return in_gap_ ? missed(1) : settle(out_->write(record), 1);
  }
  /// The same of a run of records of equal length.
  std::size_t give_run(std::span<const std::byte> run, std::span<const std::uint32_t> lengths) noexcept {
    stats_.offered += lengths.size();
    const sink_credits credits = out_->credits();
    const std::size_t length = lengths.front();
    std::size_t fit = in_gap_ ? 0 : std::min(lengths.size(), credits.records);
    if (length <= out_->config().capacity_bytes) fit = std::min(fit, length == 0 ? fit : credits.bytes / length);
    std::size_t lost = 0;
    if (fit != 0) lost = settle(out_->write_run(run.first(fit * length), lengths.first(fit)), fit);
    return fit == lengths.size() ? lost : lost + missed(lengths.size() - fit);
  }

  /// Ends it: cuts what has not been written.
  [[nodiscard]] peer_report end(peer_end why, const undelivered_callback& on_undelivered) {
    return {id_, why, close_report(out_->close(deadline::already_over(), on_undelivered)), stats_};
  }

 private:
  [[nodiscard]] deadline evicted_at() const noexcept {
    if (when_behind_ != behind_policy::evict || !behind_since_ || leaves_by_) return deadline::never();
    return deadline::after(*behind_since_, std::max(stall_after_, std::chrono::nanoseconds(1)));
  }

  std::size_t settle(sink_status answer, std::size_t records) noexcept {
    if (accepted(answer)) {
      stats_.accepted += records;
      return 0;
    }
    if (answer == sink_status::too_big) {
      stats_.refused += records;
      return 0;
    }
    if (answer == sink_status::full) return missed(records);
    stats_.offered -= records;  // it has failed, and is served no more
    return 0;
  }
  std::size_t missed(std::size_t records) noexcept {
    in_gap_ = true;
    stats_.dropped += records;
    return records;
  }

  peer_id id_;
  std::unique_ptr<Sink> out_;
  behind_policy when_behind_;
  std::chrono::nanoseconds stall_after_;
  std::size_t lacks_ = 0;  // the record that found no credit; 0: none, or it would find it now
  bool in_gap_ = false;    // it has missed a record, and has not caught up since
  std::optional<time_point> behind_since_;
  std::optional<deadline> leaves_by_;
  peer_stats stats_;
};

}  // namespace tidegate::detail
