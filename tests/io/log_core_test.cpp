// The log's logic against a disk that misbehaves by seed. After every step the account must balance; at any step the
// machine may die, and then at least all that was durable is there, in order, byte for byte; after close() every
// accepted record is in the log or was handed back. Replay one seed: TIDEGATE_SEED=n io_log_core.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>

#include "io/log/log_core.hpp"
#include "tests/io/log_disk_double.hpp"
#include "tests/io/log_support.hpp"

namespace tidegate::test {
namespace {

using detail::log_core;
using std::chrono::microseconds;
using std::chrono::milliseconds;

/// What differs between runs, beside the seed.
struct run_kind {
  disk_plan plan;
  bool crashes = false;   // look at what crashes leave
  bool recovers = false;  // and let recovery put it right
};

/// One log over one disk, with everything that was accepted remembered.
class run {
 public:
  run(std::uint64_t seed, const run_kind& kind) : kind_(kind), random_(static_cast<unsigned>(seed ^ 0x10c)) {
    config_.capacity_bytes = 100 + random_() % 4000;
    config_.high_bytes = 1 + random_() % config_.capacity_bytes;
    config_.low_bytes = random_() % config_.high_bytes;
    config_.batch_bytes = 1 + random_() % 9000;
    config_.capacity_records = 1 + random_() % 100;
    config_.segment_bytes = config_.capacity_bytes + config_.capacity_records * 23 + 6 * 4096 + random_() % 3000;
    config_.corked = random_() % 2 == 0;
    config_.sync = random_() % 3 == 0   ? sync_policy::each_batch()
                   : random_() % 2 == 0 ? sync_policy::interval(milliseconds{1 + random_() % 20})
                                        : sync_policy::none();
    if (random_() % 2 == 0) config_.failover_directory = "other";
    config_.on_disk_full = static_cast<disk_full_policy>(random_() % 20 == 0 ? 2 : random_() % 2);
    config_.on_sync_error = random_() % 10 == 0 ? sync_error_policy::fail : sync_error_policy::rewrite;
    config_.retry_limit = 8;
    EXPECT_FALSE(log_core::resolve_limits(config_));
    const bool direct = random_() % 2 == 0;
    const unsigned depth = random_() % 3 == 0 ? 1 : 4;
    auto owned = std::make_unique<disk_double>(seed, depth, direct, config_.segment_bytes, kind.plan);
    disk_ = owned.get();
    origin_.next_seq = kind.recovers ? 1 : 1 + random_() % 3 * 1000;
    origin_.next_number = 1 + random_() % 5;
    origin_.salt = seed;
    core_ = std::make_unique<log_core>(std::move(owned), config_, origin_, backend_report{});
    started_ = core_->start() == 0;
    EXPECT_EQ(started_, !core_->error());
  }

  void steps(unsigned count) {
    for (unsigned i = 0; i < count && !::testing::Test::HasFailure(); ++i) {
      step();
      check_account();
      if (kind_.crashes && random_() % 4 == 0) check_crash();
    }
  }

  void finish() {
    const bool give_back = random_() % 4 != 0;
    std::uint64_t next = core_->durable_seq() + 1;
    std::uint64_t count = 0;
    undelivered_callback take = [&](const undelivered_record& one) {
      if (count++ == 0) next = one.seq;
      EXPECT_EQ(one.seq, next++);
      EXPECT_FALSE(one.partial);
      expect_payload(one.seq, one.bytes);
    };
    const auto report = core_->close(soon(), give_back ? take : undelivered_callback{});
    check_account();
    EXPECT_TRUE(disk_->closed);
    const log_marks& records = report.marks.records;
    EXPECT_EQ(records.in_flight(), 0u);
    EXPECT_EQ(report.marks.bytes.in_flight(), 0u);
    EXPECT_EQ(records.accepted, records.settled + records.lost);
    EXPECT_EQ(report.handed_back_records, give_back ? records.lost : 0u);
    EXPECT_EQ(count, report.handed_back_records);
    EXPECT_EQ(report.handed_back_bytes, give_back ? report.marks.bytes.lost : 0u);
    EXPECT_EQ(static_cast<bool>(report.error), records.lost > 0 || static_cast<bool>(core_->error()));
    EXPECT_EQ(report.undelivered.is_none(), records.lost == 0);
    if (records.lost > 0) {
      EXPECT_EQ(report.undelivered, (seq_range{seq(records.settled), seq(records.accepted) - 1}));
    }
    check_log_left(records, give_back);
    EXPECT_EQ(core_->close(soon(), [](const undelivered_record&) { FAIL() << "handed back twice"; }).marks,
              report.marks);
    EXPECT_EQ(core_->write(std::span<const std::byte>{}), core_->error() ? sink_status::failed : sink_status::closing);
  }

  [[nodiscard]] const log_stats& stats() const { return core_->stats(); }
  [[nodiscard]] bool failed() const { return static_cast<bool>(core_->error()); }

 private:
  [[nodiscard]] deadline soon() {
    if (random_() % 5 == 0) return deadline::already_over();
    const auto longest = random_() % 8 == 0 ? 3'000'000u : 20'000u;
    return deadline::after(disk_->now(), microseconds{random_() % longest});
  }
  [[nodiscard]] std::uint64_t seq(std::uint64_t record) const { return origin_.next_seq + record; }

  void expect_payload(std::uint64_t of, std::span<const std::byte> bytes) const {
    ASSERT_GE(of, origin_.next_seq);
    ASSERT_LT(of - origin_.next_seq, lengths_.size());
    const image expected = record_bytes(of, lengths_[of - origin_.next_seq]);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end())) << "wrong record " << of;
  }

  void step() {
    switch (random_() % 14) {
      case 0: (void)core_->pump(); break;
      case 1: expect_wait(core_->wait_progress(soon())); break;
      case 2: step_drain(); break;
      case 3: step_flush(); break;
      case 4: step_sync(); break;
      case 5: core_->set_corked(random_() % 2 == 0); break;
      case 6: step_run(); break;
      case 7: step_claim(); break;
      default: step_write(); break;
    }
  }

  [[nodiscard]] std::size_t any_length() {
    return random_() % 20 == 0  ? random_() % (2 * config_.capacity_bytes)
           : random_() % 4 == 0 ? random_() % 4
                                : random_() % (1 + config_.capacity_bytes / 4);
  }

  void step_write() {
    const std::size_t length = any_length();
    const image bytes = record_bytes(core_->next_seq(), length);
    const std::size_t half = random_() % (length + 1);
    const std::span<const std::byte> parts[] = {std::span(bytes).first(half), std::span(bytes).subspan(half)};
    const auto before = core_->position();
    const sink_status answer = random_() % 2 == 0 ? core_->write(bytes) : core_->write(log_core::parts(parts));
    note(answer, before, {static_cast<std::uint32_t>(length)});
  }

  void step_run() {
    std::vector<std::uint32_t> lengths(random_() % 12);
    image bytes;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      lengths[i] = static_cast<std::uint32_t>(random_() % (1 + config_.capacity_bytes / 16));
      const image one = record_bytes(core_->next_seq() + i, lengths[i]);
      bytes.insert(bytes.end(), one.begin(), one.end());
    }
    const auto before = core_->position();
    note(core_->write_run(bytes, lengths), before, lengths);
  }

  void step_claim() {
    const std::size_t longest = any_length();
    const std::size_t length = random_() % (longest + 1);
    const auto before = core_->position();
    std::span<std::byte> room;
    sink_status answer = core_->claim(longest, room);
    EXPECT_EQ(room.size(), answer == sink_status::ok ? longest : 0);
    if (answer == sink_status::ok) {
      const image bytes = record_bytes(core_->next_seq(), length);
      std::copy(bytes.begin(), bytes.end(), room.begin());
      answer = core_->publish(length);
      EXPECT_TRUE(accepted(answer));
      return note(answer, before, {static_cast<std::uint32_t>(length)});
    }
    dropped_ += answer == sink_status::dropped;
    EXPECT_EQ(core_->position().records.accepted, before.records.accepted);
  }

  void note(sink_status answer, const log_position& before, const std::vector<std::uint32_t>& lengths) {
    std::size_t total = 0;
    for (const auto length : lengths) total += length;
    const bool never_fits = total > config_.capacity_bytes || lengths.size() > config_.capacity_records;
    const auto now = core_->position();
    if (accepted(answer)) {
      EXPECT_FALSE(never_fits);
      EXPECT_EQ(now.bytes.accepted, before.bytes.accepted + total);
      EXPECT_EQ(now.records.accepted, before.records.accepted + lengths.size());
      lengths_.insert(lengths_.end(), lengths.begin(), lengths.end());
      EXPECT_EQ(answer == sink_status::ok, core_->writable());
      return;
    }
    EXPECT_EQ(now.bytes.accepted, before.bytes.accepted);
    EXPECT_EQ(answer == sink_status::failed, static_cast<bool>(core_->error()));
    if (!core_->error()) {
      EXPECT_EQ(answer == sink_status::too_big, never_fits);
    }
    if (answer == sink_status::dropped) {
      dropped_ += lengths.size();
      EXPECT_EQ(config_.on_disk_full, disk_full_policy::drop_new);
      EXPECT_TRUE(core_->suspended());
    }
    if (answer == sink_status::full || answer == sink_status::dropped) {
      EXPECT_TRUE(now.bytes.in_flight() + total > config_.capacity_bytes ||
                  now.records.in_flight() + lengths.size() > config_.capacity_records)
          << "full although there was room";
    }
    EXPECT_EQ(core_->stats().dropped, dropped_);
  }

  void step_drain() {
    const wait_status answer = core_->drain(soon());
    expect_wait(answer);
    if (answer != wait_status::ok) return;
    EXPECT_LE(core_->position().bytes.in_flight(), config_.low_bytes);
    EXPECT_TRUE(core_->writable());
  }

  void step_flush() {
    const wait_status answer = core_->flush(soon());
    expect_wait(answer);
    if (answer == wait_status::ok) {
      EXPECT_EQ(core_->position().records.written, lengths_.size());
    }
  }

  void step_sync() {
    const wait_status answer = core_->sync(soon());
    const bool given_up = config_.sync == sync_policy::none() && core_->stats().poisoned > 0;
    if (!given_up) expect_wait(answer);
    if (answer != wait_status::ok) return;
    EXPECT_EQ(core_->position().records.durable, lengths_.size());
    EXPECT_EQ(core_->durable_seq() + 1, core_->next_seq());
  }

  void expect_wait(wait_status answer) {
    EXPECT_EQ(answer == wait_status::failed || answer == wait_status::interrupted,
              answer == wait_status::interrupted || static_cast<bool>(core_->error()));
    EXPECT_NE(answer, wait_status::closed);
  }

  void check_marks(const log_marks& at, const log_marks& before) {
    EXPECT_GE(at.accepted, at.submitted);
    EXPECT_GE(at.submitted, at.written);
    EXPECT_GE(at.written, at.durable);
    EXPECT_EQ(at.settled, config_.sync == sync_policy::none() ? at.written : at.durable);
    EXPECT_GE(at.accepted, at.settled + at.lost);
    EXPECT_GE(at.submitted, before.submitted);
    EXPECT_GE(at.written, before.written);
    EXPECT_GE(at.durable, before.durable);
    EXPECT_GE(at.lost, before.lost);
    if (!core_->error() && !disk_->closed) {
      EXPECT_EQ(at.lost, 0u);
    }
  }

  [[nodiscard]] std::uint64_t sum_to(std::uint64_t records) {
    while (sums_.size() <= records) sums_.push_back(sums_.back() + lengths_[sums_.size() - 1]);
    return sums_[records];
  }

  void check_account() {
    const log_position at = core_->position();
    EXPECT_EQ(at.records.accepted, lengths_.size());
    check_marks(at.records, last_.records);
    check_marks(at.bytes, last_.bytes);
    for (const auto mark :
         {&log_marks::accepted, &log_marks::written, &log_marks::durable, &log_marks::submitted, &log_marks::settled}) {
      EXPECT_EQ(at.bytes.*mark, sum_to(at.records.*mark));
    }
    EXPECT_LE(at.bytes.in_flight(), config_.capacity_bytes);
    EXPECT_LE(at.records.in_flight(), config_.capacity_records);
    if (core_->writable()) {
      EXPECT_EQ(core_->credits().bytes, config_.capacity_bytes - at.bytes.in_flight());
      EXPECT_LT(at.bytes.in_flight(), config_.high_bytes);
    }
    EXPECT_EQ(core_->next_seq(), seq(at.records.accepted));
    last_ = at;
  }

  /// `records` is what a crash left: a gapless beginning of what was accepted, at least `least` long.
  void check_beginning(const std::vector<read_record>& records, bool whole, std::uint64_t least, const char* what) {
    EXPECT_TRUE(whole) << what << ": a hole between segments";
    ASSERT_GE(records.size(), least) << what;
    ASSERT_LE(records.size(), lengths_.size()) << what;
    for (std::size_t i = 0; i < records.size(); ++i) {
      ASSERT_EQ(records[i].seq, seq(i)) << what;
      expect_payload(records[i].seq, records[i].payload);
    }
  }

  void check_crash() {
    const log_position at = core_->position();
    const bool rewritten = core_->stats().poisoned > 0;
    check_left(disk_->after_kill(), rewritten ? at.records.durable : at.records.written, "after a kill");
    if (config_.sync == sync_policy::none()) return;  // promises nothing here but what sync() said
    check_left(disk_->after_power_cut(random_), at.records.durable, "after a power cut");
  }

  void check_left(const std::vector<crash_image>& left, std::uint64_t least, const char* what) {
    bool whole = false;
    const auto records = oracle_log(left, whole);
    check_beginning(records, whole, least, what);
    if (!kind_.recovers || ::testing::Test::HasFailure()) return;
    const scratch_folder first;
    const scratch_folder second;
    for (const crash_image& each : left) {
      const auto& into = each.in_failover ? second : first;
      into.put(detail::to_file_name({"log", each.number, each.first_seq}), each.bytes);
    }
    const log_location where{first.path(), "log", second.path()};
    const log_recovery found = recover_log(where);
    if (found.error == log_errc::no_log) {
      EXPECT_EQ(least, 0u) << what;
      return;
    }
    ASSERT_FALSE(found.error) << what << ": " << found.problem;
    ASSERT_GE(found.next_seq, seq(least)) << what;
    check_beginning(library_log(where), true, least, what);
    if (found.records == 0) return;  // recovery may have left nothing
    const log_recovery again = examine_log(where);
    EXPECT_FALSE(again.error) << what << ": " << again.problem;
  }

  void check_log_left(const log_marks& records, bool gave_back) {
    bool whole = false;
    const auto left = oracle_log(disk_->after_kill(), whole);
    check_beginning(left, whole, records.settled, "after close");
    if (gave_back && core_->stats().poisoned == 0) {
      EXPECT_EQ(left.size(), records.settled) << "handed back and left in the log";
    }
    if (!gave_back || core_->stats().poisoned > 0 || core_->error() || config_.sync == sync_policy::none()) return;
    for (int i = 0; i < 4; ++i) {
      const auto after_cut = oracle_log(disk_->after_power_cut(random_), whole);
      EXPECT_EQ(after_cut.size(), records.settled) << "handed back, and a power cut brings it back";
    }
  }

  run_kind kind_;
  std::minstd_rand random_;
  log_config config_;
  detail::log_origin origin_;
  disk_double* disk_ = nullptr;
  std::unique_ptr<log_core> core_;
  bool started_ = false;
  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint64_t> sums_{0};
  std::uint64_t dropped_ = 0;
  log_position last_;
};

struct totals {
  log_stats sum;
  std::uint64_t failed = 0;

  void add(const run& one) {
    sum.poisoned += one.stats().poisoned;
    sum.rewritten += one.stats().rewritten;
    sum.suspensions += one.stats().suspensions;
    sum.segments += one.stats().segments;
    sum.dropped += one.stats().dropped;
    sum.short_writes += one.stats().short_writes;
    failed += one.failed();
  }
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

totals run_seeds(std::uint64_t count, const run_kind& kind, unsigned least_steps = 60) {
  if (sanitized) count /= 10;
  const char* const wanted = std::getenv("TIDEGATE_SEED");
  const char* const wish = std::getenv("TIDEGATE_STRESS");
  if (wish != nullptr && std::string(wish) == "long") count *= 20;
  const std::uint64_t first = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
  const std::uint64_t last = wanted != nullptr ? first : count;
  totals all;
  for (std::uint64_t seed = first; seed <= last && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("TIDEGATE_SEED=" + std::to_string(seed));
    run one(seed, kind);
    one.steps(least_steps + static_cast<unsigned>(seed % 400));
    one.finish();
    all.add(one);
  }
  return all;
}

TEST(log_core_faults, balances_under_every_misfortune) {
  const totals all = run_seeds(1500, {});
  if (sanitized || std::getenv("TIDEGATE_SEED") != nullptr) return;  // too few for these counts
  EXPECT_GT(all.sum.poisoned, 100u);
  EXPECT_GT(all.sum.rewritten, 100u);
  EXPECT_GT(all.sum.suspensions, 100u);
  EXPECT_GT(all.sum.segments, 2000u);
  EXPECT_GT(all.sum.dropped, 100u);
  EXPECT_GT(all.failed, 10u);
}

TEST(log_core_faults, what_crashes_leave_has_all_that_was_durable) { (void)run_seeds(300, {{}, true}); }

TEST(log_core_faults, what_crashes_leave_when_disks_fail) {
  const totals all = run_seeds(300, {{.broken = 20, .sync_fails = 60, .bad_segment = 20}, true});
  if (sanitized || std::getenv("TIDEGATE_SEED") != nullptr) return;  // too few for these counts
  EXPECT_GT(all.sum.poisoned, 200u);
}

TEST(log_core_faults, what_crashes_leave_when_disks_are_full) {
  (void)run_seeds(300, {{.full = 200, .broken = 0, .sync_fails = 0, .no_segment = 300, .bad_segment = 0}, true});
}

/// The same with the library's own recovery, on real files.
TEST(log_core_faults, what_crashes_leave_is_recovered) {
  (void)run_seeds(40, {{}, true, true});
  (void)run_seeds(40, {{.broken = 20, .sync_fails = 60, .bad_segment = 20}, true, true});
}

TEST(log_core_faults, balances_when_everything_is_short) { (void)run_seeds(300, {{.short_count = 1000}, true}); }

TEST(log_core_faults, loses_nothing_without_faults) {
  const totals all = run_seeds(200, {{.short_count = 0,
                                      .transient = 0,
                                      .full = 0,
                                      .broken = 0,
                                      .sync_fails = 0,
                                      .no_segment = 0,
                                      .bad_segment = 0,
                                      .wake = 0},
                                     true});
  EXPECT_EQ(all.failed, 0u);
  EXPECT_EQ(all.sum.poisoned + all.sum.suspensions, 0u);
}

/// A log on a disk where nothing goes wrong but what `plan` says; ten records are accepted.
std::unique_ptr<log_core> ten_records(const disk_plan& plan, sync_error_policy policy, disk_double*& disk) {
  log_config config;
  config.on_sync_error = policy;
  config.failover_directory = "other";
  EXPECT_FALSE(log_core::resolve_limits(config));
  auto owned = std::make_unique<disk_double>(1, 4, false, config.segment_bytes, plan);
  disk = owned.get();
  auto core = std::make_unique<log_core>(std::move(owned), config, detail::log_origin{}, backend_report{});
  EXPECT_EQ(core->start(), 0);
  for (std::uint64_t seq = 1; seq <= 10; ++seq) EXPECT_TRUE(accepted(core->write(record_bytes(seq, 100))));
  return core;
}

constexpr disk_plan no_faults{0, 0, 0, 0, 0, 0, 0, 0, 0, 3'000'000};

TEST(log_core, fails_with_the_range_when_the_new_segment_fails_too) {
  for (const bool at_sync : {true, false}) {
    disk_plan plan = no_faults;
    (at_sync ? plan.sync_fails : plan.broken) = 1000;
    disk_double* disk = nullptr;
    const auto core = ten_records(plan, sync_error_policy::rewrite, disk);
    EXPECT_EQ(core->sync(deadline::after(disk->now(), std::chrono::minutes{1})), wait_status::failed);
    EXPECT_TRUE(core->error());
    EXPECT_EQ(core->stats().poisoned, 2u);
    EXPECT_EQ(disk->begun, 2u);
    std::uint64_t next = 1;
    const auto report =
        core->close(deadline::already_over(), [&](const undelivered_record& one) { EXPECT_EQ(one.seq, next++); });
    EXPECT_EQ(report.undelivered, (seq_range{1, 10}));
    EXPECT_EQ(next, 11u);
    EXPECT_EQ(report.marks.records.lost, 10u);
    EXPECT_EQ(report.position.records, (sink_marks{10, 10, 0, 0, 10})) << "in the words of every sink";
  }
}

TEST(log_core, fails_or_aborts_at_once_when_that_is_the_policy) {
  disk_plan plan = no_faults;
  plan.sync_fails = 1000;
  disk_double* disk = nullptr;
  const auto core = ten_records(plan, sync_error_policy::fail, disk);
  EXPECT_EQ(core->sync(deadline::after(disk->now(), std::chrono::minutes{1})), wait_status::failed);
  EXPECT_EQ(core->stats().poisoned, 1u);
  EXPECT_EQ(disk->begun, 1u);
  EXPECT_DEATH(
      {
        disk_double* other = nullptr;
        const auto dying = ten_records(plan, sync_error_policy::abort_process, other);
        (void)dying->sync(deadline::after(other->now(), std::chrono::minutes{1}));
      },
      "a write or a sync failed");
}

/// No descriptors for a while is no broken disk: the log waits for the next segment and goes on.
TEST(log_core, waits_when_a_segment_cannot_be_made_for_lack_of_descriptors) {
  disk_double* disk = nullptr;
  const auto core = ten_records(no_faults, sync_error_policy::fail, disk);
  EXPECT_EQ(core->sync(deadline::after(disk->now(), std::chrono::minutes{1})), wait_status::ok);
  disk->scarce = 5;
  const image record(std::size_t{1} << 20);
  for (int i = 0; i < 70; ++i) {
    EXPECT_TRUE(accepted(core->write(record)));
    ASSERT_EQ(core->sync(deadline::after(disk->now(), std::chrono::minutes{1})), wait_status::ok);
  }
  EXPECT_EQ(disk->scarce, 0u);
  EXPECT_EQ(core->stats().segments, 2u);
  EXPECT_EQ(core->stats().poisoned, 0u);
  EXPECT_EQ(core->stats().suspensions, 0u);
}

/// The disk's last word counts: nothing of what a suspended log had not written whole stays in the file.
TEST(log_core, cuts_behind_the_last_whole_record_before_it_waits) {
  disk_plan plan = no_faults;
  plan.full = 1000;
  plan.still_full = 1000;
  disk_double* disk = nullptr;
  const auto core = ten_records(plan, sync_error_policy::rewrite, disk);
  EXPECT_EQ(core->sync(deadline::after(disk->now(), std::chrono::seconds{10})), wait_status::timed_out);
  EXPECT_TRUE(core->suspended());
  EXPECT_EQ(disk->after_kill().front().bytes.size(), detail::log_header_bytes);
  EXPECT_EQ(core->stats().suspensions, 1u);
}

/// The cut behind what is handed back is synced; where that fails, the report says so.
TEST(log_core, says_when_what_it_handed_back_may_still_be_there) {
  for (const bool fails : {false, true}) {
    disk_plan plan = no_faults;
    plan.full = 1000;
    plan.still_full = 1000;
    plan.sync_fails = fails ? 1000 : 0;
    disk_double* disk = nullptr;
    const auto core = ten_records(plan, sync_error_policy::rewrite, disk);
    EXPECT_EQ(core->sync(deadline::after(disk->now(), std::chrono::seconds{1})), wait_status::timed_out);
    const auto report = core->close(deadline::already_over(), [](const undelivered_record&) {});
    EXPECT_EQ(report.handed_back_records, 10u);
    EXPECT_EQ(disk->syncs, 1u);
    EXPECT_EQ(report.error == sink_errc::cut_short, !fails) << report.error.message();
  }
}

/// A mark for each record would not fit beside a full backlog of records that take the most padding: syncs that each
/// cover one record ask for that many.
TEST(log_core, leaves_marks_out_for_which_credit_leaves_no_room) {
  constexpr std::size_t length = 4065;  // one byte behind a multiple of eight, and a batch holds one
  constexpr std::uint64_t backlog = 3000;
  log_config config;
  config.capacity_records = backlog;
  config.capacity_bytes = config.high_bytes = backlog * length;
  config.batch_bytes = log_block_bytes;
  config.sync = sync_policy::each_batch();
  ASSERT_FALSE(log_core::resolve_limits(config));
  auto owned = std::make_unique<disk_double>(1, 1, false, config.segment_bytes, no_faults);
  disk_double& disk = *owned;
  disk.keeps_medium = false;
  log_core core(std::move(owned), config, detail::log_origin{}, backend_report{});
  ASSERT_EQ(core.start(), 0);
  for (std::uint64_t seq = 1; seq <= 3 * backlog; ++seq) {
    const image record = record_bytes(seq, length);
    while (!accepted(core.write(record))) ASSERT_EQ(core.wait_progress(deadline::never()), wait_status::ok);
  }
  EXPECT_GT(disk.syncs, backlog);
  EXPECT_FALSE(core.close(deadline::never(), {}).error);
  std::uint64_t next = 1;
  for (const crash_image& segment : disk.after_kill()) {
    const auto records = read_segment(segment);
    ASSERT_TRUE(records.has_value());
    for (const read_record& one : *records) {
      ASSERT_EQ(one.seq, next);
      ASSERT_EQ(one.payload, record_bytes(next++, length));
    }
  }
  EXPECT_EQ(next, 3 * backlog + 1);
}

TEST(log_core, limits_are_checked) {
  const auto refused = [](auto change) {
    log_config config;
    change(config);
    return log_core::resolve_limits(config) == sink_errc::bad_limits;
  };
  EXPECT_FALSE(refused([](log_config&) {}));
  EXPECT_TRUE(refused([](log_config& one) { one.capacity_bytes = 0; }));
  EXPECT_TRUE(refused([](log_config& one) { one.high_bytes = one.capacity_bytes + 1; }));
  EXPECT_TRUE(refused([](log_config& one) { one.batch_bytes = 0; }));
  EXPECT_TRUE(refused([](log_config& one) { one.capacity_bytes = (std::size_t{1} << 30) + 1; }));
  EXPECT_TRUE(refused([](log_config& one) { one.segment_bytes = one.capacity_bytes; }));
}

}  // namespace
}  // namespace tidegate::test
