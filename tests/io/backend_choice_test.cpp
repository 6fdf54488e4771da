// Which backend runs, and why: refused by seccomp, by descriptors, forced by configuration or environment. Every
// refusal is set up in a child process, so that the tests around it keep their io_uring.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cstddef>

#include "tests/io/support.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/stream_sink.hpp"
#include "tidegate/io/uring_features.hpp"

namespace tidegate::test {
namespace {

/// From now on this process gets `error_number` for the system calls [first, last].
bool forbid(unsigned first, unsigned last, int error_number) {
  const auto answer = static_cast<std::uint32_t>(SECCOMP_RET_ERRNO) | static_cast<std::uint32_t>(error_number);
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, answer),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{5, program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

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
TEST(backend_choice, fails_clearly_when_the_ring_is_taken_away) {
  if (!uring_here()) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  for (const bool in_flight : {false, true}) {
    const int code = in_child([&] {
      auto [ours, theirs] = make_socketpair(4608);
      auto out = std::make_unique<stream_sink>(std::move(ours), sink_config{.backend = backend_kind::uring});
      const std::vector<std::byte> record(100'000);
      if (in_flight && !accepted(out->write(record))) return 2;
      if (!forbid(SYS_io_uring_enter, SYS_io_uring_enter, EPERM)) return 3;
      (void)out->write(record);
      if (out->flush(in(seconds{20})) != wait_status::failed) return 4;
      if (out->error() != std::errc::operation_not_permitted) return 5;
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
