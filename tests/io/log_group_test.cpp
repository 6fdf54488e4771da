// A log among other sinks, and in a process that forks: one wait moves logs and sockets, on a ring or in a poll set; a
// child is refused everything and disturbs nothing.
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include <thread>

#include "tests/io/log_sink_support.hpp"
#include "tests/io/small_disk.hpp"
#include "tests/io/support.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/io/stream_sink.hpp"

namespace tidegate::test {
namespace {

constexpr auto each_100 = [](std::uint64_t) { return std::size_t{100}; };

class log_in_group : public backend_test {
 protected:
  void SetUp() override {
    backend_test::SetUp();
    if (!IsSkipped()) group_ = std::make_unique<sink_group>(group_config{GetParam().kind, GetParam().without});
  }

  [[nodiscard]] log_config member(const char* name, sync_policy sync) const {
    log_config config = small_log(folder_);
    config.name = name;
    config.sync = sync;
    config.engine = log_engine::buffered;
    config.group = group_.get();
    return config;
  }

  scratch_folder folder_;
  std::unique_ptr<sink_group> group_;
};
INSTANTIATE_TEST_SUITE_P(each, log_in_group, ::testing::ValuesIn(backends), backend_name);

/// Everything through the group's wait: segments are made by another thread, syncs by it or by the ring.
TEST_P(log_in_group, one_wait_moves_logs_and_sockets) {
  const log_config configs[] = {member("always", sync_policy::each_batch()),
                                member("timed", sync_policy::interval(milliseconds{5})),
                                member("never", sync_policy::none())};
  std::vector<std::unique_ptr<log_sink>> logs;
  for (const log_config& config : configs) {
    logs.push_back(open_log(config));
    EXPECT_EQ(logs.back()->backend().kind, group_->backend().kind) << logs.back()->backend().reason;
  }
  auto [ours, theirs] = make_socketpair(4608);
  stream_sink out(std::move(ours), {.group = group_.get()});
  stream_reader reader(std::move(theirs), {});
  EXPECT_EQ(group_->members(), 4u);
  constexpr std::uint64_t count = 3000;  // 1.5 MB: several segments
  const auto length_of = [](std::uint64_t seq) { return seq * 37 % 1000; };
  const auto is_through = [&](const std::unique_ptr<log_sink>& log) {
    return log->next_seq() > count && log->position().records.in_flight() == 0;
  };
  while (!std::all_of(logs.begin(), logs.end(), is_through)) {
    for (const auto& log : logs) {
      while (log->writable() && log->next_seq() <= count) {
        if (!accepted(log->write(record_bytes(log->next_seq(), length_of(log->next_seq()))))) break;
      }
    }
    if (out.writable()) (void)out.write(next_record(out, 1000));
    ASSERT_EQ(group_->wait(eventually()), wait_status::ok);
  }
  for (std::size_t i = 0; i < logs.size(); ++i) {
    EXPECT_GE(logs[i]->stats().segments, 4u);
    EXPECT_FALSE(logs[i]->close(eventually()).error);
    expect_log(where(configs[i]), count, length_of);
  }
  EXPECT_FALSE(close_and_check(out, eventually()).report.error);
  EXPECT_EQ(reader.join(), out.position().bytes.written);
  logs.clear();
  EXPECT_EQ(group_->members(), 1u);
}

/// Nothing is under way, and nothing else wakes it.
TEST_P(log_in_group, a_timed_sync_ends_an_idle_wait) {
  auto out = open_log(member("log", sync_policy::interval(milliseconds{20})));
  const auto before = native_sync::now();
  ASSERT_TRUE(accepted(out->write(record_bytes(1, 100))));
  while (out->durable_seq() == 0) ASSERT_EQ(group_->wait(deadline::never()), wait_status::ok);
  EXPECT_GE(native_sync::now() - before, milliseconds{20});
  EXPECT_EQ(group_->wait(deadline::never()), wait_status::failed) << "there is nothing left to wait for";
  out.reset();
}

TEST_P(log_in_group, changes_hands_with_the_group) {
  const log_config config = member("log", sync_policy::each_batch());
  auto out = open_log(config);
  for (std::uint64_t seq = 1; seq <= 6; seq += 2) {
    std::thread other([&] {
      ASSERT_TRUE(group_->rebind_owner());
      ASSERT_TRUE(accepted(out->write(record_bytes(seq, 100))));
      while (out->durable_seq() < seq) ASSERT_EQ(group_->wait(eventually()), wait_status::ok);
    });
    other.join();
    ASSERT_TRUE(group_->rebind_owner());
    ASSERT_TRUE(accepted(out->write(record_bytes(seq + 1, 100))));
    ASSERT_EQ(out->sync(eventually()), wait_status::ok);
  }
  EXPECT_FALSE(out->close(eventually()).error);
  expect_log(where(config), 6, each_100);
}

TEST_P(log_in_group, says_when_the_group_has_not_what_it_demands) {
  log_config config = member("log", sync_policy::each_batch());
  config.backend = backend_kind::uring;
  std::error_code error;
  const auto out = log_sink::make(config, error);
  EXPECT_EQ(out == nullptr, GetParam().kind == backend_kind::posix);
  EXPECT_EQ(error, out ? std::error_code() : make_error_code(sink_errc::backend_unavailable));
}

/// A suspended log holds up nobody, and the group's wait looks again for it.
TEST_P(log_in_group, waits_for_room_on_a_full_disk_and_the_others_go_on) {
  const small_disk disk("size=256k");
  if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
  const unique_fd ballast = disk.create("ballast", 128 << 10);
  ASSERT_TRUE(ballast);
  log_config config = tiny_log(disk.path());
  config.group = group_.get();
  auto log = open_log(config);
  auto [ours, theirs] = make_socketpair(4608);
  stream_sink out(std::move(ours), {.group = group_.get()});
  stream_reader reader(std::move(theirs), {});
  for (;;) {
    const sink_status answer = log->write(record_bytes(log->next_seq(), 500));
    if (accepted(answer)) continue;
    if (log->suspended()) break;
    ASSERT_EQ(group_->wait(eventually()), wait_status::ok);
  }
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(accepted(out.write(next_record(out, 1000))));
    while (out.position().bytes.in_flight() > 0) ASSERT_EQ(group_->wait(eventually()), wait_status::ok);
  }
  EXPECT_TRUE(log->suspended());
  EXPECT_EQ(log->write(record_bytes(log->next_seq(), 500)), sink_status::full);
  ASSERT_EQ(::ftruncate(ballast.get(), 0), 0);
  const std::uint64_t last = log->next_seq() - 1;
  while (log->durable_seq() < last) ASSERT_EQ(group_->wait(eventually()), wait_status::ok);
  EXPECT_FALSE(log->suspended());
  EXPECT_EQ(log->stats().suspensions, 1u);
  EXPECT_FALSE(log->close(eventually()).error);
  expect_log(where(config), last, [](std::uint64_t) { return std::size_t{500}; });
  EXPECT_FALSE(close_and_check(out, eventually()).report.error);
  EXPECT_EQ(reader.join(), 200'000u);
}

/// A filter that comes after the ring. With nothing in the kernel the log goes on by system calls and by its thread,
/// still woken by the group's wait; what is in the kernel then is lost to it, and it fails and accounts for all.
TEST_P(log_in_group, goes_on_or_accounts_for_all_when_the_ring_is_taken_away) {
  if (group_->backend().kind != backend_kind::uring) return;  // there is none
  for (const bool in_flight : {false, true}) {
    const scratch_folder folder;
    const int code = in_child([&] {
      sink_group group({GetParam().kind, GetParam().without});
      log_config config = member("log", sync_policy::each_batch());
      config.directory = folder.path();
      config.corked = false;
      config.group = &group;
      auto out = open_log(config);
      for (int i = 0; i < 100; ++i) {
        if (!write_patiently(*out, 100)) return 1;
      }
      if (out->sync(eventually()) != wait_status::ok) return 2;
      if (in_flight && !accepted(out->write(record_bytes(out->next_seq(), 100)))) return 3;
      if (!forbid(SYS_io_uring_setup, SYS_io_uring_register, EPERM)) return 100;
      while (!out->error() && out->next_seq() <= 200) {
        if (accepted(out->write(record_bytes(out->next_seq(), 100)))) continue;
        if (group.wait(eventually()) == wait_status::timed_out) return 10;
      }
      while (!out->error() && out->durable_seq() < 200) {
        if (group.wait(eventually()) != wait_status::ok) return 4;
      }
      if (!in_flight && out->error()) return 5;
      std::uint64_t next = out->durable_seq() + 1;
      bool in_order = true;
      const std::uint64_t last = out->next_seq() - 1;
      const deadline limit = eventually();
      const auto report = out->close(limit, [&](const undelivered_record& one) { in_order &= one.seq == next++; });
      if (limit.reached(native_sync::now())) return 9;  // nothing will come: it waits for nothing
      if (!in_order || next != last + 1) return 6;
      if (report.error != out->error()) return 7;
      return ::testing::Test::HasFailure() ? 8 : 0;
    });
    if (code == 100) GTEST_SKIP() << "NOT TESTED: no seccomp filter may be installed here";
    ASSERT_EQ(code, 0) << "in flight: " << in_flight;
    const log_location left{folder.path(), "log", {}};
    EXPECT_GE(library_log(left).size(), 100u);
    if (!in_flight) expect_log(left, 200, each_100);
  }
}

// --- fork

class log_fork : public backend_test {
 protected:
  [[nodiscard]] log_config config() const {
    log_config made = small_log(folder_);
    made.backend = GetParam().kind;
    made.without = GetParam().without;
    made.engine = log_engine::buffered;
    made.corked = false;
    return made;
  }

  scratch_folder folder_;
};
INSTANTIATE_TEST_SUITE_P(each, log_fork, ::testing::ValuesIn(backends), backend_name);

/// Everything that a child may call; 0 when all of it was refused.
int refused_everything(log_sink& out) {
  const std::size_t descriptors = open_descriptors();
  const image record(10);
  const std::span<const std::byte> parts[] = {record};
  const std::uint32_t lengths[] = {10};
  if (out.writable() || out.credits().bytes != 0 || !out.next_due().is_never()) return 1;
  if (out.error() != sink_errc::forked) return 2;
  if (out.write(record) != sink_status::failed || out.write(parts) != sink_status::failed) return 3;
  if (out.write_run(record, lengths) != sink_status::failed) return 4;
  if (out.emplace(10, [](std::span<std::byte>) -> std::size_t { ::_exit(5); }) != sink_status::failed) return 6;
  if (out.drain(eventually()) != wait_status::failed || out.flush(eventually()) != wait_status::failed) return 7;
  if (out.sync(eventually()) != wait_status::failed || out.wait(eventually()) != wait_status::failed) return 8;
  if (out.wait_progress(eventually()) != wait_status::failed || out.pump() != 0 || out.rebind_owner()) return 9;
  out.cork();
  bool handed = false;
  if (out.close(eventually(), [&](const undelivered_record&) { handed = true; }).error != sink_errc::forked) return 10;
  if (handed) return 11;
  return open_descriptors() < descriptors ? 0 : 12;  // its copies are closed
}

TEST_P(log_fork, child_is_refused_and_the_parent_goes_on) {
  const log_config wanted = config();
  auto out = open_log(wanted);
  for (const bool touches : {true, false, true}) {
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(write_patiently(*out, 100));
    EXPECT_EQ(in_child([&] {
                const int refused = touches ? refused_everything(*out) : 0;
                out.reset();
                std::error_code error;
                if (log_sink::make(wanted, error) || error != log_errc::in_use) return 20;
                if (thread_sanitizer) return refused;  // it lets no such child make a thread, as a log does
                log_config own = wanted;
                own.name = "own";
                auto mine = open_log(own);
                if (!mine || !write_patiently(*mine, 100) || mine->close(eventually()).error) return 21;
                return refused;
              }),
              0);
    EXPECT_FALSE(out->error());
  }
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(write_patiently(*out, 100));
  EXPECT_EQ(out->sync(eventually()), wait_status::ok);
  EXPECT_FALSE(out->close(eventually()).error);
  expect_log(where(wanted), 400, each_100);
}

/// A child shares the lock's description for as long as it lives.
TEST_P(log_fork, the_lock_goes_with_the_log_and_not_with_a_child) {
  const log_config wanted = config();
  auto out = open_log(wanted);
  ASSERT_TRUE(write_patiently(*out, 100));
  auto [near, far] = make_pipe();
  const pid_t child = ::fork();
  if (child == 0) {
    near.reset();
    char none = 0;
    ::_exit(static_cast<int>(::read(far.get(), &none, 1)));  // until the parent closes its end
  }
  EXPECT_FALSE(out->close(eventually()).error);
  EXPECT_TRUE(open_log(wanted));
  near.reset();
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_P(log_in_group, child_is_refused_and_the_group_goes_on) {
  const log_config config = member("log", sync_policy::each_batch());
  auto out = open_log(config);
  ASSERT_TRUE(accepted(out->write(record_bytes(1, 100))));
  EXPECT_EQ(in_child([&] {
              if (group_->wait(eventually()) != wait_status::failed || group_->pump() != 0) return 1;
              std::error_code error;
              if (log_sink::make(member("other", sync_policy::none()), error) || error != sink_errc::forked) return 2;
              const int refused = refused_everything(*out);
              out.reset();
              return refused == 0 ? 0 : 10 + refused;
            }),
            0);
  while (out->durable_seq() < 1) ASSERT_EQ(group_->wait(eventually()), wait_status::ok);
  EXPECT_FALSE(out->close(eventually()).error);
  expect_log(where(config), 1, each_100);
}

}  // namespace
}  // namespace tidegate::test
