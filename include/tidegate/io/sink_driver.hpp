// sink_driver: drains a queue into a sink, in batches, and stops taking while the sink has no room.
//
//   event source   → queue (its overflow policy)   → driver   → sink (credits, marks)   → peer or disk
//
// While the sink is not writable() nothing leaves the queue: it fills, and its own policy meets the producers. That is
// the whole propagation. An element leaves only with credit for it, and its slot is free at once: its bytes are copied
// straight into the sink's batch, runs of plain elements in an spsc queue or ring in one copy. What was taken and can
// not be written is handed back (drive_config::on_undelivered), or counted as lost.
// Queues: spsc, mpsc, spmc and mpmc queues and rings, with or without a handle, reserving and lane queues, byte queues
// and rings.
// Waiting: for a record, for the sink and for the deadline in one sleep, if sink_config::wake_fd is wake_fd_of(queue).
// Otherwise, and for rings, which wake nobody, the driver looks every drive_config::look_after.
// Thread role: one thread, the queue's consumer and the sink's owner: the one that steps. It may be made by another.
// Progress: step() never waits; run_once() returns by its deadline plus scheduling delay. A producer stopped in the
// middle of a push holds up nobody's records but what the queue says.
// Source: asyncio's pause_writing() turned round: pull while there is credit. Tests: tests/io/sink_driver_test.cpp,
// tests/model/clients/sink_driver.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/base/counter.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/io/detail/arrivals.hpp"
#include "tidegate/io/detail/record_intake.hpp"
#include "tidegate/io/drainable_sink.hpp"
#include "tidegate/io/drive_types.hpp"
#include "tidegate/io/record_encoder.hpp"

namespace tidegate {

/// For sink_config::wake_fd: becomes readable when a driver that waits for its sink should look at `queue`. The
/// descriptor belongs to the queue, which must outlive the sink. Negative when the queue has none.
template <class Queue>
[[nodiscard]] int wake_fd_of(Queue& queue) noexcept {
  return detail::arrivals<Queue>(queue).fd();
}

template <class Queue, drainable_sink Sink, class Encoder = as_bytes>
class sink_driver {
  using arrivals_type = detail::arrivals<Queue>;
  using sync = typename arrivals_type::sync;
  using counter = detail::counter<sync>;

 public:
  using queue_type = Queue;
  using sink_type = Sink;
  using config_type = drive_config;
  using encoder_type = Encoder;

  /// Both must outlive the driver. Neither is touched before the first turn. Throws std::invalid_argument when the
  /// encoder's largest record is above the sink's capacity.
  sink_driver(Queue& queue, Sink& out, drive_config config = {}, Encoder encoder = {})
      : config_(std::move(config)),
        queue_(queue),
        out_(out),
        arrivals_(queue),
        intake_(queue, std::move(encoder), bound_for(out, config_.max_record_bytes)),
        rings_(out.config().wake_fd >= 0 && out.config().wake_fd == arrivals_.fd()) {
    if (intake_.bound() > out.config().capacity_bytes) {
      fail_construction(std::make_error_code(std::errc::invalid_argument),
                        "sink_driver: the encoder's largest record is above the sink's capacity");
    }
  }

  sink_driver(const sink_driver&) = delete;
  sink_driver& operator=(const sink_driver&) = delete;

  /// Takes what the sink has credit for, and hands it over. Never waits. To embed in a loop that waits itself.
  drive_status step() noexcept {
    if (!std::exchange(started_, true)) out_.cork();
    const std::size_t taken = take();
    const std::size_t written = out_.pump();
    if (out_.error() || is_closed()) return drive_status::failed;
    if (intake_.status() == pop_status::no_row) return drive_status::no_row;
    if (intake_.ended()) return drive_status::drained;
    return taken != 0 || written != 0 ? drive_status::ok : drive_status::idle;
  }

  /// One turn; when there is nothing to do, waits once for something, at most until `until`.
  drive_status run_once(deadline until, const std::stop_token& stop = {}) noexcept {
    if (stop.stop_requested()) return drive_status::stopped;
    const drive_status status = step();
    if (status != drive_status::idle) return status;
    if (!until.reached(sync::now())) rest(until, stop);
    return stop.stop_requested() ? drive_status::stopped : drive_status::idle;
  }

  /// Until the queue is closed and empty, a stop is requested, or the sink fails; then finish().
  drive_report run(const std::stop_token& stop = {}) {
    drive_status status = drive_status::ok;
    while (status <= drive_status::idle) status = run_once(deadline::never(), stop);
    return finish(status);
  }

  /// The end: takes no more; closes the sink, which has drive_config::close_for to write what it holds, and hands back
  /// what it cannot. What is in the queue stays there, for another driver and another sink.
  drive_report finish(drive_status why) {
    drive_report report;
    report.why = why;
    const deadline until = deadline::after(sync::now(), config_.close_for);
    report.sink = close_report(out_.close(until, config_.on_undelivered));
    intake_.give_up_carried([&](std::span<const std::byte> bytes) { hand_back(bytes); });
    report.stats = stats();
    report.handed_back = report.sink.handed_back_records + handed_back_;
    report.lost = report.sink.position.records.lost - report.sink.handed_back_records + lost_;
    return report;
  }

  /// The calling thread becomes the queue's consumer and the sink's owner. The caller orders the hand-over; nothing may
  /// be in flight, or the sink keeps its owner.
  void take_over() noexcept {
    if constexpr (requires { queue_.rebind_consumer(); }) queue_.rebind_consumer();
    if constexpr (requires { out_.rebind_owner(); }) static_cast<void>(out_.rebind_owner());
  }

  /// Any thread.
  [[nodiscard]] drive_stats stats() const noexcept {
    return {records_.read(), bytes_.read(), batches_.read(), pauses_.read(),
            parks_.read(),   wakes_.read(), carried_.read(), refused_.read()};
  }

  /// True when one sleep waits for the queue, the sink and the deadline.
  [[nodiscard]] bool waits_at_once() const noexcept { return rings_; }

  /// Memory of driver and sink together, known at construction. What is carried besides is one element.
  [[nodiscard]] std::size_t max_bytes() const noexcept {
    return sizeof(*this) - sizeof(intake_) + intake_.max_bytes() + out_.max_bytes();
  }

  [[nodiscard]] Queue& queue() noexcept { return queue_; }
  [[nodiscard]] Sink& sink() noexcept { return out_; }

 private:
  /// The sink, as the intake sees it.
  struct outlet {
    sink_driver& to;
    detail::put_answer put(std::span<const std::byte> record) noexcept { return to.put(record); }
    detail::put_answer put_run(std::span<const std::byte> run, std::span<const std::uint32_t> lengths) noexcept {
      return to.answer_to(to.out_.write_run(run, lengths), run.size());
    }
  };

  /// While writable() there is credit for at least capacity - high.
  [[nodiscard]] static std::size_t bound_for(const Sink& out, std::size_t wanted) noexcept {
    const std::size_t capacity = out.config().capacity_bytes;
    const std::size_t above_high = std::max<std::size_t>(1, capacity - out.config().high_bytes);
    return wanted == 0 ? above_high : std::min(wanted, capacity);
  }

  /// Closed by somebody else: nothing is in flight, and it takes nothing.
  [[nodiscard]] bool is_closed() const noexcept { return !out_.writable() && !detail::is_busy(out_); }

  std::size_t take() noexcept {
    if (!out_.writable()) return 0;
    const sink_credits room = out_.credits();
    const bool carried_before = intake_.carries();
    const std::size_t taken = intake_.take(outlet{*this}, {room.bytes, std::min(room.records, config_.most_records)});
    if (intake_.carries() && !carried_before) carried_.add(1);
    const bool blocked_before = std::exchange(blocked_, !out_.writable() || intake_.refused() || !has_credit());
    if (blocked_ && !blocked_before) pauses_.add(1);
    if (taken == 0) return 0;
    records_.add(taken);
    batches_.add(1);
    arrivals_.taken();
    return taken;
  }

  [[nodiscard]] bool has_credit() const noexcept {
    const sink_credits room = out_.credits();
    return room.records != 0 && room.bytes >= intake_.bound();
  }

  detail::put_answer put(std::span<const std::byte> record) noexcept {
    const sink_status answer = out_.write(record);
    if (answer != sink_status::too_big) return answer_to(answer, record.size());
    refused_.add(1);
    hand_back(record);
    return detail::put_answer::go_on;
  }
  detail::put_answer answer_to(sink_status answer, std::size_t bytes) noexcept {
    if (!accepted(answer)) return detail::put_answer::refused;
    bytes_.add(bytes);
    return answer == sink_status::ok ? detail::put_answer::go_on : detail::put_answer::stop;
  }

  void hand_back(std::span<const std::byte> record) {
    if (config_.on_undelivered) {
      config_.on_undelivered({.bytes = record});
      ++handed_back_;
    } else {
      ++lost_;
    }
  }

  /// Sleeps until there may be something to do.
  void rest(deadline until, const std::stop_token& stop) noexcept {
    const bool busy = detail::is_busy(out_);
    const bool looks = held_up() || (busy && !rings_) || !detail::wakes_its_consumer<Queue>;
    const deadline limit = looks ? earlier(until, deadline::after(sync::now(), config_.look_after)) : until;
    if (!busy) {
      parks_.add(1);
      return arrivals_.wait(limit, stop, config_.budget);
    }
    if (!blocked_ && rings_ && !arrivals_.arm()) return;
    const std::stop_callback wake(stop, [this]() noexcept { arrivals_.ring(); });
    wait_for_sink(limit, stop);
  }

  void wait_for_sink(deadline limit, const std::stop_token& stop) noexcept {
    wait_status answer = wait_status::interrupted;
    while (answer == wait_status::interrupted) {
      parks_.add(1);
      answer = blocked_ && !out_.writable() ? out_.drain(limit) : out_.wait_progress(limit);
      if (answer != wait_status::interrupted) return;
      wakes_.add(1);
      arrivals_.woken();
      if (!rings_ || limit.reached(sync::now())) return;  // somebody else's descriptor, which nobody reads here
      if (!blocked_ || stop.stop_requested()) return;     // blocked: an element that came is none that we can take
    }
  }

  /// Whether a byte queue holds something that it does not show: a claim, of a thread that may have ended.
  [[nodiscard]] bool held_up() const noexcept {
    if constexpr (detail::gives_elements<Queue>) {
      return false;
    } else {
      return !blocked_ && queue_.depth_hint() != 0;
    }
  }

  drive_config config_;
  Queue& queue_;
  Sink& out_;
  arrivals_type arrivals_;
  detail::record_intake<Queue, Encoder> intake_;
  const bool rings_;  // the sink waits for the queue, too
  bool started_ = false;
  bool blocked_ = false;           // the sink has no room for the next record
  std::uint64_t handed_back_ = 0;  // by the driver itself
  std::uint64_t lost_ = 0;
  counter records_, bytes_, batches_, pauses_, parks_, wakes_, carried_, refused_;
};

}  // namespace tidegate
