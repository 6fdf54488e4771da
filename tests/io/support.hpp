// support.hpp: what the io tests share: the backends to run on, socket pairs, a byte-exact reader, descriptor counting.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/io/fault_lane.hpp"
#include "tidegate/io/sink.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/io/sink_types.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline deadline in(std::chrono::nanoseconds span) { return deadline::after(native_sync::now(), span); }

/// Long enough for any machine; a test that waits this long has failed.
inline deadline eventually() { return in(seconds{60}); }

/// TIDEGATE_STRESS=long: more seeds.
inline bool is_long() {
  const char* const wish = std::getenv("TIDEGATE_STRESS");
  return wish != nullptr && std::string(wish) == "long";
}

/// One row of the table that conformance suites run on.
struct backend_case {
  const char* name;
  backend_kind kind;  // asked for by the configuration
  uring_features without = {};
  bool grouped = false;  // the sink is a member of a group made with the above, and itself asks for nothing
};

/// What io_uring works without, all at once: a plain ring, completions that may come at any time, polls that fire once.
inline constexpr uring_features optional_features{uring_feature::single_issuer, uring_feature::defer_taskrun,
                                                  uring_feature::coop_taskrun,  uring_feature::submit_all,
                                                  uring_feature::cq_size,       uring_feature::multishot_poll,
                                                  uring_feature::futex_wait,    uring_feature::ring_message};

/// For files, and for whatever io_uring serves with any set-up.
inline constexpr backend_case backends[] = {
    {"uring", backend_kind::uring},
    {"uring_masked", backend_kind::uring, optional_features},
    {"posix", backend_kind::posix},
};

/// For streams of every kind: with a masked ring pipes and terminals are written by system calls, because a signal
/// would escape, so that io_uring cannot be demanded.
inline constexpr backend_case stream_backends[] = {
    {"uring", backend_kind::uring},
    {"uring_masked", backend_kind::automatic, optional_features},
    {"uring_group", backend_kind::uring, {}, true},
    {"posix", backend_kind::posix},
};

/// Runs a test on every backend, and skips loudly where io_uring is refused.
class backend_test : public ::testing::TestWithParam<backend_case> {
 protected:
  void SetUp() override {
    if (GetParam().kind == backend_kind::posix) return;
    const backend_report found = probe_uring();
    if (found.kind != backend_kind::uring) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << found.reason;
    if (GetParam().grouped)
      the_group() = std::make_unique<sink_group>(group_config{GetParam().kind, GetParam().without});
  }
  void TearDown() override { the_group().reset(); }

  /// Of a grouped row.
  [[nodiscard]] static std::unique_ptr<sink_group>& the_group() {
    static std::unique_ptr<sink_group> made;
    return made;
  }

  [[nodiscard]] static sink_config with_backend(sink_config config = {}) {
    config.group = the_group().get();
    if (GetParam().grouped) return config;
    config.backend = GetParam().kind;
    config.without = GetParam().without;
    return config;
  }

  /// True when the sink runs on what was asked for.
  [[nodiscard]] static bool is_as_asked(const sink& out) {
    return GetParam().grouped || GetParam().kind == backend_kind::automatic || out.backend().kind == GetParam().kind;
  }
};

inline std::string backend_name(const ::testing::TestParamInfo<backend_case>& info) { return info.param.name; }

constexpr std::span<const std::byte> no_bytes;

struct two_ends {
  unique_fd ours;
  unique_fd theirs;
};

inline two_ends make_socketpair(int send_buffer_bytes = 0) {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  if (send_buffer_bytes > 0) {
    EXPECT_EQ(::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes), 0);
  }
  return {unique_fd{ends[0]}, unique_fd{ends[1]}};
}

inline two_ends make_tcp_pair() {
  unique_fd listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  EXPECT_EQ(::bind(listener.get(), any, length), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(::getsockname(listener.get(), any, &length), 0);
  unique_fd ours{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  EXPECT_EQ(::connect(ours.get(), any, length), 0);
  return {std::move(ours), unique_fd{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)}};
}

inline two_ends make_pipe(int flags = O_CLOEXEC) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, flags), 0);
  return {unique_fd{ends[1]}, unique_fd{ends[0]}};
}

/// Bytes of the endless test stream from `position` on.
inline std::vector<std::byte> stream_bytes(std::uint64_t position, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = stream_byte(position + i);
  return bytes;
}

/// Reads a descriptor in a thread of its own and compares with the endless stream.
class stream_reader {
 public:
  struct manner {
    std::size_t most_bytes = 65536;                // a read asks for 1 to this many
    bool exactly = false;                          // for this many, always
    const std::atomic<bool>* gate = nullptr;       // reads nothing while it is false
    unsigned pause_odds = 0;                       // out of 1000, to sleep for a millisecond before a read
    std::uint64_t stop_after = ~std::uint64_t{0};  // then close
  };

  stream_reader(unique_fd fd, manner how, unsigned seed = 1)
      : thread_([this, how, seed, owned = std::move(fd)]() mutable { run(std::move(owned), how, seed); }) {}
  ~stream_reader() { join(); }

  /// Waits for the end of the stream; the bytes read, all of them right.
  std::uint64_t join() {
    if (thread_.joinable()) thread_.join();
    EXPECT_EQ(wrong_at_.load(), right) << "first wrong byte";
    return count_.load();
  }
  [[nodiscard]] std::uint64_t count() const { return count_.load(); }

 private:
  static constexpr std::uint64_t right = ~std::uint64_t{0};

  void run(unique_fd fd, manner how, unsigned seed) {
    std::minstd_rand random(seed);
    std::vector<std::byte> buffer(how.most_bytes);
    while (count_.load() < how.stop_after) {
      if (random() % 1000 < how.pause_odds) std::this_thread::sleep_for(milliseconds{1});
      if (how.gate != nullptr) how.gate->wait(false);
      const std::uint64_t some = how.exactly ? how.most_bytes : 1 + random() % how.most_bytes;
      const std::size_t wanted = std::min<std::uint64_t>(some, how.stop_after - count_.load());
      const ssize_t got = ::read(fd.get(), buffer.data(), wanted);
      if (got <= 0) break;
      check(buffer, static_cast<std::size_t>(got));
    }
  }

  void check(const std::vector<std::byte>& buffer, std::size_t got) {
    const std::uint64_t at = count_.load();
    for (std::size_t i = 0; i < got; ++i) {
      if (buffer[i] != stream_byte(at + i) && wrong_at_.load() == right) wrong_at_ = at + i;
    }
    count_ = at + got;
  }

  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> wrong_at_{right};
  std::thread thread_;
};

/// Descriptors of this process.
inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    (void)entry;
    ++count;
  }
  return count;
}

/// A record of the endless stream, behind everything accepted so far.
inline std::vector<std::byte> next_record(const sink& out, std::size_t length) {
  return stream_bytes(out.position().bytes.accepted, length);
}

/// Writes one record as a patient producer does; false when the sink failed.
inline bool write_patiently(sink& out, std::size_t length) {
  const auto record = next_record(out, length);
  for (;;) {
    const sink_status answer = out.write(record);
    if (answer == sink_status::ok) return true;
    if (answer == sink_status::pause) return out.drain(eventually()) == wait_status::ok;
    if (answer != sink_status::full) return false;
    if (out.wait_progress(eventually()) != wait_status::ok) return false;
  }
}

/// What came back from close(), with the account checked against the report.
struct handed_back {
  std::vector<std::vector<std::byte>> records;
  std::uint64_t cut_bytes = 0;
  close_report report;
};

inline handed_back close_and_check(sink& out, deadline until) {
  handed_back result;
  result.report = out.close(until, [&](const undelivered_record& record) {
    if (record.partial) {
      EXPECT_TRUE(result.records.empty());
    }
    result.cut_bytes += record.written_bytes;
    result.records.emplace_back(record.bytes.begin(), record.bytes.end());
  });
  const sink_position& at = result.report.position;
  EXPECT_EQ(at.bytes.accepted, at.bytes.written + at.bytes.lost);
  EXPECT_EQ(at.records.accepted, at.records.written + at.records.lost);
  EXPECT_EQ(at.records.lost, result.records.size());
  EXPECT_GE(at.bytes.written, at.bytes.acked);
  EXPECT_GE(at.records.written, at.records.acked);
  EXPECT_EQ(result.report.lost.reason == loss_reason::none, result.records.empty());
  if (!result.records.empty()) {
    EXPECT_EQ(result.report.lost.first_byte, at.bytes.written);
    EXPECT_EQ(result.report.lost.end_byte, at.bytes.accepted);
    EXPECT_EQ(result.report.lost.first_record, at.records.written);
    EXPECT_EQ(result.report.lost.end_record, at.records.accepted);
  }
  std::uint64_t position = at.bytes.written;
  for (const auto& record : result.records) {
    EXPECT_EQ(record, stream_bytes(position, record.size()));
    position += record.size();
  }
  EXPECT_EQ(position, at.bytes.accepted);
  EXPECT_EQ(result.report.abandoned_operations, 0u);
  return result;
}

/// From now on this process gets `error_number` for the system calls [first, last].
inline bool forbid(unsigned first, unsigned last, int error_number) {
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

/// Runs `body` in a child process; the exit code, or 128 + the signal that killed it.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace tidegate::test
