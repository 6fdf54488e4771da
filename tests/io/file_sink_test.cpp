// Conformance of file_sink on every backend: the right bytes at the right offsets, and exact positions when the disk
// is full.
#include "tidegate/io/file_sink.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/io/small_disk.hpp"
#include "tests/io/support.hpp"

namespace tidegate::test {
namespace {

unique_fd make_temporary() { return unique_fd{::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)}; }

std::vector<std::byte> contents(int fd, std::uint64_t from = 0) {
  struct stat status = {};
  EXPECT_EQ(::fstat(fd, &status), 0);
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size) - from);
  EXPECT_EQ(::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(from)), static_cast<ssize_t>(bytes.size()));
  return bytes;
}

class file_sink_on : public backend_test {
 protected:
  static std::unique_ptr<file_sink> make(unique_fd fd, sink_config config = {},
                                         std::uint64_t offset = file_sink::at_position) {
    std::error_code error;
    auto made = file_sink::make(std::move(fd), with_backend(config), offset, error);
    EXPECT_TRUE(made) << error.message();
    return made;
  }

  static unique_fd twin(const unique_fd& fd) { return unique_fd{::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)}; }
};

INSTANTIATE_TEST_SUITE_P(each, file_sink_on, ::testing::ValuesIn(backends), backend_name);

constexpr sink_config small{
    .capacity_bytes = 64 << 10, .high_bytes = 48 << 10, .low_bytes = 8 << 10, .batch_bytes = 4 << 10, .corked = true};

TEST_P(file_sink_on, writes_every_byte_in_its_place) {
  unique_fd file = make_temporary();
  const unique_fd look = twin(file);
  auto out = make(std::move(file), small);
  EXPECT_EQ(out->backend().kind, GetParam().kind);
  std::minstd_rand random(3);
  while (out->position().bytes.accepted < (4u << 20)) ASSERT_TRUE(write_patiently(*out, random() % 20'000));
  const auto closed = close_and_check(*out, eventually());
  EXPECT_FALSE(closed.report.error);
  EXPECT_EQ(contents(look.get()), stream_bytes(0, closed.report.position.bytes.accepted));
}

TEST_P(file_sink_on, goes_on_where_the_position_is_and_leaves_it_behind) {
  unique_fd file = make_temporary();
  const unique_fd shared = twin(file);
  ASSERT_EQ(::write(shared.get(), "before", 6), 6);
  auto out = make(std::move(file), small);
  ASSERT_TRUE(write_patiently(*out, 10'000));
  EXPECT_FALSE(close_and_check(*out, eventually()).report.error);
  ASSERT_EQ(::write(shared.get(), "after", 5), 5);
  const auto bytes = contents(shared.get());
  ASSERT_EQ(bytes.size(), 6u + 10'000 + 5);
  EXPECT_EQ(std::vector(bytes.begin() + 6, bytes.begin() + 10'006), stream_bytes(0, 10'000));
  EXPECT_EQ(bytes.back(), std::byte{'r'});
}

TEST_P(file_sink_on, starts_at_a_given_offset) {
  unique_fd file = make_temporary();
  const unique_fd shared = twin(file);
  auto out = make(std::move(file), small, 12'345);
  ASSERT_TRUE(write_patiently(*out, 10'000));
  EXPECT_FALSE(close_and_check(*out, eventually()).report.error);
  EXPECT_EQ(contents(shared.get(), 12'345), stream_bytes(0, 10'000));
  EXPECT_EQ(::lseek(shared.get(), 0, SEEK_CUR), 0) << "an explicit offset leaves the position alone";
}

TEST_P(file_sink_on, appends_to_an_append_only_file) {
  char name[] = "/tmp/tidegate-append-XXXXXX";
  const unique_fd look{::mkstemp(name)};
  ASSERT_EQ(::write(look.get(), "before", 6), 6);
  auto out = make(unique_fd{::open(name, O_WRONLY | O_APPEND | O_CLOEXEC)}, small);
  ::unlink(name);
  while (out->position().bytes.accepted < 100'000) ASSERT_TRUE(write_patiently(*out, 999));
  const auto closed = close_and_check(*out, eventually());
  EXPECT_EQ(contents(look.get(), 6), stream_bytes(0, closed.report.position.bytes.accepted));
}

TEST_P(file_sink_on, says_exactly_what_a_full_disk_took) {
  const small_disk disk("size=64k");
  if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
  unique_fd file = disk.create("file");
  const unique_fd look = twin(file);
  auto out = make(std::move(file), small);
  while (write_patiently(*out, 1000)) {
  }
  EXPECT_EQ(out->error(), std::errc::no_space_on_device);
  const auto closed = close_and_check(*out, eventually());
  EXPECT_EQ(closed.report.error, std::errc::no_space_on_device);
  EXPECT_EQ(closed.report.position.bytes.written, 65'536u);
  EXPECT_EQ(closed.cut_bytes, 65'536u % 1000);
  EXPECT_EQ(contents(look.get()), stream_bytes(0, 65'536));
}

TEST_P(file_sink_on, survives_the_file_size_limit) {
  const int code = in_child([] {
    const rlimit limit{10'000, RLIM_INFINITY};
    std::signal(SIGXFSZ, SIG_DFL);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto out = make(make_temporary(), small);
    while (write_patiently(*out, 777)) {
    }
    const auto closed = close_and_check(*out, eventually());
    return closed.report.error == std::errc::file_too_large && closed.report.position.bytes.written == 10'000 ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

TEST_P(file_sink_on, closes_within_its_deadline_and_can_be_interrupted) {
  unique_fd file = make_temporary();
  const std::size_t before = open_descriptors() - 1;
  auto out = make(std::move(file), small);
  ASSERT_TRUE(accepted(out->write(next_record(*out, 30'000))));
  const auto closed = close_and_check(*out, deadline::already_over());
  EXPECT_EQ(closed.report.position.bytes.accepted, 30'000u);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(file_sink_on, refuses_what_has_no_offsets) {
  std::error_code error;
  EXPECT_EQ(file_sink::make(std::move(make_pipe().ours), with_backend(), 0, error), nullptr);
  EXPECT_EQ(error, sink_errc::not_a_file);
  EXPECT_EQ(file_sink::make(unique_fd{::open("/dev/null", O_WRONLY)}, with_backend(), 0, error), nullptr);
  EXPECT_EQ(error, sink_errc::not_a_file);
  EXPECT_THROW(file_sink(std::move(make_pipe().ours), with_backend()), std::system_error);
}

TEST(file_sink_automatic, writes_inline) {
  if (std::getenv("TIDEGATE_BACKEND") != nullptr) GTEST_SKIP() << "TIDEGATE_BACKEND is set";
  file_sink out(make_temporary());
  EXPECT_EQ(out.backend().kind, backend_kind::posix);
  EXPECT_NE(out.backend().reason.find("inline"), std::string::npos);
}

}  // namespace
}  // namespace tidegate::test
