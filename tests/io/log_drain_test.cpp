// Queues drained into logs: by a sink_driver under every sync policy, and by a fan_out to a socket and a log.
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <variant>

#include "tests/io/driver_support.hpp"
#include "tests/io/log_sink_support.hpp"
#include "tidegate/io/drainable_sink.hpp"
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

/// A peer that is either.
class socket_or_log {
 public:
  struct limits {
    std::size_t capacity_bytes;
    std::size_t high_bytes;
    int wake_fd;
    sink_group* group;
  };

  explicit socket_or_log(std::unique_ptr<stream_sink> out) : out_(std::move(out)) {}
  explicit socket_or_log(std::unique_ptr<log_sink> out) : out_(std::move(out)) {}

  sink_status write(std::span<const std::byte> record) noexcept {
    return std::visit([&](auto& out) { return out->write(record); }, out_);
  }
  sink_status write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept {
    return std::visit([&](auto& out) { return out->write_run(bytes, lengths); }, out_);
  }
  [[nodiscard]] bool writable() const noexcept {
    return std::visit([](const auto& out) { return out->writable(); }, out_);
  }
  [[nodiscard]] sink_credits credits() const noexcept {
    return std::visit([](const auto& out) { return out->credits(); }, out_);
  }
  void cork() noexcept {
    std::visit([](auto& out) { out->cork(); }, out_);
  }
  std::size_t pump() noexcept {
    return std::visit([](auto& out) { return out->pump(); }, out_);
  }
  wait_status wait_progress(deadline until) noexcept {
    return std::visit([&](auto& out) { return out->wait_progress(until); }, out_);
  }
  wait_status drain(deadline until) noexcept {
    return std::visit([&](auto& out) { return out->drain(until); }, out_);
  }
  close_report close(deadline until, const undelivered_callback& on_undelivered = {}) {
    return std::visit([&](auto& out) { return close_report(out->close(until, on_undelivered)); }, out_);
  }
  bool rebind_owner() noexcept {
    return std::visit([](auto& out) { return out->rebind_owner(); }, out_);
  }
  [[nodiscard]] std::error_code error() const noexcept {
    return std::visit([](const auto& out) { return out->error(); }, out_);
  }
  [[nodiscard]] sink_position position() const noexcept {
    if (const auto* const socket = std::get_if<std::unique_ptr<stream_sink>>(&out_)) return (*socket)->position();
    const log_position at = std::get<std::unique_ptr<log_sink>>(out_)->position();
    const auto as_sink = [](const log_marks& from) {
      return sink_marks{from.accepted, from.submitted, from.settled, 0, from.lost};
    };
    return {as_sink(at.bytes), as_sink(at.records)};
  }
  [[nodiscard]] limits config() const noexcept {
    return std::visit(
        [](const auto& out) {
          const auto& all = out->config();
          return limits{all.capacity_bytes, all.high_bytes, all.wake_fd, all.group};
        },
        out_);
  }
  [[nodiscard]] std::size_t max_bytes() const noexcept {
    return std::visit([](const auto& out) { return out->max_bytes(); }, out_);
  }

 private:
  std::variant<std::unique_ptr<stream_sink>, std::unique_ptr<log_sink>> out_;
};
static_assert(drainable_sink<socket_or_log>);

/// In a group it would not look by itself for a minute.
void fan_out_to_both(sink_group* group) {
  const scratch_folder folder;
  log_config wanted = small_log(folder);
  wanted.sync = sync_policy::interval(milliseconds{5});
  wanted.group = group;
  sink_config small = small_sink;
  small.group = group;
  auto [ours, theirs] = make_socketpair();
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
