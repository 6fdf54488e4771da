// Queues drained into logs: by a sink_driver under every sync policy, and by a fan_out to a socket and a log.
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "tests/io/driver_support.hpp"
#include "tests/io/log_sink_support.hpp"
#include "tests/io/small_disk.hpp"
#include "tidegate/io/drainable_sink.hpp"
#include "tidegate/io/either_sink.hpp"
#include "tidegate/io/fan_out.hpp"
#include "tidegate/io/running_driver.hpp"
#include "tidegate/io/sink_driver.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/io/stream_sink.hpp"
#include "tidegate/queue/mpsc_queue.hpp"

namespace tidegate::test {
namespace {

static_assert(drainable_sink<log_sink>);

using numbers = mpsc_queue<numbered>;

void push_all(numbers& queue, std::uint32_t from, std::uint32_t to) {
  while (from < to) {
    if (queue.try_push(numbered::make(0, from)) == push_status::ok) {
      ++from;
    } else {
      std::this_thread::yield();
    }
  }
}

/// The log holds the numbers from 0 to `count`, in order.
void expect_numbers(const log_config& config, std::uint64_t count) {
  roll_call came;
  for (const read_record& one : library_log(where(config))) came.note(one.payload);
  EXPECT_EQ(came.count(), count);
  EXPECT_EQ(came.skipped(), 0u);
}

// --- sink_driver

class driver_into_log : public ::testing::TestWithParam<sync_policy> {
 protected:
  [[nodiscard]] log_config config(numbers& queue) const {
    log_config made = small_log(folder_);
    made.sync = GetParam();
    made.wake_fd = wake_fd_of(queue);
    return made;
  }

  scratch_folder folder_;
};

std::string policy_name(const ::testing::TestParamInfo<sync_policy>& info) {
  constexpr const char* names[] = {"none", "interval", "each_batch"};
  return names[static_cast<std::size_t>(info.param.rule)];
}
INSTANTIATE_TEST_SUITE_P(each, driver_into_log,
                         ::testing::Values(sync_policy::none(), sync_policy::interval(milliseconds{20}),
                                           sync_policy::each_batch()),
                         policy_name);

TEST_P(driver_into_log, keeps_every_record) {
  numbers queue({.capacity = 200});
  const log_config wanted = config(queue);
  log_sink out(wanted);
  running_driver drive(queue, out);
  EXPECT_TRUE(drive.driver().waits_at_once());
  push_all(queue, 0, 20'000);
  queue.close();
  const drive_report& report = drive.join();
  EXPECT_EQ(report.why, drive_status::drained);
  EXPECT_FALSE(report.sink.error) << report.sink.error.message();
  EXPECT_EQ(report.handed_back + report.lost, 0u);
  EXPECT_EQ(report.sink.position.records.written, 20'000u);
  EXPECT_LE(out.stats().most_bytes, wanted.capacity_bytes);
  EXPECT_EQ(out.stats().syncs == 0, GetParam().rule == sync_policy::when::never);
  expect_numbers(wanted, 20'000);
}

/// Nothing comes any more, and the driver would not look for a minute: it sleeps until the sync is due.
TEST_P(driver_into_log, settles_while_idle) {
  numbers queue({.capacity = 200});
  log_sink out(config(queue));
  sink_driver drive(queue, out, {.look_after = seconds(60)});
  push_all(queue, 0, 10);
  const auto before = native_sync::now();
  while (out.position().records.settled < 10) ASSERT_LE(drive.run_once(eventually()), drive_status::idle);
  const auto took = native_sync::now() - before;
  EXPECT_GE(took, GetParam().span);
  EXPECT_LT(took, seconds(30)) << "it slept past the sync";
  EXPECT_FALSE(drive.finish(drive_status::stopped).sink.error);
}

// --- fan_out

using socket_or_log = either_sink<stream_sink, log_sink>;
static_assert(drainable_sink<socket_or_log>);

/// In a group it would not look by itself for a minute.
void fan_out_to_both(sink_group* group) {
  const scratch_folder folder;
  log_config wanted = small_log(folder);
  wanted.sync = sync_policy::interval(milliseconds{5});
  wanted.group = group;
  sink_config small = small_sink;
  small.group = group;
  auto [ours, theirs] = make_narrow_pair();
  auto socket = std::make_unique<socket_or_log>(std::make_unique<stream_sink>(std::move(ours), small));
  auto log = std::make_unique<socket_or_log>(open_log(wanted));
  numbered_peer peer(std::move(theirs), {.most_bytes = 3000, .pause_odds = 5});
  numbers queue({.capacity = 200});
  std::vector<peer_report> left;
  fan_out_config config{.close_for = seconds(60), .group = group};
  if (group != nullptr) config.look_after = seconds(60);
  config.on_left = [&](const peer_report& one) { left.push_back(one); };
  running_driver<fan_out<numbers, socket_or_log>> drive(queue, config);
  EXPECT_EQ(drive.driver().join(std::move(socket)), 1u);
  EXPECT_EQ(drive.driver().join(std::move(log)), 2u);
  ASSERT_TRUE(eventually_holds([&] { return drive.stats().joined == 2; }));
  push_all(queue, 0, 5000);
  queue.close();
  EXPECT_EQ(drive.join().why, drive_status::drained);
  ASSERT_EQ(left.size(), 2u);
  for (const peer_report& one : left) {
    EXPECT_EQ(one.why, peer_end::left) << one.id << " " << one.sink.error.message();
    EXPECT_EQ(one.stats.accepted, 5000u);
    EXPECT_EQ(one.sink.position.records.written, 5000u) << one.id;
  }
  EXPECT_EQ(peer.join().count(), 5000u);
  EXPECT_EQ(peer.join().skipped(), 0u);
  expect_numbers(wanted, 5000);
}

TEST(either_sink, knows_which_it_is) {
  const scratch_folder folder;
  socket_or_log log(open_log(small_log(folder)));
  ASSERT_NE(log.get_if<log_sink>(), nullptr);
  EXPECT_EQ(std::as_const(log).get_if<log_sink>()->durable_seq(), 0u);
  EXPECT_EQ(log.get_if<stream_sink>(), nullptr);
  EXPECT_EQ(log.max_bytes(), log.get_if<log_sink>()->max_bytes());
  EXPECT_EQ(log.config().capacity_bytes, log.get_if<log_sink>()->config().capacity_bytes);
  ASSERT_TRUE(accepted(log.write(record_bytes(1, 100))));
  EXPECT_FALSE(log.close(eventually()).error);
  EXPECT_EQ(log.position().records, (sink_marks{1, 1, 1, 1, 0}));
}

/// The disk takes the first records only: the driver's account must balance over what the log lost.
TEST(driver_into_failing_log, balances) {
  const small_disk disk("size=128k");
  if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
  numbers queue({.capacity = 20'000});
  log_config config = tiny_log(disk.path());
  config.on_disk_full = disk_full_policy::fail;
  log_sink out(config);
  push_all(queue, 0, 20'000);
  queue.close();
  roll_call back;
  sink_driver drive(queue, out, {.on_undelivered = [&](const undelivered_record& one) { back.note(one.bytes); }});
  const drive_report report = drive.run();
  EXPECT_EQ(report.why, drive_status::failed);
  EXPECT_GT(report.handed_back, 0u);
  EXPECT_EQ(report.handed_back, back.count());
  EXPECT_EQ(report.lost, 0u);
  EXPECT_EQ(report.stats.records, report.sink.position.records.written + report.handed_back);
}

TEST(fan_out_into_log, gives_every_record_to_a_socket_and_a_log) {
  fan_out_to_both(nullptr);
  for (const backend_kind kind : {backend_kind::automatic, backend_kind::posix}) {
    sink_group group({.backend = kind});
    SCOPED_TRACE("in a group: " + group.backend().reason);
    fan_out_to_both(&group);
  }
}

}  // namespace
}  // namespace tidegate::test
