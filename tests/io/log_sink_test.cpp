// Conformance of log_sink on real files: every engine on every backend under every sync policy; what a full disk, a
// size limit, a second writer and a failing device do to it.
#include "tidegate/io/log_sink.hpp"

#include <gtest/gtest.h>
#include <linux/loop.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <tuple>

#include "tests/io/log_sink_support.hpp"
#include "tests/io/small_disk.hpp"
#include "tests/io/support.hpp"
#include "tidegate/io/log_types.hpp"

namespace tidegate::test {
namespace {

log_config on(const backend_case& row, log_config config) {
  config.backend = row.kind;
  config.without = row.without;
  return config;
}

std::size_t some_length(std::uint64_t seq) { return seq % 50 == 0 ? 20'000 : seq * 37 % 500; }

// --- conformance

using combination = std::tuple<log_engine, backend_case, sync_policy::when>;

class log_sink_on : public ::testing::TestWithParam<combination> {
 protected:
  void SetUp() override {
    if (std::get<1>(GetParam()).kind == backend_kind::posix) return;
    if (probe_uring().kind != backend_kind::uring)
      GTEST_SKIP() << "NOT TESTED: no io_uring here: " << probe_uring().reason;
  }

  [[nodiscard]] log_config config() const {
    log_config made = small_log(folder_);
    made.engine = std::get<0>(GetParam());
    made.sync = {std::get<2>(GetParam()), milliseconds{5}};
    return on(std::get<1>(GetParam()), made);
  }

  scratch_folder folder_{"/tmp"};  // a disk, so that O_DIRECT is to be had
};

std::string combination_name(const ::testing::TestParamInfo<combination>& info) {
  constexpr const char* policies[] = {"never", "timed", "always"};
  return std::string(to_string(std::get<0>(info.param))) + "_" + std::get<1>(info.param).name + "_" +
         policies[static_cast<std::size_t>(std::get<2>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(each, log_sink_on,
                         ::testing::Combine(::testing::Values(log_engine::buffered, log_engine::inlined,
                                                              log_engine::direct),
                                            ::testing::ValuesIn(backends),
                                            ::testing::Values(sync_policy::when::never, sync_policy::when::timed,
                                                              sync_policy::when::always)),
                         combination_name);

TEST_P(log_sink_on, keeps_every_record_over_many_segments) {
  const log_config wanted = config();
  auto out = open_log(wanted);
  EXPECT_EQ(out->backend().kind, wanted.backend);
  EXPECT_NE(out->backend().reason.find(to_string(out->config().engine)), std::string::npos);
  const std::size_t bytes = out->max_bytes();
  constexpr std::uint64_t count = 3000;  // some 2 MB
  for (std::uint64_t seq = 1; seq <= count; ++seq) {
    if (seq % 7 == 0) out->uncork();
    if (seq % 7 == 2) out->cork();
    ASSERT_TRUE(write_patiently(*out, some_length(seq)));
    const log_marks at = out->position().bytes;
    ASSERT_LE(at.in_flight(), wanted.capacity_bytes);
  }
  EXPECT_EQ(out->sync(eventually()), wait_status::ok);
  EXPECT_EQ(out->durable_seq(), count);
  EXPECT_EQ(out->max_bytes(), bytes);
  const auto report = out->close(eventually(), [](const undelivered_record&) { FAIL(); });
  EXPECT_FALSE(report.error) << report.error.message();
  EXPECT_EQ(report.marks.records.settled, count);
  EXPECT_GE(out->stats().segments, 6u);
  EXPECT_GE(out->stats().syncs, 1u);
  expect_log(where(wanted), count, some_length);
  EXPECT_EQ(folder_.files().size(), out->stats().segments) << "no file is left over";
}

TEST_P(log_sink_on, goes_on_where_it_was_and_takes_every_form_of_record) {
  std::uint64_t seq = 1;
  for (int round = 0; round < 3; ++round) {
    auto out = open_log(config());
    EXPECT_EQ(out->next_seq(), seq);
    EXPECT_EQ(out->recovered().records, seq - 1);
    EXPECT_EQ(out->durable_seq(), seq - 1);
    const image first = record_bytes(seq, 11);
    const std::span<const std::byte> parts[] = {std::span(first).first(3), {}, std::span(first).subspan(3)};
    ASSERT_EQ(out->write(parts), sink_status::ok);
    ASSERT_EQ(out->emplace(100,
                           [&](std::span<std::byte> room) {
                             const image second = record_bytes(seq + 1, 11);
                             std::copy(second.begin(), second.end(), room.begin());
                             return second.size();
                           }),
              sink_status::ok);
    image run = record_bytes(seq + 2, 11);
    const image last = record_bytes(seq + 3, 11);
    run.insert(run.end(), last.begin(), last.end());
    const std::uint32_t lengths[] = {11, 11};
    ASSERT_EQ(out->write_run(run, lengths), sink_status::ok);
    EXPECT_EQ(out->write(image((64 << 10) + 1)), sink_status::too_big);
    seq += 4;
    EXPECT_FALSE(out->close(eventually()).error);
    EXPECT_EQ(out->write(first), sink_status::closing);
    EXPECT_EQ(out->flush(eventually()), wait_status::closed);
  }
  expect_log(where(config()), 12, [](std::uint64_t) { return std::size_t{11}; });
}

TEST_P(log_sink_on, hands_back_what_its_deadline_cut_off) {
  const std::size_t before = open_descriptors();
  const log_config wanted = config();
  auto out = open_log(wanted);
  for (std::uint64_t seq = 1; seq <= 10; ++seq) ASSERT_TRUE(accepted(out->write(record_bytes(seq, 1000))));
  ASSERT_EQ(out->sync(eventually()), wait_status::ok);
  for (std::uint64_t seq = 11; seq <= 20; ++seq) ASSERT_TRUE(accepted(out->write(record_bytes(seq, 1000))));
  std::uint64_t next = 0;
  const auto report = out->close(deadline::already_over(), [&](const undelivered_record& one) {
    if (next == 0) next = one.seq;
    EXPECT_EQ(one.seq, next++);
    const image expected = record_bytes(one.seq, 1000);
    EXPECT_TRUE(std::equal(one.bytes.begin(), one.bytes.end(), expected.begin(), expected.end()));
  });
  EXPECT_EQ(report.marks.records.settled + report.handed_back_records, 20u);
  EXPECT_EQ(report.undelivered.is_none(), report.handed_back_records == 0);
  if (report.handed_back_records > 0) {
    EXPECT_EQ(report.error, sink_errc::cut_short);
    EXPECT_EQ(next, 21u);
  }
  EXPECT_EQ(open_descriptors(), before);
  expect_log(where(wanted), report.marks.records.settled, [](std::uint64_t) { return std::size_t{1000}; });
}

TEST_P(log_sink_on, wakes_for_its_descriptor_and_changes_hands) {
  const unique_fd bell{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  log_config wanted = config();
  wanted.wake_fd = bell.get();
  auto out = open_log(wanted);
  ASSERT_TRUE(accepted(out->write(record_bytes(1, 100))));
  ASSERT_EQ(out->sync(eventually()), wait_status::ok);
  std::thread ringing([&] { ASSERT_EQ(::eventfd_write(bell.get(), 1), 0); });
  EXPECT_EQ(out->wait(eventually()), wait_status::interrupted);
  ringing.join();
  EXPECT_EQ(out->drain(eventually()), wait_status::interrupted);
  eventfd_t count = 0;
  ASSERT_EQ(::eventfd_read(bell.get(), &count), 0);
  EXPECT_EQ(out->wait(in(milliseconds{1})), wait_status::timed_out);
  std::thread other([&] {
    ASSERT_TRUE(out->rebind_owner());
    ASSERT_TRUE(accepted(out->write(record_bytes(2, 100))));
    ASSERT_EQ(out->sync(eventually()), wait_status::ok);
    ASSERT_TRUE(out->rebind_owner());
  });
  other.join();
  ASSERT_TRUE(out->rebind_owner());
  EXPECT_FALSE(out->close(eventually()).error);
  expect_log(where(wanted), 2, [](std::uint64_t) { return std::size_t{100}; });
}

// --- opening

TEST(log_sink, refuses_a_second_writer) {
  const scratch_folder folder;
  const log_config config = small_log(folder);
  auto out = open_log(config);
  std::error_code error;
  EXPECT_EQ(log_sink::make(config, error), nullptr);
  EXPECT_EQ(error, log_errc::in_use);
  log_config other = config;
  other.name = "other";
  EXPECT_TRUE(open_log(other));
  EXPECT_FALSE(out->close(eventually()).error);
  EXPECT_TRUE(open_log(config)) << "the lock is gone with the sink";
}

TEST(log_sink, refuses_what_cannot_work) {
  const scratch_folder folder;
  const auto refusal = [&](auto change) {
    log_config config = small_log(folder);
    change(config);
    std::error_code error;
    EXPECT_EQ(log_sink::make(config, error), nullptr);
    return error;
  };
  EXPECT_EQ(refusal([](log_config& one) { one.high_bytes = one.low_bytes; }), sink_errc::bad_limits);
  EXPECT_EQ(refusal([](log_config& one) { one.segment_bytes = one.capacity_bytes; }), sink_errc::bad_limits);
  EXPECT_EQ(refusal([](log_config& one) { one.name = "a/b"; }), log_errc::bad_name);
  EXPECT_EQ(refusal([](log_config& one) { one.directory += "/none"; }), std::errc::no_such_file_or_directory);
  EXPECT_EQ(refusal([](log_config& one) { one.failover_directory = one.directory + "/none"; }),
            std::errc::no_such_file_or_directory);
  log_config config = small_log(folder);
  config.name.clear();
  EXPECT_THROW(log_sink{config}, std::system_error);
}

TEST(log_sink, leaves_no_segment_without_records) {
  const scratch_folder folder;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(open_log(small_log(folder))->close(eventually()).error);
  EXPECT_TRUE(folder.files().empty());
}

TEST(log_sink, refuses_damage_and_salvages_on_request) {
  const scratch_folder folder;
  log_config config = small_log(folder);
  auto out = open_log(config);
  for (std::uint64_t seq = 1; seq <= 10; ++seq) ASSERT_TRUE(write_patiently(*out, 100));
  ASSERT_FALSE(out->close(eventually()).error);
  const std::string path = folder.path() + "/" + folder.files().front();
  const unique_fd file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  ASSERT_EQ(::pwrite(file.get(), "x", 1, 500), 1);
  std::error_code error;
  log_recovery found;
  EXPECT_EQ(log_sink::make(config, error, &found), nullptr);
  EXPECT_EQ(error, log_errc::corrupt);
  EXPECT_FALSE(found.problem.empty());
  config.recovery = recovery_policy::salvage;
  out = open_log(config);
  EXPECT_EQ(out->next_seq(), 11u);
  EXPECT_EQ(out->recovered().damage.size(), 1u);
}

TEST(log_sink, goes_on_without_a_lost_directory_on_request) {
  const scratch_folder place, rest;
  log_config config = small_log(rest);
  auto out = open_log(config);
  for (std::uint64_t seq = 1; seq <= 10; ++seq) ASSERT_TRUE(write_patiently(*out, 100));
  ASSERT_FALSE(out->close(eventually()).error);
  config.failover_directory = std::exchange(config.directory, place.path() + "/none");
  std::error_code error;
  log_recovery found;
  EXPECT_EQ(log_sink::make(config, error, &found), nullptr);
  EXPECT_EQ(error, std::errc::no_such_file_or_directory);
  EXPECT_NE(found.problem.find(config.directory), std::string::npos) << found.problem;
  config.recovery = recovery_policy::salvage;
  out = open_log(config);
  ASSERT_EQ(out->recovered().damage.size(), 1u);
  EXPECT_EQ(out->recovered().damage[0].path, config.directory);
  EXPECT_EQ(out->config().directory, rest.path());
  EXPECT_EQ(out->next_seq(), 11u);
  ASSERT_TRUE(write_patiently(*out, 100));
  EXPECT_EQ(log_sink::make(small_log(rest), error), nullptr);
  EXPECT_EQ(error, log_errc::in_use) << "whoever has only the rest is kept out, too";
  ASSERT_FALSE(out->close(eventually()).error);
  expect_log({rest.path(), "log", {}}, 11, [](std::uint64_t) { return std::size_t{100}; });
}

/// Marks: what was durable is never taken for a torn tail, though nothing else tells it from one.
TEST(log_sink, damage_to_what_was_durable_is_refused_after_a_kill) {
  const scratch_folder folder;
  const scratch_folder copy;
  auto out = open_log(small_log(folder));
  for (std::uint64_t seq = 1; seq <= 10; ++seq) ASSERT_TRUE(write_patiently(*out, 100));
  ASSERT_EQ(out->sync(eventually()), wait_status::ok);
  ASSERT_TRUE(write_patiently(*out, 100));
  ASSERT_EQ(out->flush(eventually()), wait_status::ok);
  std::filesystem::copy(folder.path(), copy.path(), std::filesystem::copy_options::recursive);
  const std::string path = copy.path() + "/" + copy.files().front();
  const unique_fd file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  ASSERT_EQ(::pwrite(file.get(), "x", 1, 500), 1);
  EXPECT_EQ(recover_log({copy.path(), "log", {}}).error, log_errc::corrupt);
}

/// ramfs has neither O_DIRECT nor fallocate.
TEST(log_sink, direct_falls_back_and_says_why) {
  const small_disk disk("", "ramfs");
  if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: mounting a ramfs needs root";
  log_config config;
  config.directory = disk.path();
  config.engine = log_engine::direct;
  auto out = open_log(config);
  for (std::uint64_t seq = 1; seq <= 100; ++seq) ASSERT_TRUE(write_patiently(*out, 100));
  EXPECT_FALSE(out->close(eventually()).error);
  EXPECT_EQ(out->config().engine, log_engine::buffered);
  EXPECT_NE(out->backend().reason.find("the file system refuses O_DIRECT"), std::string::npos);
  expect_log(where(config), 100, [](std::uint64_t) { return std::size_t{100}; });
}

TEST(log_sink, automatic_says_what_it_took) {
  const scratch_folder folder;
  auto out = open_log(small_log(folder));
  EXPECT_NE(out->config().engine, log_engine::automatic);
  EXPECT_NE(out->backend().reason.find("measured"), std::string::npos);
}

/// The clock is looked at by calls only: next_due() says when.
TEST(log_sink, timed_syncs_are_due_when_it_says) {
  const scratch_folder folder;
  log_config config = small_log(folder);
  config.sync = sync_policy::interval(milliseconds{20});
  config.corked = false;
  auto out = open_log(config);
  EXPECT_TRUE(out->next_due().is_never());
  const auto before = native_sync::now();
  ASSERT_TRUE(accepted(out->write(record_bytes(1, 100))));
  ASSERT_EQ(out->flush(eventually()), wait_status::ok);
  EXPECT_FALSE(out->next_due().is_never());
  EXPECT_EQ(out->wait(eventually()), wait_status::ok);
  EXPECT_EQ(out->durable_seq(), 1u);
  EXPECT_GE(native_sync::now() - before, milliseconds{20});
}

// --- a disk that is full

class log_on_full_disk : public backend_test {};
INSTANTIATE_TEST_SUITE_P(each, log_on_full_disk, ::testing::ValuesIn(backends), backend_name);

/// Writes until the log is suspended and has no credit left.
void fill_up(log_sink& out) {
  for (;;) {
    const sink_status answer = out.write(record_bytes(out.next_seq(), 500));
    ASSERT_FALSE(out.error()) << out.error().message();
    if (accepted(answer)) continue;
    if (out.suspended()) return;
    ASSERT_NE(out.wait_progress(in(seconds{20})), wait_status::failed);
  }
}

TEST_P(log_on_full_disk, waits_for_room_and_goes_on_by_itself) {
  const small_disk disk("size=256k");
  if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
  const unique_fd ballast = disk.create("ballast", 128 << 10);
  ASSERT_TRUE(ballast);
  const log_config config = on(GetParam(), tiny_log(disk.path()));
  auto out = open_log(config);
  fill_up(*out);
  EXPECT_EQ(out->write(record_bytes(1, 500)), sink_status::full);
  EXPECT_EQ(out->sync(in(milliseconds{150})), wait_status::timed_out);
  EXPECT_EQ(out->stats().suspensions, 1u);
  ASSERT_EQ(::ftruncate(ballast.get(), 0), 0);
  EXPECT_EQ(out->sync(eventually()), wait_status::ok);
  EXPECT_FALSE(out->suspended());
  const std::uint64_t last = out->next_seq() - 1;
  EXPECT_FALSE(out->close(eventually()).error);
  expect_log(where(config), last, [](std::uint64_t) { return std::size_t{500}; });
}

TEST_P(log_on_full_disk, drops_or_fails_by_policy) {
  for (const auto policy : {disk_full_policy::drop_new, disk_full_policy::fail}) {
    const small_disk disk("size=128k");
    if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: mounting a tmpfs needs root";
    log_config config = on(GetParam(), tiny_log(disk.path()));
    config.on_disk_full = policy;
    auto out = open_log(config);
    std::uint64_t dropped = 0;
    while (dropped < 10 && !out->error()) {
      const sink_status answer = out->write(record_bytes(out->next_seq(), 500));
      dropped += answer == sink_status::dropped;
      if (answer == sink_status::full) (void)out->wait_progress(in(seconds{20}));
    }
    EXPECT_EQ(out->stats().dropped, dropped);
    EXPECT_EQ(out->error() == std::errc::no_space_on_device, policy == disk_full_policy::fail);
    const std::uint64_t last = out->next_seq() - 1;
    std::uint64_t handed = 0;
    const auto report = out->close(in(milliseconds{50}), [&](const undelivered_record&) { ++handed; });
    EXPECT_TRUE(report.error);
    EXPECT_GT(handed, 0u);
    EXPECT_EQ(report.marks.records.settled + handed, last);
    expect_log(where(config), last - handed, [](std::uint64_t) { return std::size_t{500}; });
  }
}

/// Without fallocate the disk is full in the middle of a record: a sparse file on a file system that fills up.
TEST_P(log_on_full_disk, cuts_a_record_that_did_not_fit) {
  const int code = in_child([] {
    const scratch_folder folder;
    const rlimit limit{40'000, RLIM_INFINITY};  // a segment may not have its 32 KiB twice, nor a file more than this
    std::signal(SIGXFSZ, SIG_DFL);
    log_config config = on(GetParam(), tiny_log(folder.path()));
    config.segment_bytes = 64 << 10;
    auto out = open_log(config);
    if (!write_patiently(*out, 500) || out->sync(eventually()) != wait_status::ok) return 1;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    while (!out->suspended()) {
      const sink_status answer = out->write(record_bytes(out->next_seq(), 500));
      if (answer == sink_status::full && out->wait_progress(in(seconds{20})) == wait_status::failed) return 3;
    }
    if (out->stats().suspensions != 1) return 4;
    const rlimit more{RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &more) != 0) return 5;
    if (out->sync(eventually()) != wait_status::ok || out->suspended()) return 6;
    const std::uint64_t last = out->next_seq() - 1;
    if (out->close(eventually()).error) return 7;
    expect_log(where(config), last, [](std::uint64_t) { return std::size_t{500}; });
    return ::testing::Test::HasFailure() ? 8 : 0;
  });
  EXPECT_EQ(code, 0);
}

// --- a disk that lies

/// ext4 on a loop device over a tmpfs that is too small for it: writes succeed, fdatasync does not. Each request is one
/// page, which the tmpfs takes whole or not at all: the loop driver answers success for a write that it cut short, so
/// that fdatasync would say of a larger request across the end that all of it is on the device.
class lying_disk {
 public:
  lying_disk() {
    if (!below_.mounted()) return;
    const std::string file = below_.path() + "/image";
    const unique_fd backing{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (::ftruncate(backing.get(), 64 << 20) != 0) return;
    if (std::system(("mkfs.ext4 -q -F -b 4096 -E lazy_itable_init=1,nodiscard " + file).c_str()) != 0) return;
    for (int tries = 0; tries < 10 && !loop_; ++tries) attach(backing);  // others may take the free one first
    if (!loop_) return;
    std::ifstream(largest_request()) >> largest_before_;
    if (!set_largest_request("4")) return;
    mounted_ = ::mkdtemp(path_) != nullptr && ::mount(device_.c_str(), path_, "ext4", 0, "errors=continue") == 0;
  }
  lying_disk(const lying_disk&) = delete;
  lying_disk& operator=(const lying_disk&) = delete;
  ~lying_disk() {
    if (mounted_) ::umount2(path_, MNT_DETACH);
    if (!largest_before_.empty()) (void)set_largest_request(largest_before_);
    if (loop_) (void)::ioctl(loop_.get(), LOOP_CLR_FD, 0);
    ::rmdir(path_);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::string path() const { return path_; }
  /// So that the next readers see what has really reached the device.
  void drop_cache() const {
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      const unique_fd file{::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC)};
      (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
    }
  }

 private:
  void attach(const unique_fd& backing) {
    const unique_fd control{::open("/dev/loop-control", O_RDWR | O_CLOEXEC)};
    const int number = control ? ::ioctl(control.get(), LOOP_CTL_GET_FREE) : -1;
    if (number < 0) return;
    device_ = "/dev/loop" + std::to_string(number);
    unique_fd free{::open(device_.c_str(), O_RDWR | O_CLOEXEC)};
    if (free && ::ioctl(free.get(), LOOP_SET_FD, backing.get()) == 0) loop_ = std::move(free);
  }

  /// In KiB; the setting outlives what is attached.
  [[nodiscard]] bool set_largest_request(const std::string& kibibytes) const {
    return static_cast<bool>(std::ofstream(largest_request()) << kibibytes << std::flush);
  }
  [[nodiscard]] std::string largest_request() const {
    return "/sys/block" + device_.substr(std::strlen("/dev")) + "/queue/max_sectors_kb";
  }

  small_disk below_{"size=12m,huge=never"};
  unique_fd loop_;
  std::string device_;
  std::string largest_before_;
  char path_[32] = "/tmp/tidegate-lies-XXXXXX";
  bool mounted_ = false;
};

TEST_P(log_on_full_disk, moves_to_the_other_directory_when_a_sync_fails) {
  const lying_disk disk;
  if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: an ext4 on a loop device needs root, loop devices and mkfs.ext4";
  const scratch_folder second;
  log_config config;
  config.directory = disk.path();
  config.failover_directory = second.path();
  config.segment_bytes = 24 << 20;
  config.capacity_bytes = 8 << 20;
  config.high_bytes = 6 << 20;
  config.engine = log_engine::buffered;
  config = on(GetParam(), config);
  config.corked = true;
  auto out = open_log(config);
  std::uint64_t durable_before = 0;
  while (out->stats().poisoned == 0 && out->position().bytes.accepted < (64u << 20)) {
    durable_before = out->durable_seq();
    ASSERT_TRUE(write_patiently(*out, 50'000));
  }
  EXPECT_EQ(out->stats().poisoned, 1u) << "the fixture did not fail a sync";
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(write_patiently(*out, 50'000));
  EXPECT_EQ(out->sync(eventually()), wait_status::ok);
  EXPECT_GT(out->stats().rewritten, 0u);
  const std::uint64_t last = out->next_seq() - 1;
  EXPECT_EQ(out->durable_seq(), last);
  EXPECT_GT(last, durable_before);
  const auto report = out->close(eventually());
  EXPECT_FALSE(report.error) << report.error.message();
  EXPECT_GE(second.files().size(), 1u);
  disk.drop_cache();
  const scratch_folder rescued;  // the failed one may be read-only by now
  std::filesystem::copy(disk.path(), rescued.path(), std::filesystem::copy_options::recursive);
  config.directory = rescued.path();
  const log_recovery found = recover_log(where(config));
  EXPECT_FALSE(found.error) << found.problem;
  expect_log(where(config), last, [](std::uint64_t) { return std::size_t{50'000}; });
}

TEST_P(log_on_full_disk, fails_with_the_exact_range_when_there_is_nowhere_to_go) {
  const lying_disk disk;
  if (!disk.mounted()) GTEST_SKIP() << "NOT TESTED: an ext4 on a loop device needs root, loop devices and mkfs.ext4";
  log_config config;
  config.directory = disk.path();
  config.segment_bytes = 24 << 20;
  config.capacity_bytes = 8 << 20;
  config.high_bytes = 6 << 20;
  config.engine = log_engine::buffered;
  config = on(GetParam(), config);
  config.on_sync_error = sync_error_policy::fail;
  auto out = open_log(config);
  while (write_patiently(*out, 50'000)) {
  }
  EXPECT_TRUE(out->error());
  const std::uint64_t durable = out->durable_seq();
  const std::uint64_t last = out->next_seq() - 1;
  std::uint64_t next = durable + 1;
  const auto report = out->close(eventually(), [&](const undelivered_record& one) { EXPECT_EQ(one.seq, next++); });
  EXPECT_EQ(report.error, out->error());
  EXPECT_EQ(report.undelivered, (seq_range{durable + 1, last}));
  EXPECT_EQ(next, last + 1);
}

// --- no io_uring

bool forbid_uring(int error_number) { return forbid(SYS_io_uring_setup, SYS_io_uring_register, error_number); }

TEST(log_without_uring, writes_all_the_same) {
  for (const int refusal : {EPERM, ENOSYS}) {
    const int code = in_child([refusal] {
      ::unsetenv("TIDEGATE_BACKEND");
      if (!forbid_uring(refusal)) return 100;
      const scratch_folder folder;
      log_config config = small_log(folder);
      config.engine = log_engine::buffered;
      auto out = open_log(config);
      if (out->backend().kind != backend_kind::posix) return 1;
      if (out->backend().reason.find(::strerrorname_np(refusal)) == std::string::npos) return 2;
      for (std::uint64_t seq = 1; seq <= 1000; ++seq) {
        if (!write_patiently(*out, some_length(seq))) return 3;
      }
      if (out->close(eventually()).error) return 4;
      expect_log(where(config), 1000, some_length);
      config.backend = backend_kind::uring;
      std::error_code error;
      if (log_sink::make(config, error) || error != sink_errc::backend_unavailable) return 5;
      return ::testing::Test::HasFailure() ? 6 : 0;
    });
    if (code == 100) GTEST_SKIP() << "NOT TESTED: no seccomp filter may be installed here";
    EXPECT_EQ(code, 0);
  }
}

/// A filter that comes after the ring: nothing was in the kernel, so the log goes on without it.
TEST(log_without_uring, goes_on_when_it_is_taken_away) {
  if (probe_uring().kind != backend_kind::uring) GTEST_SKIP() << "NOT TESTED: no io_uring: " << probe_uring().reason;
  const int code = in_child([] {
    const scratch_folder folder;
    log_config config = small_log(folder);
    config.engine = log_engine::buffered;
    config.backend = backend_kind::uring;
    auto out = open_log(config);
    for (std::uint64_t seq = 1; seq <= 100; ++seq) {
      if (!write_patiently(*out, some_length(seq))) return 1;
    }
    if (out->sync(eventually()) != wait_status::ok) return 2;
    if (!forbid_uring(EPERM)) return 100;
    for (std::uint64_t seq = 101; seq <= 200; ++seq) {
      if (!write_patiently(*out, some_length(seq))) return 3;
    }
    if (out->close(eventually()).error) return 4;
    expect_log(where(config), 200, some_length);
    return ::testing::Test::HasFailure() ? 5 : 0;
  });
  if (code == 100) GTEST_SKIP() << "NOT TESTED: no seccomp filter may be installed here";
  EXPECT_EQ(code, 0);
}

/// The configuration and the environment, each by itself.
TEST(log_without_uring, features_are_left_out) {
  if (probe_uring().kind != backend_kind::uring) GTEST_SKIP() << "NOT TESTED: no io_uring: " << probe_uring().reason;
  EXPECT_EQ(in_child([] {
              const scratch_folder folder;
              const log_config whole = on({"uring", backend_kind::uring}, small_log(folder));
              log_config masked = whole;
              masked.without = {uring_feature::defer_taskrun};
              if (open_log(masked)->backend().reason.find("without defer_taskrun") == std::string::npos) return 1;
              ::setenv("TIDEGATE_URING_WITHOUT", "coop_taskrun", 1);
              if (open_log(masked)->backend().reason.find("without defer_taskrun,coop_taskrun") == std::string::npos)
                return 2;
              ::setenv("TIDEGATE_URING_WITHOUT", "nonsense", 1);
              std::error_code error;
              if (log_sink::make(whole, error) || error != sink_errc::bad_feature_name) return 3;
              ::setenv("TIDEGATE_URING_WITHOUT", "write", 1);
              log_config inlined = whole;
              inlined.engine = log_engine::inlined;
              if (!log_sink::make(inlined, error)) return 4;
              log_config buffered = whole;
              buffered.engine = log_engine::buffered;
              return !log_sink::make(buffered, error) && error == sink_errc::backend_unavailable ? 0 : 5;
            }),
            0);
}

TEST(log_without_uring, is_chosen_by_environment) {
  EXPECT_EQ(in_child([] {
              ::setenv("TIDEGATE_BACKEND", "posix", 1);
              const scratch_folder folder;
              if (open_log(small_log(folder))->backend().kind != backend_kind::posix) return 1;
              ::setenv("TIDEGATE_BACKEND", "nonsense", 1);
              std::error_code error;
              return !log_sink::make(small_log(folder), error) && error == sink_errc::bad_backend_name ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace tidegate::test
