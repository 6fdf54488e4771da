// Which backend runs, and why: refused by seccomp, by descriptors, forced by configuration or environment. Every
// refusal is set up in a child process, so that the tests around it keep their io_uring.
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cstddef>

#include "tests/io/log_sink_support.hpp"
#include "tests/io/support.hpp"
#include "tidegate/io/doorbell.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/io/stream_sink.hpp"
#include "tidegate/io/uring_features.hpp"

namespace tidegate::test {
namespace {

bool uring_here() { return probe_uring().kind == backend_kind::uring; }

/// Sends 100 kB through a fresh stream_sink; true when it ran on `kind`, said `reason`, and everything arrived.
bool carries(backend_kind kind, std::string_view reason) {
  auto [ours, theirs] = make_socketpair(4608);
  stream_reader reader(std::move(theirs), {});
  std::error_code error;
  auto out = stream_sink::make(std::move(ours), {}, error);
  if (!out || out->backend().kind != kind || out->backend().reason.find(reason) == std::string::npos) return false;
  for (int i = 0; i < 100; ++i) {
    if (!write_patiently(*out, 1000)) return false;
  }
  return !out->close(eventually()).error && reader.join() == 100'000;
}

std::error_code refusal(backend_kind kind) {
  std::error_code error;
  (void)stream_sink::make(std::move(make_socketpair().ours), {.backend = kind}, error);
  return error;
}

class backend_refused : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(by, backend_refused, ::testing::Values(EPERM, ENOSYS, ENOMEM),
                         [](const auto& refused) { return std::string(::strerrorname_np(refused.param)); });

TEST_P(backend_refused, falls_back_and_says_why) {
  const int code = in_child([] {
    ::unsetenv("TIDEGATE_BACKEND");
    if (!forbid(SYS_io_uring_setup, SYS_io_uring_register, GetParam())) return 2;
    if (!carries(backend_kind::posix, ::strerrorname_np(GetParam()))) return 3;
    if (refusal(backend_kind::uring) != sink_errc::backend_unavailable) return 4;
    ::setenv("TIDEGATE_BACKEND", "uring", 1);
    if (refusal(backend_kind::automatic) != sink_errc::backend_unavailable) return 5;
    if (refusal(backend_kind::posix)) return 6;
    return 0;
  });
  if (code == 2) GTEST_SKIP() << "NOT TESTED: no seccomp filter may be installed here";
  EXPECT_EQ(code, 0);
}

TEST(backend_choice, falls_back_without_descriptors) {
  if (address_sanitizer) GTEST_SKIP() << "NOT TESTED: the sanitizer needs descriptors of its own";
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  EXPECT_EQ(in_child([] {
              ::unsetenv("TIDEGATE_BACKEND");
              auto [ours, theirs] = make_socketpair();
              const int next = ::dup(0);
              const rlimit limit{static_cast<rlim_t>(next), static_cast<rlim_t>(next)};
              ::close(next);
              if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return 2;
              std::error_code error;
              const auto out = stream_sink::make(std::move(ours), {}, error);
              if (!out) return 3;
              return out->backend().reason.find("EMFILE") != std::string::npos ? 0 : 4;
            }),
            0);
}

/// A filter that comes after the ring: the sink fails with the reason, it neither hangs nor crashes.
class ring_taken_away : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(by, ring_taken_away, ::testing::Values(EPERM, ENOSYS),
                         [](const auto& refused) { return std::string(::strerrorname_np(refused.param)); });

TEST_P(ring_taken_away, fails_clearly) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  for (const bool in_flight : {false, true}) {
    const int code = in_child([&] {
      auto [ours, theirs] = make_socketpair(4608);
      auto out = std::make_unique<stream_sink>(std::move(ours), sink_config{.backend = backend_kind::uring});
      const std::vector<std::byte> record(100'000);
      if (in_flight && !accepted(out->write(record))) return 2;
      if (!forbid(SYS_io_uring_enter, SYS_io_uring_enter, GetParam())) return 3;
      (void)out->write(record);
      if (out->flush(in(seconds{20})) != wait_status::failed) return 4;
      if (out->error().value() != GetParam()) return 5;
      std::uint64_t handed = 0;
      const auto report = out->close(in(seconds{20}), [&](const undelivered_record&) { ++handed; });
      if (report.abandoned_operations != (in_flight ? 1u : 0u)) return 6;
      if (handed != report.position.records.lost) return 7;
      out.reset();
      return 0;
    });
    if (code == 3) GTEST_SKIP() << "NOT TESTED: no seccomp filter may be installed here";
    EXPECT_EQ(code, 0) << "in flight: " << in_flight;
  }
}

/// Between making and use: the ring cannot be enabled.
TEST_P(ring_taken_away, fails_clearly_before_the_first_use) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  const int code = in_child([] {
    auto [ours, theirs] = make_pipe();
    stream_sink out(std::move(ours), {.backend = backend_kind::uring});
    if (!forbid(SYS_io_uring_setup, SYS_io_uring_register, GetParam())) return 3;
    (void)out.write(std::vector<std::byte>(100));
    if (out.flush(in(seconds{20})) != wait_status::failed) return 4;
    if (out.error().value() != GetParam()) return 5;
    return out.close(in(seconds{20})).abandoned_operations == 0 ? 0 : 6;
  });
  if (code == 3) GTEST_SKIP() << "NOT TESTED: no seccomp filter may be installed here";
  EXPECT_EQ(code, 0);
}

/// The members of a group fail, each with its own account; its doorbells are heard all the same.
TEST_P(ring_taken_away, leaves_a_group_its_doorbells) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  for (const doorbell_kind kind : {doorbell_kind::event_fd, doorbell_kind::futex, doorbell_kind::ring_message}) {
    const int code = in_child([&] {
      sink_group group({.backend = backend_kind::uring, .doorbells = kind});
      auto [ours, theirs] = make_socketpair(4608);
      auto [idle_end, other] = make_socketpair();
      stream_sink busy(std::move(ours), {.group = &group});
      stream_sink idle(std::move(idle_end), {.group = &group});
      doorbell bell(group);
      const std::vector<std::byte> record(100'000);
      if (!accepted(busy.write(record)) || !bell.arm()) return 2;
      if (group.wait(in(milliseconds{1})) != wait_status::timed_out) return 7;
      if (!forbid(SYS_io_uring_setup, SYS_io_uring_register, GetParam())) return 3;
      if (group.wait(in(seconds{20})) != wait_status::ok || busy.error().value() != GetParam()) return 4;
      if (idle.error() || group.wait(in(milliseconds{5})) != wait_status::timed_out) return 5;
      for (int i = 0; i < 3; ++i) {
        std::thread([&] { bell.ring(); }).join();
        if (group.wait(in(seconds{20})) != wait_status::interrupted) return 6;
        while (!bell.arm()) {
        }
      }
      (void)idle.write(record);
      if (idle.flush(in(seconds{20})) != wait_status::ok && idle.error().value() != GetParam()) return 8;
      return busy.close(in(seconds{20})).abandoned_operations == 1 &&
                     idle.close(in(seconds{20})).abandoned_operations == 0
                 ? 0
                 : 9;
    });
    if (code == 3) GTEST_SKIP() << "NOT TESTED: no seccomp filter may be installed here";
    EXPECT_EQ(code, 0) << to_string(kind);
  }
}

TEST(backend_choice, serves_with_any_one_feature_left_out) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  for (std::size_t i = 0; i < uring_features::count; ++i) {
    const auto feature = static_cast<uring_feature>(i);
    const bool needed =
        feature == uring_feature::timed_wait || feature == uring_feature::send || feature == uring_feature::clamp;
    EXPECT_EQ(in_child([&] {
                ::unsetenv("TIDEGATE_BACKEND");
                ::setenv("TIDEGATE_URING_WITHOUT", std::string(to_string(feature)).c_str(), 1);
                const std::string named = "without " + std::string(to_string(feature));
                if (!carries(needed ? backend_kind::posix : backend_kind::uring, named)) return 1;
                return probe_uring().reason.find(named) != std::string::npos ? 0 : 2;
              }),
              0)
        << to_string(feature);
  }
}

TEST(backend_choice, groups_serve_with_any_one_feature_left_out) {
  for (std::size_t i = 0; i < uring_features::count; ++i) {
    const auto feature = static_cast<uring_feature>(i);
    group_config config;
    config.without = {feature};
    sink_group group(config);
    auto [ours, theirs] = make_socketpair(4608);
    stream_reader reader(std::move(theirs), {});
    stream_sink out(std::move(ours), {.group = &group});
    doorbell bell(group);
    for (int rounds = 0; rounds < 20; ++rounds) {
      ASSERT_TRUE(write_patiently(out, 10'000));
      if (!bell.arm()) continue;
      bell.ring();
      while (group.wait(eventually()) == wait_status::ok) {
      }
    }
    EXPECT_FALSE(close_and_check(out, eventually()).report.error) << to_string(feature);
    EXPECT_EQ(reader.join(), 200'000u);
  }
}

/// A ring without WRITE serves sockets; a pipe is then written by system calls.
TEST(backend_choice, leaves_out_only_what_needs_the_feature) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  std::error_code error;
  const sink_config without_write{.backend = backend_kind::uring, .without = {uring_feature::write}};
  EXPECT_NE(stream_sink::make(std::move(make_socketpair().ours), without_write, error), nullptr);
  EXPECT_EQ(stream_sink::make(std::move(make_pipe().ours), without_write, error), nullptr);
  EXPECT_EQ(error, sink_errc::backend_unavailable);
}

/// A process that only root may make: without root's rights.
bool become_nobody() { return ::getuid() != 0 || ::setuid(65534) == 0; }

/// Locked memory bounds rings on some kernels; whichever it is, sinks, groups and logs run.
TEST(backend_choice, serves_with_little_memory_to_lock) {
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{4096}, rlim_t{65536}}) {
    const int code = in_child([bytes] {
      ::unsetenv("TIDEGATE_BACKEND");
      const rlimit little{bytes, bytes};
      if (::setrlimit(RLIMIT_MEMLOCK, &little) != 0 || !become_nobody()) return 2;
      if (!carries(backend_kind::uring, "SEND") && !carries(backend_kind::posix, "io_uring_setup: ")) return 1;
      sink_group group;
      auto [ours, theirs] = make_socketpair(4608);
      stream_reader reader(std::move(theirs), {});
      stream_sink out(std::move(ours), {.group = &group});
      const scratch_folder folder;
      log_config config = small_log(folder);
      config.engine = log_engine::buffered;
      config.group = &group;
      auto log = open_log(config);
      for (int i = 0; i < 300; ++i) {
        if (!write_patiently(out, 1000) || !write_patiently(*log, 1000)) return 3;
      }
      if (out.close(eventually()).error || log->close(eventually()).error) return 4;
      expect_log(where(config), 300, [](std::uint64_t) { return std::size_t{1000}; });
      return reader.join() == 300'000 && !::testing::Test::HasFailure() ? 0 : 5;
    });
    EXPECT_EQ(code, 0) << bytes;
  }
}

/// kernel.io_uring_disabled for the life of the object, for the whole machine.
class disabled_uring {
 public:
  explicit disabled_uring(const char* value) {
    if (!file_ || ::flock(file_.get(), LOCK_EX) != 0) return;  // two at once would restore what the other one set
    if (::pread(file_.get(), &before_, 1, 0) == 1) set_ = write(value);
  }
  disabled_uring(const disabled_uring&) = delete;
  disabled_uring& operator=(const disabled_uring&) = delete;
  ~disabled_uring() { EXPECT_TRUE(!set_ || write(&before_)) << "kernel.io_uring_disabled stays as it was set here"; }
  [[nodiscard]] bool is_set() const { return set_; }

 private:
  [[nodiscard]] bool write(const char* digit) const { return ::pwrite(file_.get(), digit, 1, 0) == 1; }

  const unique_fd file_{::open("/proc/sys/kernel/io_uring_disabled", O_RDWR | O_CLOEXEC)};
  char before_ = 0;
  bool set_ = false;
};

/// 1: for who has no rights. Sinks, groups and logs fall back, name the setting, and say so when io_uring is demanded.
TEST(backend_choice, falls_back_where_io_uring_is_for_the_privileged_only) {
  const disabled_uring here("1");
  if (!here.is_set()) GTEST_SKIP() << "NOT TESTED: kernel.io_uring_disabled may not be set here";
  EXPECT_EQ(in_child([] {
              ::unsetenv("TIDEGATE_BACKEND");
              if (!become_nobody()) return 2;
              if (!carries(backend_kind::posix, "io_uring_disabled")) return 3;
              if (refusal(backend_kind::uring) != sink_errc::backend_unavailable) return 4;
              if (sink_group().backend().reason.find("io_uring_disabled") == std::string::npos) return 5;
              const scratch_folder folder;
              log_config config = small_log(folder);
              config.engine = log_engine::buffered;
              auto log = open_log(config);
              if (log->backend().reason.find("io_uring_disabled") == std::string::npos) return 6;
              if (!write_patiently(*log, 1000) || log->close(eventually()).error) return 7;
              return ::testing::Test::HasFailure() ? 8 : 0;
            }),
            0);
  if (::getuid() == 0) {
    EXPECT_EQ(in_child([] {
                ::unsetenv("TIDEGATE_BACKEND");
                return carries(backend_kind::uring, "SEND") ? 0 : 1;
              }),
              0)
        << "root still may";
  }
}

/// 2: for everybody. What has a ring keeps it. It holds for every process of the machine, whose own tests may need
/// io_uring, so that it is set for a moment only, and not beside other tests.
TEST(backend_choice, falls_back_where_io_uring_is_switched_off) {
  if (!is_long()) return;  // see above
  auto [ours, theirs] = make_socketpair(4608);
  stream_sink before(std::move(ours));
  stream_reader reader(std::move(theirs), {});
  bool set = false;
  {
    const disabled_uring here("2");
    set = here.is_set();
    if (set) {
      EXPECT_EQ(refusal(backend_kind::uring), sink_errc::backend_unavailable);
      EXPECT_FALSE(refusal(backend_kind::automatic));
      EXPECT_NE(probe_uring().reason.find("io_uring_disabled"), std::string::npos);
    }
  }
  if (!set) GTEST_SKIP() << "NOT TESTED: kernel.io_uring_disabled may not be set here";
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(write_patiently(before, 1000));
  EXPECT_FALSE(close_and_check(before, eventually()).report.error);
  EXPECT_EQ(reader.join(), 100'000u);
}

TEST(backend_choice, makes_groups_by_the_same_rules) {
  EXPECT_EQ(in_child([] {
              std::error_code error;
              ::setenv("TIDEGATE_BACKEND", "posix", 1);
              const auto by_calls = sink_group::make({}, error);
              if (!by_calls || by_calls->backend().kind != backend_kind::posix) return 1;
              ::setenv("TIDEGATE_BACKEND", "fast", 1);
              if (sink_group::make({}, error) || error != sink_errc::bad_backend_name) return 2;
              ::unsetenv("TIDEGATE_BACKEND");
              ::setenv("TIDEGATE_URING_WITHOUT", "fast", 1);
              if (sink_group::make({}, error) || error != sink_errc::bad_feature_name) return 3;
              ::setenv("TIDEGATE_URING_WITHOUT", "timed_wait", 1);
              if (sink_group::make({.backend = backend_kind::uring}, error) || error != sink_errc::backend_unavailable)
                return 4;
              const auto fallen = sink_group::make({}, error);
              if (!fallen || error || fallen->backend().reason.find("without timed_wait") == std::string::npos)
                return 5;
              // a member that asks for what its group has not
              (void)stream_sink::make(std::move(make_socketpair().ours),
                                      {.backend = backend_kind::uring, .group = fallen.get()}, error);
              return error == sink_errc::backend_unavailable ? 0 : 6;
            }),
            0);
}

TEST(backend_choice, obeys_configuration_before_environment) {
  EXPECT_EQ(in_child([] {
              ::setenv("TIDEGATE_BACKEND", "posix", 1);
              if (!carries(backend_kind::posix, "TIDEGATE_BACKEND")) return 1;
              if (uring_here() && refusal(backend_kind::uring)) return 2;
              ::setenv("TIDEGATE_BACKEND", "fast", 1);
              if (refusal(backend_kind::automatic) != sink_errc::bad_backend_name) return 3;
              ::setenv("TIDEGATE_BACKEND", "", 1);
              if (refusal(backend_kind::automatic)) return 4;
              return 0;
            }),
            0);
}

TEST(backend_choice, refuses_features_that_do_not_exist) {
  EXPECT_EQ(in_child([] {
              ::setenv("TIDEGATE_URING_WITHOUT", "multishot_poll,,send", 1);
              if (refusal(backend_kind::posix) != sink_errc::bad_feature_name) return 1;
              ::setenv("TIDEGATE_URING_WITHOUT", "multishot_poll,send", 1);
              if (refusal(backend_kind::posix)) return 2;
              ::setenv("TIDEGATE_URING_WITHOUT", "sends", 1);
              if (refusal(backend_kind::automatic) != sink_errc::bad_feature_name) return 3;
              if (probe_uring().reason != sink_category().message(static_cast<int>(sink_errc::bad_feature_name)))
                return 4;
              ::setenv("TIDEGATE_URING_WITHOUT", "", 1);
              return refusal(backend_kind::automatic) ? 5 : 0;
            }),
            0);
  EXPECT_NE(sink_category().message(static_cast<int>(sink_errc::bad_feature_name)).find("multishot_poll"),
            std::string::npos);
}

TEST(backend_choice, prefers_uring_for_streams) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  EXPECT_EQ(in_child([] {
              ::unsetenv("TIDEGATE_BACKEND");
              return carries(backend_kind::uring, "SEND") ? 0 : 1;
            }),
            0);
}

TEST(sink_words, name_themselves) {
  EXPECT_EQ(to_string(sink_status::too_big), "too_big");
  EXPECT_EQ(to_string(wait_status::interrupted), "interrupted");
  EXPECT_EQ(to_string(backend_kind::uring), "uring");
  for (int code = 1; code <= static_cast<int>(sink_errc::forked); ++code) {
    EXPECT_NE(sink_category().message(code), sink_category().message(0));
  }
}

}  // namespace
}  // namespace tidegate::test
