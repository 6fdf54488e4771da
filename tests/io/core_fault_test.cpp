// The sink's logic against a lane that misbehaves by seed. After every step the account must balance, in bytes and
// records; after close() every accepted record is in the image or was handed back, once, in order. A failing seed is
// printed with what happened; TIDEGATE_SEED=n io_core --gtest_filter=TEST runs it again, exactly.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "io/sink_core.hpp"
#include "tests/io/fault_lane.hpp"

namespace tidegate::test {
namespace {

using detail::sink_core;
using std::chrono::microseconds;

/// One sink over one fault lane, with everything that was accepted remembered.
constexpr std::span<const std::byte> no_bytes;

class run {
 public:
  run(std::uint64_t seed, fault_plan plan) : random_(seed ^ 0x5eed) {
    config_.capacity_bytes = 1 + random_() % 5000;
    config_.high_bytes = 1 + random_() % config_.capacity_bytes;
    config_.low_bytes = random_() % config_.high_bytes;
    config_.batch_bytes = 1 + random_() % (random_() % 3 == 0 ? 6000 : 700);
    config_.capacity_records = random_() % 2 == 0 ? 1 + random_() % 300 : 0;
    config_.corked = random_() % 2 == 0;
    if (random_() % 2 == 0) config_.stall_after = microseconds{1 + random_() % 5000};
    config_.evict_stalled = random_() % 4 == 0;
    EXPECT_FALSE(sink_core::resolve_limits(config_));
    const unsigned depth =
        random_() % 2 == 0 ? 1 : 1 + static_cast<unsigned>(random_() % detail::write_lane::max_depth);
    auto owned = std::make_unique<fault_lane>(seed, depth, plan);
    lane_ = owned.get();
    core_ = std::make_unique<sink_core>(std::move(owned), config_, 0, backend_report{});
    EXPECT_TRUE(core_->allocate());
    most_bytes_ = core_->max_bytes();
  }
  ~run() {
    if (::testing::Test::HasFailure()) std::fputs(lane_->story().c_str(), stderr);
  }

  void steps(unsigned count) {
    for (unsigned i = 0; i < count && !::testing::Test::HasFailure(); ++i) {
      step();
      check_account();
    }
  }

  void finish() {
    std::vector<std::byte> handed;
    std::vector<std::size_t> sizes;
    unsigned partial = 0;
    std::uint64_t cut_bytes = 0;
    const auto report = core_->close(soon(), [&](const undelivered_record& record) {
      handed.insert(handed.end(), record.bytes.begin(), record.bytes.end());
      sizes.push_back(static_cast<std::size_t>(record.written_bytes) + record.bytes.size());
      partial += record.partial;
      if (record.partial) cut_bytes = record.written_bytes;
      if (record.partial) {
        EXPECT_EQ(sizes.size(), 1u) << "only the first can be cut";
      }
      EXPECT_EQ(record.partial, record.written_bytes > 0);
    });
    check_account();
    check_report(report, sizes, handed, partial, cut_bytes);
    check_stats();
    EXPECT_TRUE(lane_->closed());
    EXPECT_EQ(core_->write(no_bytes), core_->error() ? sink_status::failed : sink_status::closing);
    EXPECT_EQ(core_->close(soon(), [](const undelivered_record&) { FAIL() << "handed back twice"; }).position,
              report.position);
  }

 private:
  [[nodiscard]] deadline soon() {
    if (random_() % 5 == 0) return deadline::already_over();
    return deadline::after(lane_->now(), microseconds{random_() % 20000});
  }

  [[nodiscard]] std::vector<std::byte> next_bytes(std::size_t count) const {
    std::vector<std::byte> bytes(count);
    for (std::size_t i = 0; i < count; ++i) bytes[i] = stream_byte(accepted_bytes_ + i);
    return bytes;
  }

  void step() {
    switch (random_() % 18) {
      case 0: (void)core_->pump(); break;
      case 1: expect_wait(core_->wait_progress(soon())); break;
      case 2: step_drain(); break;
      case 3: step_flush(); break;
      case 4: core_->set_corked(random_() % 2 == 0); break;
      case 5: step_run(); break;
      case 6: step_wait(); break;
      case 7: step_flush_acked(); break;
      case 8: (void)core_->kernel_queued(); break;
      case 9: step_parts(); break;
      case 10:
      case 11: step_in_place(); break;
      default: step_write(); break;
    }
  }

  void step_parts() {
    std::vector<std::span<const std::byte>> parts(random_() % 5);
    std::vector<std::size_t> lengths;
    for (std::size_t i = 0; i < parts.size(); ++i) lengths.push_back(random_() % (1 + config_.capacity_bytes / 4));
    const std::size_t total = std::accumulate(lengths.begin(), lengths.end(), std::size_t{0});
    const auto bytes = next_bytes(total);
    std::size_t at = 0;
    for (std::size_t i = 0; i < parts.size(); at += lengths[i++]) parts[i] = std::span(bytes).subspan(at, lengths[i]);
    const auto before = core_->position();
    note(core_->write(record_parts{parts}), before, {static_cast<std::uint32_t>(total)});
  }

  /// In place: claimed, written, and then used wholly, in part, or (as when `fill` throws) not at all.
  void step_in_place() {
    const std::size_t most = random_() % (1 + 2 * std::min(config_.batch_bytes, config_.capacity_bytes));
    const auto before = core_->position();
    std::span<std::byte> place;
    const sink_status answer = core_->claim(most, place);
    if (!accepted(answer)) return note_refusal(answer, before, most, 1, most > config_.batch_bytes);
    ASSERT_EQ(place.size(), most);
    const std::size_t used = random_() % (most + 1);
    const auto bytes = next_bytes(used);
    std::fill(place.begin(), place.end(), std::byte{0xee});
    std::copy(bytes.begin(), bytes.end(), place.begin());
    if (random_() % 4 == 0) {
      EXPECT_EQ(core_->position().bytes.accepted, before.bytes.accepted);
      return;
    }
    const auto now = core_->position();
    note(core_->commit(place, used), now, {static_cast<std::uint32_t>(used)});
  }

  void step_write() {
    const std::size_t length = random_() % 20 == 0  ? random_() % (2 * config_.capacity_bytes)
                               : random_() % 4 == 0 ? random_() % 4
                                                    : random_() % (1 + config_.capacity_bytes / 4);
    const auto before = core_->position();
    note(core_->write(next_bytes(length)), before, {static_cast<std::uint32_t>(length)});
  }

  void step_run() {
    std::vector<std::uint32_t> lengths(random_() % 12);
    std::size_t total = 0;
    for (auto& length : lengths)
      total += length = static_cast<std::uint32_t>(random_() % (1 + config_.capacity_bytes / 16));
    const auto before = core_->position();
    note(core_->write_run(next_bytes(total), lengths), before, lengths);
  }

  void note(sink_status answer, const sink_position& before, const std::vector<std::uint32_t>& lengths) {
    std::size_t total = 0;
    for (const auto length : lengths) total += length;
    if (accepted(answer)) {
      EXPECT_LE(total, config_.capacity_bytes);
      EXPECT_LE(lengths.size(), config_.capacity_records);
      EXPECT_EQ(core_->position().bytes.accepted, before.bytes.accepted + total);
      for (const auto length : lengths) {
        accepted_lengths_.push_back(length);
        ends_.push_back(accepted_bytes_ += length);
      }
      EXPECT_EQ(answer == sink_status::ok, core_->writable());
      return;
    }
    note_refusal(answer, before, total, lengths.size(), false);
  }

  void note_refusal(sink_status answer, const sink_position& before, std::size_t bytes, std::size_t records,
                    bool too_long) {
    const bool never_fits = too_long || bytes > config_.capacity_bytes || records > config_.capacity_records;
    const auto now = core_->position();
    EXPECT_EQ(now.bytes.accepted, before.bytes.accepted);
    EXPECT_EQ(answer == sink_status::failed, static_cast<bool>(core_->error()));
    if (!core_->error()) {
      EXPECT_EQ(answer == sink_status::too_big, never_fits);
    }
    if (answer == sink_status::full) {
      EXPECT_TRUE(now.bytes.in_flight() + bytes > config_.capacity_bytes ||
                  now.records.in_flight() + records > config_.capacity_records)
          << "full although there was room";
    }
  }

  void step_drain() {
    const wait_status answer = core_->drain(soon());
    expect_wait(answer);
    if (answer == wait_status::ok) {
      EXPECT_LE(core_->position().bytes.in_flight(), config_.low_bytes);
      EXPECT_TRUE(core_->writable());
    }
  }

  void step_flush() {
    const wait_status answer = core_->flush(soon());
    expect_wait(answer);
    if (answer == wait_status::ok) {
      EXPECT_EQ(core_->position().bytes.written, accepted_bytes_);
    }
    if (answer == wait_status::ok) {
      EXPECT_EQ(core_->position().records.written, accepted_lengths_.size());
    }
  }

  void step_wait() {
    const auto before = core_->position();
    const wait_status answer = core_->wait(soon());
    expect_wait(answer);
    const auto now = core_->position();
    EXPECT_EQ(answer == wait_status::ok,
              now.records.written + now.bytes.written > before.records.written + before.bytes.written &&
                  answer != wait_status::failed && answer != wait_status::interrupted);
  }

  void step_flush_acked() {
    const wait_status answer = core_->flush_acked(soon());
    expect_wait(answer);
    if (answer != wait_status::ok) return;
    EXPECT_EQ(core_->position().bytes.acked, accepted_bytes_);
    EXPECT_EQ(core_->position().records.acked, accepted_lengths_.size());
  }

  void expect_wait(wait_status answer) {
    if (answer == wait_status::stalled) {
      EXPECT_GT(config_.stall_after.count(), 0);
      EXPECT_TRUE(core_->stats().stalled);
      EXPECT_GT(++stalls_told_, 0u);
      EXPECT_LE(stalls_told_, core_->stats().stalls) << "told more often than it happened";
    }
    EXPECT_EQ(answer == wait_status::failed || answer == wait_status::interrupted,
              answer == wait_status::interrupted || static_cast<bool>(core_->error()));
    EXPECT_NE(answer, wait_status::closed);
  }

  /// How many of the accepted records end at or before `bytes`.
  [[nodiscard]] std::uint64_t whole_records(std::uint64_t bytes) const {
    return static_cast<std::uint64_t>(std::upper_bound(ends_.begin(), ends_.end(), bytes) - ends_.begin());
  }

  void check_account() {
    const sink_position at = core_->position();
    EXPECT_EQ(at.bytes.accepted, accepted_bytes_);
    EXPECT_EQ(at.records.accepted, accepted_lengths_.size());
    EXPECT_GE(at.bytes.accepted, at.bytes.submitted);
    EXPECT_GE(at.bytes.submitted, at.bytes.written);
    EXPECT_GE(at.bytes.accepted, at.bytes.written + at.bytes.lost);
    EXPECT_EQ(at.records.submitted, whole_records(at.bytes.submitted));
    EXPECT_LE(at.bytes.in_flight(), config_.capacity_bytes);
    EXPECT_LE(at.records.in_flight(), config_.capacity_records);
    EXPECT_GE(at.bytes.written, last_.bytes.written);
    EXPECT_GE(at.bytes.submitted, last_.bytes.submitted);
    EXPECT_GE(at.bytes.lost, last_.bytes.lost);
    EXPECT_GE(at.records.written, last_.records.written);
    EXPECT_GE(at.records.lost, last_.records.lost);
    EXPECT_EQ(at.records.written, whole_records(at.bytes.written));
    check_acked(at);
    check_pauses(at);
    EXPECT_EQ(core_->max_bytes(), most_bytes_);
    const auto credits = core_->credits();
    if (core_->writable()) {
      EXPECT_EQ(credits.bytes, config_.capacity_bytes - at.bytes.in_flight());
    }
    if (core_->writable()) {
      EXPECT_LT(at.bytes.in_flight(), config_.high_bytes);
    }
    last_ = at;
  }

  void check_acked(const sink_position& at) {
    EXPECT_GE(at.bytes.acked, last_.bytes.acked);
    EXPECT_GE(at.records.acked, last_.records.acked);
    EXPECT_LE(at.bytes.acked, at.bytes.written);
    EXPECT_LE(at.records.acked, whole_records(at.bytes.acked));
    if (lane_->tells_unacked()) {
      EXPECT_LE(at.bytes.acked, lane_->peer_has) << "nobody has confirmed so much";
    } else {
      EXPECT_EQ(at.bytes.acked, at.bytes.written);
    }
    if (at.bytes.acked == at.bytes.written) {
      EXPECT_EQ(at.records.acked, at.records.written);
    }
  }

  /// One resume for each pause, at the low mark and not before; none for a sink that died paused.
  void check_pauses(const sink_position& at) {
    const sink_stats stats = core_->stats();
    const std::uint64_t open_pauses = stats.pauses - stats.resumes;
    ASSERT_LE(open_pauses, 1u);
    if (core_->error() || lane_->closed()) return;
    EXPECT_EQ(core_->writable(), open_pauses == 0);
    const auto share = [&](std::size_t mark) {
      return static_cast<std::uint64_t>(config_.capacity_records) * mark / config_.capacity_bytes;
    };
    const std::uint64_t high_records = std::max<std::uint64_t>(1, share(config_.high_bytes));
    const std::uint64_t low_records = std::min(high_records - 1, share(config_.low_bytes));
    if (!core_->writable()) {
      EXPECT_TRUE(at.bytes.in_flight() > config_.low_bytes || at.records.in_flight() > low_records) << "resume lost";
    }
  }

  void check_stats() {
    const sink_stats stats = core_->stats();
    EXPECT_EQ(stats.batches, lane_->submitted + lane_->written_now);
    EXPECT_EQ(std::accumulate(stats.batch_sizes.begin(), stats.batch_sizes.end(), std::uint64_t{0}), stats.batches);
    const retry_counts& by = stats.retries_by;
    EXPECT_EQ(stats.retries, by.interrupted + by.again + by.no_memory + by.no_buffers + by.nothing);
    EXPECT_LE(stats.most_bytes, config_.capacity_bytes);
    EXPECT_LE(stats.paused, lane_->now() - deadline::time_point{std::chrono::seconds{1000}});
    if (core_->error() == sink_errc::evicted) return;  // a cancel on the way
    EXPECT_EQ(by.interrupted, lane_->refused[EINTR]);
    EXPECT_EQ(by.again, lane_->refused[EAGAIN]);
    EXPECT_EQ(by.no_memory, lane_->refused[ENOMEM]);
    EXPECT_EQ(by.no_buffers, lane_->refused[ENOBUFS]);
    EXPECT_EQ(by.nothing, lane_->refused[0]);
  }

  void check_report(const close_report& report, const std::vector<std::size_t>& sizes,
                    const std::vector<std::byte>& handed, unsigned partial, std::uint64_t cut_bytes) {
    const sink_marks& bytes = report.position.bytes;
    const sink_marks& records = report.position.records;
    EXPECT_EQ(bytes.in_flight(), 0u);
    EXPECT_EQ(records.in_flight(), 0u);
    EXPECT_EQ(static_cast<bool>(report.error), records.lost > 0 || static_cast<bool>(core_->error()));
    EXPECT_EQ(lane_->closed_orderly, !report.error);
    EXPECT_EQ(lane_->closed_at, bytes.written);
    EXPECT_EQ(report.lost, core_->lost());
    EXPECT_EQ(report.lost.end_byte - report.lost.first_byte, bytes.lost);
    EXPECT_EQ(report.lost.end_record - report.lost.first_record, records.lost);
    const bool lost_any = records.lost > 0;
    EXPECT_EQ(report.lost.reason, !lost_any                              ? loss_reason::none
                                  : core_->error() == sink_errc::evicted ? loss_reason::evicted
                                  : core_->error()                       ? loss_reason::error
                                                                         : loss_reason::cut_short);
    if (lost_any) {
      EXPECT_EQ(report.lost.first_byte, bytes.written);
      EXPECT_EQ(report.lost.end_record, accepted_lengths_.size());
    }
    EXPECT_EQ(report.handed_back_records, records.lost);
    EXPECT_EQ(report.handed_back_bytes, bytes.lost);
    ASSERT_EQ(sizes.size(), records.lost);
    ASSERT_EQ(handed.size(), bytes.lost);
    EXPECT_TRUE(
        std::equal(sizes.begin(), sizes.end(), accepted_lengths_.end() - static_cast<std::ptrdiff_t>(sizes.size())));
    for (std::size_t i = 0; i < handed.size(); ++i) {
      ASSERT_EQ(handed[i], stream_byte(bytes.written + i)) << "handed back wrong byte " << i;
    }
    ASSERT_EQ(lane_->prefix(), bytes.written);
    for (std::size_t i = 0; i < bytes.written; ++i) {
      ASSERT_EQ(lane_->image()[i], stream_byte(i)) << "written wrong byte " << i;
    }
    const bool cut = partial > 0;
    if (!cut) {
      EXPECT_EQ(cut_bytes, 0u);
    }
    EXPECT_LE(partial, 1u);
  }

  std::minstd_rand random_;
  sink_config config_;
  fault_lane* lane_ = nullptr;
  std::unique_ptr<sink_core> core_;
  std::vector<std::uint32_t> accepted_lengths_;
  std::vector<std::uint64_t> ends_;
  std::uint64_t accepted_bytes_ = 0;
  std::uint64_t stalls_told_ = 0;
  std::size_t most_bytes_ = 0;
  sink_position last_;
};

/// TIDEGATE_STRESS=long: a hundred times as many seeds. Under a sanitizer: a twentieth; with checks: a quarter.
std::uint64_t scaled(std::uint64_t count) {
  const char* const wish = std::getenv("TIDEGATE_STRESS");
  return count * (wish != nullptr && std::string_view(wish) == "long" ? 100 : 1) /
         (sanitized        ? 20
          : checks_enabled ? 4
                           : 1);
}

/// A seed that crashes is named, too. Sanitizers have handlers of their own, which say where.
class crash_names_seed {
 public:
  explicit crash_names_seed(std::uint64_t seed) {
    (void)std::snprintf(line, sizeof line, "crashed: TIDEGATE_SEED=%llu\n", static_cast<unsigned long long>(seed));
    if (sanitized) return;
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT}) std::signal(number, tell);
  }
  ~crash_names_seed() {
    if (sanitized) return;
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT}) std::signal(number, SIG_DFL);
  }

 private:
  static void tell(int number) {
    std::signal(number, SIG_DFL);
    if (::write(STDERR_FILENO, line, std::strlen(line)) > 0) ::raise(number);
  }
  static inline char line[64];
};

void run_seeds(std::uint64_t count, const fault_plan& plan) {
  const char* const wanted = std::getenv("TIDEGATE_SEED");
  const std::uint64_t first = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
  const std::uint64_t last = wanted != nullptr ? first : scaled(count);
  for (std::uint64_t seed = first; seed <= last && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("TIDEGATE_SEED=" + std::to_string(seed));
    const crash_names_seed named(seed);
    run one(seed, plan);
    one.steps(60 + static_cast<unsigned>(seed % 200));
    one.finish();
  }
}

TEST(core_faults, balances_under_every_misfortune) { run_seeds(3000, {}); }

TEST(core_faults, balances_with_a_peer_that_confirms) { run_seeds(3000, {.tells_acked = true}); }

TEST(core_faults, balances_when_everything_is_short) {
  run_seeds(1000, {.short_count = 1000, .transient = 0, .fatal = 0, .never = 0});
}

TEST(core_faults, balances_when_most_is_refused_for_now) { run_seeds(1000, {.transient = 700, .tells_acked = true}); }

TEST(core_faults, balances_when_operations_never_end) { run_seeds(1000, {.fatal = 0, .never = 200}); }

TEST(core_faults, balances_when_operations_end_late) {
  run_seeds(1000, {.fatal = 0, .late = 500, .tells_acked = true});
}

TEST(core_faults, balances_when_everything_fails) { run_seeds(1000, {.fatal = 300, .never = 20}); }

TEST(core_faults, balances_when_the_connection_breaks_unseen) {
  run_seeds(1000, {.fatal = 0, .break_off = 100, .tells_acked = true});
}

TEST(core_faults, loses_nothing_without_faults) {
  for (std::uint64_t seed = 1; seed <= scaled(500) && !HasFailure(); ++seed) {
    SCOPED_TRACE("TIDEGATE_SEED=" + std::to_string(seed));
    run one(seed, {.short_count = 0, .transient = 0, .fatal = 0, .never = 0, .late = 0, .wake = 0});
    one.steps(100);
    one.finish();
  }
}

/// A lane cut off from the kernel: the sink fails instead of waiting, and says how many buffers it leaves behind.
TEST(core_faults, gives_up_operations_that_can_never_be_reaped) {
  auto owned = std::make_unique<fault_lane>(
      1, 1, fault_plan{.short_count = 0, .transient = 0, .fatal = 0, .never = 1000, .sever_late = 1000, .wake = 0});
  sink_config config;
  ASSERT_FALSE(sink_core::resolve_limits(config));
  sink_core core(std::move(owned), config, 0, {});
  ASSERT_TRUE(core.allocate());
  const std::vector<std::byte> record(100);
  ASSERT_EQ(core.write(record), sink_status::ok);
  unsigned handed = 0;
  const auto report = core.close(deadline::already_over(), [&](const undelivered_record&) { ++handed; });
  EXPECT_EQ(report.error, std::errc::operation_not_permitted);
  EXPECT_EQ(report.abandoned_operations, 1u);
  EXPECT_EQ(handed, 1u);
}

TEST(core_faults, gives_up_after_too_many_refusals) {
  auto owned = std::make_unique<fault_lane>(
      1, 1, fault_plan{.short_count = 0, .transient = 1000, .fatal = 0, .never = 0, .wake = 0});
  fault_lane& lane = *owned;
  sink_config config{.retry_limit = 10};
  ASSERT_FALSE(sink_core::resolve_limits(config));
  sink_core core(std::move(owned), config, 0, {});
  ASSERT_TRUE(core.allocate());
  const auto started = lane.now();
  const std::vector<std::byte> record(100);
  ASSERT_EQ(core.write(record), sink_status::ok);
  EXPECT_EQ(core.flush(deadline::after(lane.now(), std::chrono::minutes{1})), wait_status::failed);
  EXPECT_EQ(lane.submitted, 11u);
  EXPECT_EQ(core.stats().retries, 11u);
  EXPECT_LT(lane.now() - started, std::chrono::seconds{1});
  EXPECT_EQ(core.position().records.lost, 1u);
}

TEST(core_limits, are_checked) {
  const auto refused = [](sink_config config) { return sink_core::resolve_limits(config) == sink_errc::bad_limits; };
  EXPECT_FALSE(refused({}));
  EXPECT_FALSE(refused({.capacity_bytes = 1, .high_bytes = 1, .low_bytes = 0}));
  EXPECT_TRUE(refused({.capacity_bytes = 0, .high_bytes = 0, .low_bytes = 0}));
  EXPECT_TRUE(refused({.capacity_bytes = 100, .high_bytes = 101, .low_bytes = 0}));
  EXPECT_TRUE(refused({.capacity_bytes = 100, .high_bytes = 50, .low_bytes = 50}));
  EXPECT_TRUE(refused({.batch_bytes = 0}));
  EXPECT_TRUE(refused({.capacity_bytes = (std::size_t{1} << 30) + 1}));
}

}  // namespace
}  // namespace tidegate::test
