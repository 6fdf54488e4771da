// A sink stays with the process and the thread that own it: a child after fork(2) is refused and disturbs nothing, a
// second thread is named.
#include <gtest/gtest.h>
#include <spawn.h>

#include <thread>

#include "io/uring_ring.hpp"
#include "tests/io/books.hpp"
#include "tests/io/stream_backend.hpp"
#include "tidegate/io/sink_group.hpp"

namespace tidegate::test {
namespace {

class sink_fork : public stream_backend_test {};
INSTANTIATE_TEST_SUITE_P(each, sink_fork, ::testing::ValuesIn(stream_backends), backend_name);

/// Everything that a child may call; 0 when all of it was refused.
int refused_everything(stream_sink& out) {
  const std::size_t descriptors = open_descriptors();
  const std::vector<std::byte> record(10);
  if (out.writable() || out.credits().bytes != 0) return 1;
  if (out.error() != sink_errc::forked) return 2;
  if (out.write(record) != sink_status::failed) return 3;
  if (out.emplace(10, [](std::span<std::byte>) -> std::size_t { ::_exit(4); }) != sink_status::failed) return 4;
  if (out.drain(eventually()) != wait_status::failed || out.flush_acked(eventually()) != wait_status::failed) return 5;
  if (out.wait(eventually()) != wait_status::failed || out.pump() != 0 || out.kernel_queued() != 0) return 6;
  if (out.rebind_owner()) return 7;
  out.cork();
  bool handed = false;
  if (out.close(eventually(), [&](const undelivered_record&) { handed = true; }).error != sink_errc::forked) return 8;
  if (handed) return 9;
  return open_descriptors() < descriptors ? 0 : 10;  // its copies are closed
}

TEST_P(sink_fork, child_is_refused_and_the_parent_goes_on) {
  for (const bool touches : {true, false}) {
    auto [ours, theirs] = make_socketpair(4608);
    auto out = make(std::move(ours), small);
    books account(*out);
    while (account.offer(1000) != sink_status::full) {
    }
    EXPECT_EQ(in_child([&] {
                const int refused = touches ? refused_everything(*out) : 0;
                out.reset();
                return refused;
              }),
              0);
    EXPECT_FALSE(out->error());
    stream_reader reader(std::move(theirs), {});
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(account.offer_patiently(1000));
    const auto closed = account.close(eventually(), peer_end::read_everything, [&] { return reader.join(); });
    EXPECT_FALSE(closed.report.error) << "the child ended the connection";
  }
}

TEST_P(sink_fork, child_of_a_group_is_refused_and_the_group_goes_on) {
  sink_group group({.backend = GetParam().kind, .without = GetParam().without});
  std::vector<two_ends> ends;
  std::vector<std::unique_ptr<stream_sink>> members;
  for (int i = 0; i < 3; ++i) {
    ends.push_back(make_socketpair(4608));
    sink_config config = small;
    config.group = &group;
    members.push_back(std::make_unique<stream_sink>(std::move(ends.back().ours), config));
    ASSERT_TRUE(accepted(members.back()->write(next_record(*members.back(), 20'000))));
  }
  EXPECT_EQ(in_child([&] {
              if (group.wait(eventually()) != wait_status::failed || group.pump() != 0 || group.rebind_owner())
                return 1;
              members.pop_back();
              return members.front()->flush(eventually()) == wait_status::failed ? 0 : 2;
            }),
            0);
  for (std::size_t i = 0; i < members.size(); ++i) {
    stream_reader reader(std::move(ends[i].theirs), {});
    EXPECT_FALSE(close_and_check(*members[i], eventually()).report.error);
    EXPECT_EQ(reader.join(), 20'000u);
  }
  members.clear();
}

TEST_P(sink_fork, child_may_make_sinks_of_its_own) {
  auto [ours, theirs] = make_socketpair();
  auto out = make(std::move(ours), small);
  ASSERT_TRUE(write_patiently(*out, 100));
  EXPECT_EQ(in_child([] {
              auto [mine, far] = make_socketpair();
              std::error_code error;
              if (the_group()) {
                (void)stream_sink::make(std::move(make_socketpair().ours), with_backend(), error);
                if (error != sink_errc::forked) return 3;
              }
              sink_config config = with_backend();
              config.group = nullptr;
              auto own = stream_sink::make(std::move(mine), config, error);
              if (!own || !write_patiently(*own, 1000)) return 1;
              return own->close(eventually()).error || HasFailure() ? 2 : 0;
            }),
            0);
}

TEST_P(sink_fork, exec_while_in_flight_disturbs_nothing) {
  auto [ours, theirs] = make_socketpair(4608);
  auto out = make(std::move(ours), small);
  books account(*out);
  while (account.offer(1000) != sink_status::full) {
  }
  for (int i = 0; i < 5; ++i) {
    char name[] = "true";
    char* const arguments[] = {name, nullptr};
    pid_t child = -1;
    ASSERT_EQ(::posix_spawn(&child, "/bin/true", nullptr, nullptr, arguments, environ), 0);
    EXPECT_EQ(in_child([] { return ::execl("/bin/true", "true", nullptr); }), 0);
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  stream_reader reader(std::move(theirs), {});
  const auto closed = account.close(eventually(), peer_end::read_everything, [&] { return reader.join(); });
  EXPECT_FALSE(closed.report.error);
}

TEST(sink_fork_ring, child_waits_for_nothing_on_it) {
  std::string why;
  std::error_code error;
  const auto ring = detail::uring_ring::make({}, why, error);
  if (!ring) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << why;
  ASSERT_TRUE(ring->ready());
  EXPECT_TRUE(ring->is_ours());
  EXPECT_EQ(in_child([&] { return ring->is_ours() ? 1 : 0; }), 0);
}

TEST(sink_owner, a_second_thread_is_named) {
  const auto use_from_another_thread = [] {
    auto [ours, theirs] = make_socketpair();
    stream_sink out(std::move(ours), {.backend = backend_kind::posix});
    (void)out.pump();
    std::thread([&] { (void)out.pump(); }).join();
    ::_exit(0);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  if (checks_enabled) {
    EXPECT_DEATH(use_from_another_thread(), "not its owner");
  } else {
    EXPECT_EXIT(use_from_another_thread(), ::testing::ExitedWithCode(0), "") << "unchecked builds do not look";
  }
}

}  // namespace
}  // namespace tidegate::test
