// fan_out: one queue to several sinks: every record to every peer that is served, as fast as their policies allow.
//
// A record leaves the queue when every peer that must not miss it has credit for it; its bytes are then copied into
// each peer's batch, so that no peer's memory depends on another one's. A peer without credit
//   wait   keeps the record in the queue, for all;
//   drop   misses it and what follows, until it has caught up: counted. Where all drop, the fastest sets the pace;
//   evict  keeps it there for stall_after at most; then it is shut out, and what it did not get is counted or handed
//          back.
// So a stuck peer holds up the others for ever (wait), not at all (drop), or once and for stall_after (evict). Without
// peers records stay in the queue, whose policy meets the producers, until it is closed. A peer gets what is taken
// after it has joined.
// Waiting: for records, for room in all sinks, for joining and leaving and for the deadline in one sleep, if there is a
// sink_group (fan_out_config::group). Otherwise sinks that are busy are looked at every look_after.
// Memory: each sink's capacity, times most_peers.
// Thread role: one thread, the queue's consumer and owner of the sinks and of the group: the one that steps. join(),
// leave() and stats(): any thread.
// Progress: step() never waits for a peer; run_once() returns by its deadline plus scheduling delay.
// Tests: tests/io/fan_out_test.cpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <system_error>
#include <utility>
#include <vector>

#include "tidegate/base/counter.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/io/detail/arrivals.hpp"
#include "tidegate/io/detail/fan_out_peer.hpp"
#include "tidegate/io/detail/group_waits.hpp"
#include "tidegate/io/detail/record_intake.hpp"
#include "tidegate/io/drainable_sink.hpp"
#include "tidegate/io/fan_out_types.hpp"
#include "tidegate/io/record_encoder.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/io/stream_sink.hpp"
#include "tidegate/io/unique_fd.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/wait/wait_any.hpp"

namespace tidegate {

template <class Queue, drainable_sink Sink = stream_sink, class Encoder = as_bytes>
class fan_out {
  using counter = detail::counter<native_sync>;
  using peer = detail::fan_out_peer<Sink>;
  using time_point = deadline::time_point;

 public:
  using queue_type = Queue;
  using config_type = fan_out_config;
  using encoder_type = Encoder;
  using report_type = fan_out_report;

  /// The queue must outlive it, and nothing is taken before the first turn. Throws as mpsc_queue, and as doorbell.
  explicit fan_out(Queue& queue, fan_out_config config = {}, Encoder encoder = {})
      : config_(std::move(config)),
        queue_(queue),
        intake_(queue, std::move(encoder), config_.max_record_bytes == 0 ? 16384 : config_.max_record_bytes),
        changes_({.capacity = 2 * config_.most_peers + 16}) {
    peers_.reserve(config_.most_peers);
    if (config_.group != nullptr) waits_.emplace(*config_.group, queue, changes_);
  }

  fan_out(const fan_out&) = delete;
  fan_out& operator=(const fan_out&) = delete;
  /// Cuts the peers that are left, and tells nobody: finish() before.
  ~fan_out() = default;

  // --- peers come and go: any thread

  /// Serves one more peer, whose sink is made on the fan_out's thread; if that fails, config.on_left is told. 0: there
  /// are most_peers already, too many have come and gone since the last turn, or it has ended; `fd` is untouched.
  peer_id join(unique_fd&& fd, const peer_config& config = {}) noexcept {
    return admit({.fd = std::move(fd), .config = config}, [&](change& back) { fd = std::move(back.fd); });
  }
  /// The same with a sink that is at rest and was given a wake_fd of its own, or none.
  peer_id join(std::unique_ptr<Sink>&& out, const peer_config& config = {}) noexcept {
    return admit({.out = std::move(out), .config = config}, [&](change& back) { out = std::move(back.out); });
  }

  /// Serves it no more; its sink has until `by` to write what it has accepted, and nobody waits for it. False: too many
  /// changes since the last turn. Of a peer that is not there nothing happens.
  bool leave(peer_id id, deadline by) noexcept { return post({.id = id, .config = {}, .by = by}); }

  // --- turns: as sink_driver's

  /// Takes what the peers' policies allow, and hands it over. Never waits.
  drive_status step() noexcept {
    absorb_changes();
    static_cast<void>(judge());
    bool got_on = take() != 0;
    got_on |= pump() != 0;
    got_on |= judge();  // before it may sleep: who has failed in this turn wakes nobody
    if (intake_.status() == pop_status::no_row) return drive_status::no_row;
    if (intake_.ended() || is_over()) return drive_status::drained;
    return got_on ? drive_status::ok : drive_status::idle;
  }

  /// One turn; when there is nothing to do, waits once for something, at most until `until`.
  drive_status run_once(deadline until, const std::stop_token& stop = {}) noexcept {
    if (stop.stop_requested()) return drive_status::stopped;
    const drive_status status = step();
    if (status != drive_status::idle) return status;
    if (!until.reached(native_sync::now())) rest(until, stop);
    return stop.stop_requested() ? drive_status::stopped : drive_status::idle;
  }

  /// Until the queue is closed and empty, or a stop is requested; then finish().
  fan_out_report run(const std::stop_token& stop = {}) {
    drive_status status = drive_status::ok;
    while (status <= drive_status::idle) status = run_once(deadline::never(), stop);
    return finish(status);
  }

  /// The end: takes no more records, and no more peers; those that are there have config.close_for to take what their
  /// sinks hold, side by side, and then leave. A record that was carried, and had credit with none of them, is handed
  /// back as peer 0's.
  fan_out_report finish(drive_status why) {
    const deadline until = deadline::after(native_sync::now(), config_.close_for);
    // relaxed: whoever took a seat before is counted here until his change has come by its queue
    if (!std::exchange(ending_, true)) seats_.fetch_add(config_.most_peers, order::relaxed);
    do {
      absorb_changes();
      for (peer& each : peers_) each.begin_to_leave(until);
      static_cast<void>(pump());
      if (!judge() && is_anybody_left()) rest(until, {});
    } while (is_anybody_left());
    intake_.give_up_carried([this](std::span<const std::byte> bytes) {
      if (config_.on_undelivered) config_.on_undelivered(0, {.bytes = bytes});
    });
    return {why, stats()};
  }

  /// The calling thread becomes the queue's consumer and the group's owner. The caller orders the hand-over.
  void take_over() noexcept {
    if constexpr (requires { queue_.rebind_consumer(); }) queue_.rebind_consumer();
    changes_.rebind_consumer();
    if (config_.group != nullptr) static_cast<void>(config_.group->rebind_owner());
  }

  // --- looking

  [[nodiscard]] fan_out_stats stats() const noexcept {
    return {records_.read(), bytes_.read(),  batches_.read(), pauses_.read(),  parks_.read(), wakes_.read(),
            dropped_.read(), joined_.read(), left_.read(),    evicted_.read(), failed_.read()};
  }

  /// Calls `use(peer_id, const peer_stats&, const Sink&)` for every peer. The fan_out's thread only.
  template <class Use>
  void for_each_peer(Use&& use) {
    for (peer& each : peers_) use(each.id(), each.stats(), std::as_const(each.sink()));
  }

  /// Memory of the fan_out and of the sinks of the peers that are served now. The fan_out's thread only.
  [[nodiscard]] std::size_t max_bytes() noexcept {
    std::size_t bytes = sizeof(*this) - sizeof(intake_) + intake_.max_bytes() - sizeof(changes_) +
                        changes_.max_bytes() + peers_.capacity() * sizeof(peer);
    for (peer& each : peers_) bytes += each.sink().max_bytes();
    return bytes;
  }

 private:
  /// Somebody joins (`out` or `fd`) or leaves.
  struct change {
    peer_id id = 0;
    std::unique_ptr<Sink> out = {};
    unique_fd fd = {};
    peer_config config;
    deadline by = deadline::never();
  };

  /// The peers, as the intake sees them.
  struct outlet {
    fan_out& to;
    detail::put_answer put(std::span<const std::byte> record) noexcept { return to.put(record); }
    detail::put_answer put_run(std::span<const std::byte> run, std::span<const std::uint32_t> lengths) noexcept {
      return to.put_run(run, lengths);
    }
  };

  // --- changes

  template <class GiveBack>
  peer_id admit(change&& one, GiveBack give_back) noexcept {
    const peer_id id = ids_.fetch_add(1, order::relaxed) + 1;  // only the number counts
    one.id = id;
    // relaxed: only the number counts; the change itself is ordered by its queue
    const bool has_seat = seats_.fetch_add(1, order::relaxed) < config_.most_peers;
    if (has_seat && post(std::move(one))) return id;
    seats_.fetch_sub(1, order::relaxed);  // as above
    give_back(one);
    return 0;
  }

  bool post(change&& one) noexcept { return changes_.try_push(std::move(one)) == push_status::ok; }

  void absorb_changes() noexcept {
    while (changes_.try_consume([this](change&& one) noexcept { absorb(std::move(one)); }) == pop_status::ok) {
    }
  }
  void absorb(change&& one) noexcept {
    if (!one.out && !one.fd) {
      for (peer& each : peers_) {
        if (each.id() == one.id) each.begin_to_leave(one.by);
      }
      return;
    }
    joined_.add(1);
    std::error_code error;
    if (!one.out) one.out = make_sink(std::move(one.fd), one.config.sink, error);
    if (!one.out) {
      close_report never_opened;
      never_opened.error = error;
      return tell_of({one.id, peer_end::failed, never_opened, {}});
    }
    if constexpr (requires { one.out->rebind_owner(); }) static_cast<void>(one.out->rebind_owner());
    peers_.emplace_back(one.id, std::move(one.out), one.config);
  }
  [[nodiscard]] std::unique_ptr<Sink> make_sink(unique_fd&& fd, sink_config config, std::error_code& error) noexcept {
    config.wake_fd = -1;
    config.group = config_.group;
    if constexpr (requires { Sink::make(std::move(fd), config, error); }) {
      return Sink::make(std::move(fd), config, error);
    } else {
      error = std::make_error_code(std::errc::operation_not_supported);
      return nullptr;
    }
  }

  // --- a turn

  /// Shuts out whom it must; true when somebody has gone.
  bool judge() noexcept {
    const time_point now = native_sync::now();
    const std::size_t before = peers_.size();
    for (std::size_t i = 0; i < peers_.size();) {
      peer& one = peers_[i];
      one.judge(now, intake_.bound());
      if (one.has_failed()) {
        remove(i, peer_end::failed);
      } else if (one.has_left(now)) {
        remove(i, peer_end::left);
      } else if (one.is_to_be_evicted(now)) {
        remove(i, peer_end::evicted);
      } else {
        ++i;
      }
    }
    return peers_.size() != before;
  }

  void remove(std::size_t index, peer_end why) noexcept {
    const peer_id id = peers_[index].id();
    undelivered_callback back;
    if (config_.on_undelivered) back = [&](const undelivered_record& one) { config_.on_undelivered(id, one); };
    const peer_report report = peers_[index].end(why, back);
    if (index + 1 != peers_.size()) peers_[index] = std::move(peers_.back());
    peers_.pop_back();
    tell_of(report);
  }
  void tell_of(const peer_report& report) noexcept {
    left_.add(1);
    if (report.why == peer_end::evicted) evicted_.add(1);
    if (report.why == peer_end::failed) failed_.add(1);
    seats_.fetch_sub(1, order::relaxed);  // only the number counts
    if (config_.on_left) config_.on_left(report);
  }

  /// How much all those may be given who must not miss anything; where nobody must, what the fastest can take.
  [[nodiscard]] detail::intake_budget budget() const noexcept {
    constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
    detail::intake_budget least{no_limit, config_.most_records};
    detail::intake_budget most{0, 0};
    bool is_lossless = false;
    for (const peer& each : peers_) {
      if (!each.is_served()) continue;
      const detail::intake_budget room = each.room(intake_.bound());
      is_lossless |= each.is_lossless();
      if (each.is_lossless()) least = {std::min(least.bytes, room.bytes), std::min(least.records, room.records)};
      if (most.bytes < room.bytes) most = {room.bytes, std::min(room.records, config_.most_records)};
    }
    return is_lossless ? least : most;
  }

  /// At the end: somebody is served, or about to join.
  [[nodiscard]] bool is_anybody_left() const noexcept {
    return !peers_.empty() || seats_.load(order::relaxed) > config_.most_peers;  // as in finish()
  }

  /// Nobody is there, and nothing will come.
  [[nodiscard]] bool is_over() const noexcept {
    if constexpr (requires { queue_.closed(); }) return peers_.empty() && queue_.closed();
    return false;
  }

  std::size_t take() noexcept {
    if (ending_) return 0;
    std::size_t taken = 0;
    if (has_room()) {
      taken = intake_.take(outlet{*this}, budget());
      if (taken != 0) records_.add(taken), batches_.add(1);
    }
    const bool blocked_before = std::exchange(blocked_, intake_.refused() || !has_room());
    if (blocked_ && !blocked_before) pauses_.add(1);
    return taken;
  }
  [[nodiscard]] bool has_room() const noexcept {
    const detail::intake_budget room = budget();
    return room.records != 0 && room.bytes >= intake_.bound();
  }

  detail::put_answer put(std::span<const std::byte> record) noexcept {
    bool somebody = false;
    for (peer& each : peers_) {
      if (!each.is_served()) continue;
      const bool can = each.can_take(record.size());
      if (each.is_lossless() && !can) return detail::put_answer::refused;
      somebody |= can;
    }
    if (!somebody) return detail::put_answer::refused;
    for (peer& each : peers_) {
      if (each.is_served()) dropped_.add(each.give(record));
    }
    bytes_.add(record.size());
    return detail::put_answer::go_on;
  }
  detail::put_answer put_run(std::span<const std::byte> run, std::span<const std::uint32_t> lengths) noexcept {
    for (peer& each : peers_) {
      if (each.is_served()) dropped_.add(each.give_run(run, lengths));
    }
    bytes_.add(run.size());
    return detail::put_answer::go_on;
  }

  std::size_t pump() noexcept {
    std::size_t written = config_.group != nullptr ? config_.group->pump() : 0;
    for (peer& each : peers_) {
      if (!each.is_in(config_.group)) written += each.sink().pump();
    }
    return written;
  }

  // --- waiting

  void rest(deadline until, const std::stop_token& stop) noexcept {
    const bool hears_queue = !ending_ && !blocked_;
    if (!ending_ && blocked_ && has_room() && !intake_.refused()) return;
    bool looks = peers_.empty() || (hears_queue && !detail::wakes_its_consumer<Queue>);
    for (const peer& each : peers_) {
      until = earlier(until, each.look_at());
      looks |= each.is_busy() && !each.is_in(config_.group);
    }
    if (looks) until = earlier(until, deadline::after(native_sync::now(), config_.look_after));
    parks_.add(1);
    if (sleep(until, stop, hears_queue)) wakes_.add(1);
  }

  /// Until somebody joins or leaves, a peer of the group got on, or something comes that can be taken. True: that came,
  /// or somebody.
  bool sleep(deadline until, const std::stop_token& stop, bool hears_queue) noexcept {
    if (waits_) return waits_->wait(until, stop, hears_queue) == wait_status::interrupted;
    if constexpr (detail::wakes_its_consumer<Queue>) {
      if (hears_queue) return wait_any(until.when(), stop, changes_, queue_) != none_ready;
    }
    return wait_any(until.when(), stop, changes_) != none_ready;
  }

  fan_out_config config_;
  Queue& queue_;
  detail::record_intake<Queue, Encoder> intake_;
  mpsc_queue<change> changes_;
  std::optional<detail::group_waits> waits_;  // behind what it waits for
  std::vector<peer> peers_;
  bool blocked_ = false;  // somebody has no room for the next record
  bool ending_ = false;
  native_sync::atomic<peer_id> ids_{0};
  native_sync::atomic<std::size_t> seats_{0};  // taken: served, leaving, or about to join; at the end none is free
  counter records_, bytes_, batches_, pauses_, parks_, wakes_, dropped_, joined_, left_, evicted_, failed_;
};

}  // namespace tidegate
