// The sink's logic against a lane that follows a script: what exactly happens when a peer stalls, confirms late or
// breaks off, when the kernel refuses and takes it later, and when the caller's own code throws.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "io/ack_marks.hpp"
#include "io/sink_core.hpp"
#include "tests/io/fault_lane.hpp"

namespace tidegate::test {
namespace {

using detail::sink_core;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr fault_step never{fault_step::all, fault_step::never};

/// A core over a scripted lane.
struct scripted {
  explicit scripted(std::vector<fault_step> script, sink_config config = {}, bool tells_acked = false) {
    auto owned = std::make_unique<fault_lane>(std::move(script), tells_acked);
    lane = owned.get();
    EXPECT_FALSE(sink_core::resolve_limits(config));
    core = std::make_unique<sink_core>(std::move(owned), config, 0, backend_report{});
    EXPECT_TRUE(core->allocate());
  }

  [[nodiscard]] deadline in(std::chrono::nanoseconds span) const { return deadline::after(lane->now(), span); }

  sink_status write(std::size_t length) {
    std::vector<std::byte> record(length);
    for (std::size_t i = 0; i < length; ++i) record[i] = stream_byte(core->position().bytes.accepted + i);
    return core->write(record);
  }

  /// What emplace() of the public class does.
  template <class Fill>
  sink_status emplace(std::size_t most, Fill fill) {
    std::span<std::byte> place;
    if (const sink_status answer = core->claim(most, place); !accepted(answer)) return answer;
    return core->commit(place, fill(place));
  }

  fault_lane* lane;
  std::unique_ptr<sink_core> core;
};

// --- stalls

TEST(core_stalls, are_told_once_and_end_with_progress) {
  scripted on({{40, seconds{3}}, never}, {.stall_after = seconds{1}});
  ASSERT_EQ(on.write(100), sink_status::ok);
  EXPECT_EQ(on.core->wait(on.in(milliseconds{999})), wait_status::timed_out);
  EXPECT_FALSE(on.core->stats().stalled);
  EXPECT_EQ(on.core->wait(on.in(seconds{1})), wait_status::stalled);
  EXPECT_TRUE(on.core->stats().stalled);
  EXPECT_EQ(on.core->flush(on.in(milliseconds{1500})), wait_status::timed_out) << "told once, not again and again";
  EXPECT_EQ(on.core->wait(on.in(seconds{1})), wait_status::ok) << "40 bytes were written";
  EXPECT_FALSE(on.core->stats().stalled);
  EXPECT_EQ(on.core->drain(on.in(seconds{1})), wait_status::ok);
  EXPECT_EQ(on.core->flush(on.in(seconds{5})), wait_status::stalled) << "the rest of the record stalls again";
  EXPECT_EQ(on.core->stats().stalls, 2u);
  EXPECT_LT(on.core->stats().waits, 20u);
}

TEST(core_stalls, are_seen_without_waiting) {
  scripted on({never}, {.stall_after = seconds{1}});
  ASSERT_EQ(on.write(100), sink_status::ok);
  on.lane->let_pass(seconds{1});
  EXPECT_EQ(on.core->pump(), 0u);
  EXPECT_TRUE(on.core->stats().stalled);
  EXPECT_EQ(on.core->drain(on.in(seconds{9})), wait_status::ok) << "what was waited for holds: that comes first";
  EXPECT_EQ(on.core->wait(on.in(seconds{9})), wait_status::stalled) << "still news";
}

TEST(core_stalls, need_something_under_way) {
  scripted on({}, {.corked = true, .stall_after = seconds{1}});
  ASSERT_EQ(on.write(100), sink_status::ok);
  on.lane->let_pass(seconds{5});
  EXPECT_EQ(on.core->pump(), 100u) << "corked bytes do not make a stall";
  EXPECT_EQ(on.core->wait(on.in(seconds{5})), wait_status::timed_out);
  EXPECT_EQ(on.core->stats().stalls, 0u);
}

TEST(core_stalls, are_none_while_the_peer_confirms) {
  scripted on({{100, seconds{0}}, never}, {.stall_after = seconds{1}}, true);
  ASSERT_EQ(on.write(100), sink_status::ok);
  ASSERT_EQ(on.write(100), sink_status::ok);
  for (int i = 0; i < 5; ++i) {
    on.lane->peer_has += 10;
    EXPECT_EQ(on.core->wait(on.in(milliseconds{999})), wait_status::timed_out);
  }
  EXPECT_EQ(on.core->stats().stalls, 0u);
  EXPECT_EQ(on.core->wait(on.in(milliseconds{2500})), wait_status::stalled);
  on.lane->peer_has += 10;
  EXPECT_EQ(on.core->wait(on.in(milliseconds{1500})), wait_status::timed_out);
  EXPECT_FALSE(on.core->stats().stalled) << "a confirmation ends the stall";
}

TEST(core_stalls, do_not_cut_a_close_short) {
  scripted on({{100, seconds{30}}}, {.stall_after = seconds{1}});
  ASSERT_EQ(on.write(100), sink_status::ok);
  EXPECT_FALSE(on.core->close(on.in(seconds{60}), {}).error);
}

TEST(core_stalls, evict_when_asked_to) {
  scripted on({{30, seconds{0}}, never}, {.stall_after = seconds{1}, .evict_stalled = true});
  ASSERT_EQ(on.write(100), sink_status::ok);
  ASSERT_EQ(on.write(50), sink_status::ok);
  EXPECT_EQ(on.core->drain(on.in(seconds{60})), wait_status::ok);
  EXPECT_EQ(on.core->flush(on.in(seconds{60})), wait_status::failed);
  EXPECT_EQ(on.core->error(), sink_errc::evicted);
  EXPECT_EQ(on.write(1), sink_status::failed);
  EXPECT_FALSE(on.core->writable());
  on.lane->let_pass(seconds{1});
  (void)on.core->pump();
  const sink_position at = on.core->position();
  EXPECT_EQ(at.bytes.in_flight(), 0u) << "the operation was cancelled, not left to close()";
  EXPECT_EQ(on.core->lost(), (lost_range{at.bytes.written, 150, 0, 2, loss_reason::evicted}));
  unsigned handed = 0;
  const auto report = on.core->close(on.in(seconds{1}), [&](const undelivered_record& record) {
    EXPECT_EQ(record.partial, handed == 0);
    ++handed;
  });
  EXPECT_EQ(report.error, sink_errc::evicted);
  EXPECT_EQ(report.lost, on.core->lost());
  EXPECT_EQ(handed, 2u);
}

/// A cancel can miss an operation that is between two requests: there is another one, and a group wakes for it.
TEST(core_stalls, evict_until_the_last_operation_has_ended) {
  scripted on({never}, {.stall_after = seconds{1}, .evict_stalled = true});
  on.lane->deaf = 3;
  ASSERT_EQ(on.write(100), sink_status::ok);
  EXPECT_EQ(on.core->flush(on.in(seconds{60})), wait_status::failed);
  for (int turns = 0; turns < 20 && on.core->position().bytes.in_flight() > 0; ++turns) {
    EXPECT_FALSE(on.core->next_try().is_never());
    on.lane->let_pass(milliseconds{10});
    (void)on.core->pump();
  }
  EXPECT_EQ(on.core->position().bytes.in_flight(), 0u);
  EXPECT_EQ(on.lane->deaf, 0u);
  EXPECT_TRUE(on.core->next_try().is_never());
}

TEST(core_stalls, evict_during_close) {
  scripted on({never}, {.stall_after = seconds{1}, .evict_stalled = true});
  ASSERT_EQ(on.write(100), sink_status::ok);
  const auto before = on.lane->now();
  EXPECT_EQ(on.core->close(on.in(seconds{60}), {}).error, sink_errc::evicted);
  EXPECT_LT(on.lane->now() - before, seconds{2});
}

// --- confirmations

TEST(core_acks, move_when_the_sink_looks) {
  scripted on({}, {}, true);
  ASSERT_EQ(on.write(100), sink_status::ok);
  ASSERT_EQ(on.write(100), sink_status::ok);
  on.lane->peer_has = 150;
  EXPECT_EQ(on.core->position().bytes.acked, 0u) << "nobody has looked";
  EXPECT_EQ(on.core->kernel_queued(), 50u);
  EXPECT_EQ(on.core->position().bytes.acked, 150u);
  EXPECT_EQ(on.core->position().records.acked, 1u);
  on.lane->peer_has = 120;  // what the kernel tells may be an older truth, or memory instead of bytes
  EXPECT_EQ(on.core->kernel_queued(), 80u);
  EXPECT_EQ(on.core->position().bytes.acked, 150u);
  on.lane->peer_has = 200;
  EXPECT_EQ(on.core->close(on.in(seconds{1}), {}).position.records.acked, 2u) << "close() looks once more";
}

TEST(core_acks, are_what_was_written_where_nobody_tells) {
  scripted on({});
  EXPECT_FALSE(on.core->tells_acked());
  ASSERT_EQ(on.write(100), sink_status::ok);
  EXPECT_EQ(on.core->position().bytes.acked, 100u);
  EXPECT_EQ(on.core->position().records.acked, 1u);
  EXPECT_EQ(on.core->kernel_queued(), 0u);
  EXPECT_EQ(on.core->flush_acked(on.in(seconds{1})), wait_status::ok);
}

TEST(core_acks, are_waited_for_without_a_spin) {
  scripted on({}, {}, true);
  ASSERT_EQ(on.write(100), sink_status::ok);
  EXPECT_EQ(on.core->flush(on.in(seconds{1})), wait_status::ok);
  const auto before = on.lane->now();
  EXPECT_EQ(on.core->flush_acked(on.in(seconds{1})), wait_status::timed_out);
  EXPECT_EQ(on.lane->now() - before, seconds{1}) << "neither early nor late";
  EXPECT_LT(on.lane->slept, 230u);
  on.lane->peer_has = 100;
  EXPECT_EQ(on.core->flush_acked(on.in(seconds{1})), wait_status::ok);
  EXPECT_EQ(on.core->position().records.acked, 1u);
  EXPECT_EQ(on.core->flush_acked(deadline::already_over()), wait_status::ok);
}

TEST(core_acks, find_a_broken_connection) {
  scripted on({}, {}, true);
  ASSERT_EQ(on.write(100), sink_status::ok);
  on.lane->break_connection();
  EXPECT_EQ(on.core->flush_acked(on.in(seconds{1})), wait_status::failed);
  EXPECT_EQ(on.core->error(), std::errc::connection_reset);
  EXPECT_EQ(on.core->position().bytes.acked, 0u);
  EXPECT_EQ(on.core->position().bytes.written, 100u);
  EXPECT_EQ(on.core->lost(), lost_range{}) << "written, though not confirmed: the marks tell";
}

TEST(core_acks, count_records_in_a_table_of_fixed_size) {
  detail::ack_marks marks;
  for (std::uint64_t i = 1; i <= 1000; ++i) marks.note_written(10 * i, i);
  for (std::uint64_t bytes = 0; bytes < 10'000; bytes += 7) {
    marks.move_to(bytes);
    EXPECT_EQ(marks.bytes(), bytes);
    ASSERT_LE(marks.records(), bytes / 10);
    ASSERT_GE(marks.records() + 32, bytes / 10) << "lags by more than thinning explains";
  }
  marks.move_to(10'000);
  EXPECT_EQ(marks.records(), 1000u);
  marks.note_written(10'000, 1005);
  EXPECT_EQ(marks.records(), 1005u) << "records without bytes";
}

// --- being waited for by a group

/// Who waits for several sinks wakes for next_try(): one that is over would make that wait spin.
TEST(core_next_try, is_never_once_nothing_is_tried_again) {
  scripted closed(std::vector<fault_step>{{-ENOBUFS}});
  ASSERT_EQ(closed.write(100), sink_status::ok);
  EXPECT_FALSE(closed.core->next_try().is_never()) << "it rests";
  EXPECT_EQ(closed.core->close(deadline::already_over(), {}).position.records.lost, 1u);
  EXPECT_TRUE(closed.core->next_try().is_never());

  scripted evicted({{-ENOBUFS}, {-ENOBUFS}, {-ENOBUFS}}, {.stall_after = milliseconds{2}, .evict_stalled = true});
  ASSERT_EQ(evicted.write(100), sink_status::ok);
  EXPECT_EQ(evicted.core->flush(evicted.in(seconds{5})), wait_status::failed);
  EXPECT_EQ(evicted.core->error(), sink_errc::evicted);
  EXPECT_TRUE(evicted.core->next_try().is_never());
}

TEST(core_memory, counts_its_bookkeeping) {
  scripted on({}, {.capacity_bytes = 1 << 20, .batch_bytes = 16, .capacity_records = 1});
  EXPECT_GE(on.core->max_bytes(), (1u << 20) + 65536 * 2 * sizeof(std::uint32_t)) << "two numbers for each buffer";
}

// --- counters

TEST(core_counters, tell_retries_apart) {
  scripted on({{-EINTR}, {-EAGAIN}, {-EAGAIN}, {-ENOMEM}, {-ENOBUFS}, {0}, {100}});
  ASSERT_EQ(on.write(100), sink_status::ok);
  ASSERT_EQ(on.core->flush(on.in(seconds{5})), wait_status::ok);
  const sink_stats stats = on.core->stats();
  EXPECT_EQ(stats.retries, 6u);
  EXPECT_EQ(stats.retries_by.interrupted, 1u);
  EXPECT_EQ(stats.retries_by.again, 2u);
  EXPECT_EQ(stats.retries_by.no_memory, 1u);
  EXPECT_EQ(stats.retries_by.no_buffers, 1u);
  EXPECT_EQ(stats.retries_by.nothing, 1u);
}

TEST(core_counters, count_batches_by_size) {
  scripted on({fault_step{1}, fault_step{2}});
  ASSERT_EQ(on.write(1), sink_status::ok);
  ASSERT_EQ(on.write(3), sink_status::ok);  // two of them, then the last one
  ASSERT_EQ(on.write(1000), sink_status::ok);
  const auto sizes = on.core->stats().batch_sizes;
  EXPECT_EQ(sizes[0], 2u);
  EXPECT_EQ(sizes[1], 1u);
  EXPECT_EQ(sizes[9], 1u);
  EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}), 4u);
}

TEST(core_counters, time_pauses_and_count_drains) {
  scripted on({{100, seconds{2}}, never}, {.capacity_bytes = 200, .high_bytes = 100, .low_bytes = 10});
  ASSERT_EQ(on.write(100), sink_status::pause);
  EXPECT_EQ(on.core->drain(on.in(seconds{1})), wait_status::timed_out);
  EXPECT_EQ(on.core->stats().paused, seconds{1}) << "the pause that goes on counts up to now";
  EXPECT_EQ(on.core->drain(on.in(seconds{5})), wait_status::ok);
  on.lane->let_pass(seconds{7});
  EXPECT_EQ(on.core->stats().paused, seconds{2});
  EXPECT_EQ(on.core->stats().resumes, 1u);
  EXPECT_EQ(on.core->stats().drains, 2u);
  EXPECT_EQ(on.core->stats().drain_timeouts, 1u);
  ASSERT_EQ(on.write(100), sink_status::pause);
  (void)on.core->close(on.in(seconds{1}), {});
  on.lane->let_pass(seconds{7});
  EXPECT_EQ(on.core->stats().paused, seconds{2}) << "paused again for no time before close()";
  EXPECT_EQ(on.core->stats().resumes, 1u);
  EXPECT_EQ(on.core->stats().pauses, 2u);
}

// --- waiting

TEST(core_wait, sleeps_when_idle_and_ends_with_progress) {
  scripted on({{10, seconds{1}}});
  const auto before = on.lane->now();
  EXPECT_EQ(on.core->wait(on.in(seconds{3})), wait_status::timed_out);
  EXPECT_EQ(on.lane->now() - before, seconds{3});
  ASSERT_EQ(on.write(10), sink_status::ok);
  EXPECT_EQ(on.core->wait(on.in(seconds{3})), wait_status::ok);
  EXPECT_EQ(on.lane->now() - before, seconds{4});
}

// --- records in parts and in place

TEST(core_records, are_gathered_from_parts) {
  scripted on({});
  std::vector<std::byte> bytes(100);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = stream_byte(i);
  const std::span all(bytes);
  const std::vector<std::span<const std::byte>> parts{all.first(8), all.subspan(8, 0), all.subspan(8)};
  EXPECT_EQ(on.core->write(record_parts{parts}), sink_status::ok);
  EXPECT_EQ(on.core->position().records.written, 1u);
  EXPECT_EQ(on.lane->image(), bytes);
  EXPECT_EQ(on.core->write(record_parts{}), sink_status::ok) << "an empty record";
  EXPECT_EQ(on.core->position().records.written, 2u);
}

TEST(core_records, are_gathered_whole_or_not_at_all) {
  scripted on({never}, {.capacity_bytes = 100, .high_bytes = 100, .low_bytes = 10});
  ASSERT_EQ(on.write(50), sink_status::ok);
  const std::vector<std::byte> bytes(60);
  const std::vector<std::span<const std::byte>> parts{std::span(bytes).first(10), std::span(bytes).first(41)};
  EXPECT_EQ(on.core->write(record_parts{parts}), sink_status::full);
  EXPECT_EQ(on.core->position().bytes.accepted, 50u);
  const std::vector<std::span<const std::byte>> more{std::span(bytes), std::span(bytes)};
  EXPECT_EQ(on.core->write(record_parts{more}), sink_status::too_big);
}

TEST(core_records, are_written_in_place_across_the_end_of_a_buffer) {
  scripted on({}, {.batch_bytes = 100, .corked = true});
  std::uint64_t at = 0;
  for (const std::size_t used : {60u, 50u, 90u, 100u, 0u, 100u, 1u}) {
    EXPECT_TRUE(accepted(on.emplace(100, [&](std::span<std::byte> place) {
      for (std::size_t i = 0; i < used; ++i) place[i] = stream_byte(at + i);
      return used;
    })));
    at += used;
  }
  EXPECT_EQ(on.core->flush(on.in(seconds{1})), wait_status::ok);
  ASSERT_EQ(on.lane->image().size(), at);
  for (std::size_t i = 0; i < at; ++i) ASSERT_EQ(on.lane->image()[i], stream_byte(i)) << i;
  EXPECT_EQ(on.core->position().records.written, 7u);
  EXPECT_EQ(on.emplace(101, [](std::span<std::byte>) -> std::size_t { throw std::logic_error("called"); }),
            sink_status::too_big);
}

TEST(core_records, vanish_when_fill_throws) {
  scripted on({}, {.corked = true});
  ASSERT_EQ(on.write(10), sink_status::ok);
  const auto before = on.core->position();
  EXPECT_THROW((void)on.emplace(100,
                                [](std::span<std::byte> place) -> std::size_t {
                                  place[0] = std::byte{1};
                                  throw std::runtime_error("no");
                                }),
               std::runtime_error);
  EXPECT_EQ(on.core->position(), before);
  ASSERT_EQ(on.write(10), sink_status::ok);
  EXPECT_EQ(on.core->pump(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(on.lane->image()[i], stream_byte(i));
}

/// Each sink is made where it dies: a death test runs in a child process.
TEST(core_records, abort_when_fill_breaks_the_rules) {
  const auto use_too_much = [] {
    scripted on({});
    (void)on.emplace(10, [](std::span<std::byte>) { return 11u; });
  };
  const auto write_inside = [] {
    scripted on({});
    (void)on.emplace(10, [&](std::span<std::byte>) {
      (void)on.write(0);
      return 1u;
    });
  };
  EXPECT_DEATH(use_too_much(), "more bytes used");
  EXPECT_DEATH(write_inside(), "used inside fill");
}

// --- handing back

TEST(core_hand_back, goes_on_after_a_callback_that_threw) {
  scripted on({never});
  for (std::size_t length = 1; length <= 5; ++length) ASSERT_EQ(on.write(length), sink_status::ok);
  std::vector<std::size_t> lengths;
  const auto third_throws = [&](const undelivered_record& record) {
    if (record.bytes.size() == 3 && lengths.size() == 2) throw std::runtime_error("cannot take it now");
    lengths.push_back(record.bytes.size() + record.written_bytes);
  };
  EXPECT_THROW((void)on.core->close(deadline::already_over(), third_throws), std::runtime_error);
  EXPECT_TRUE(on.lane->closed());
  const std::uint64_t lost = on.core->position().records.lost;
  const std::size_t written = 5 - lost;  // the cancelled operation may have moved the first record
  (void)on.core->close(deadline::already_over(), [&](const undelivered_record& record) {
    lengths.push_back(record.bytes.size() + record.written_bytes);
  });
  ASSERT_EQ(lengths.size(), lost);
  for (std::size_t i = 0; i < lengths.size(); ++i) EXPECT_EQ(lengths[i], written + i + 1) << "once each, in order";
  const auto report = on.core->close(deadline::already_over(), [](const undelivered_record&) { FAIL() << "twice"; });
  EXPECT_EQ(report.handed_back_records, lost);
}

TEST(core_hand_back, can_be_asked_for_later) {
  scripted on({never});
  ASSERT_EQ(on.write(100), sink_status::ok);
  ASSERT_EQ(on.write(100), sink_status::ok);
  EXPECT_EQ(on.core->close(deadline::already_over(), {}).handed_back_records, 0u);
  unsigned handed = 0;
  const auto report = on.core->close(deadline::already_over(), [&](const undelivered_record&) { ++handed; });
  EXPECT_EQ(report.handed_back_records, report.position.records.lost);
  EXPECT_EQ(report.handed_back_bytes, report.position.bytes.lost);
  EXPECT_EQ(handed, report.handed_back_records);
  EXPECT_GT(handed, 0u);
}

TEST(core_lost, says_why) {
  scripted cut({never});
  ASSERT_EQ(cut.write(10), sink_status::ok);
  ASSERT_EQ(cut.write(10), sink_status::ok);
  const auto report = cut.core->close(deadline::already_over(), {});
  EXPECT_EQ(report.lost.reason, loss_reason::cut_short);
  EXPECT_EQ(report.lost.end_record, 2u);
  for (const int error_number : {EPIPE, ECANCELED}) {
    scripted failed({fault_step{-error_number}});
    ASSERT_TRUE(accepted(failed.write(10)) || failed.core->error());
    EXPECT_EQ(failed.core->error(), std::error_code(error_number, std::system_category()));
    EXPECT_EQ(failed.core->lost(), (lost_range{0, 10, 0, 1, loss_reason::error}));
  }
  EXPECT_EQ(to_string(loss_reason::evicted), "evicted");
}

}  // namespace
}  // namespace tidegate::test
