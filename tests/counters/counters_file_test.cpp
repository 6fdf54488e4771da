// Writer and reader together: values, room, modes, whose file it is, and what they refuse.
#include "tidegate/observe/counters_file.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "observe/counters_format.hpp"
#include "observe/process_facts.hpp"
#include "support.hpp"

namespace tidegate {
namespace {

using namespace test;

class counters_file_test : public in_a_folder {};

mode_t mode_of(const std::string& path) {
  struct stat found {};
  EXPECT_EQ(::lstat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777;
}

pressure a_sink() {
  pressure one;
  one.name = "socket";
  one.kind = watched_kind::sink;
  one.weight = 300;
  one.weight_limit = 400;
  one.max_bytes = 4096;
  one.sink.stalled = true;
  one.slope = -2.5;
  one.oldest_age = std::chrono::milliseconds(3);
  one.losses[static_cast<std::size_t>(loss_kind::lost)] = 7;
  return one;
}

TEST_F(counters_file_test, what_is_published_is_read_by_names) {
  counters_file file({.path = path_});
  const std::vector<pressure> sample{numbered("records", 5), a_sink()};
  file.publish(sample);
  EXPECT_FALSE(file.error());
  const counters_snapshot seen = read_counters(path_);
  ASSERT_FALSE(seen.error) << seen.problem;
  ASSERT_EQ(seen.rows, 2u);
  EXPECT_EQ(seen.text(0, seen.field("name")), "records");
  EXPECT_EQ(seen.text(1, seen.field("kind")), "sink");
  EXPECT_EQ(whole(seen, 0, "depth"), 5u);
  EXPECT_EQ(whole(seen, 0, "time_to_full_ns"), 5u);
  EXPECT_EQ(seen.real(0, seen.field("saturation")), 1.0);
  EXPECT_EQ(seen.real(1, seen.field("saturation")), 0.75);
  EXPECT_EQ(seen.real(1, seen.field("slope")), -2.5);
  EXPECT_EQ(whole(seen, 1, "oldest_age_ns"), 3'000'000u);
  EXPECT_EQ(whole(seen, 1, "stalled"), 1u);
  EXPECT_EQ(whole(seen, 1, "lost"), 7u);
  EXPECT_EQ(seen.whole(1, seen.field("time_to_full_ns")), std::nullopt) << "never is no value";
}

TEST_F(counters_file_test, what_is_not_there_is_nothing) {
  counters_file file({.path = path_});
  file.publish(std::vector<pressure>{numbered("a", 1)});
  const counters_snapshot seen = read_counters(path_);
  EXPECT_EQ(seen.field("no such field"), counters_snapshot::npos);
  EXPECT_EQ(seen.whole(0, counters_snapshot::npos), std::nullopt);
  EXPECT_EQ(seen.whole(1, seen.field("depth")), std::nullopt) << "no such row";
  EXPECT_EQ(seen.whole(0, seen.field("slope")), std::nullopt) << "another type";
  EXPECT_EQ(seen.text(0, seen.field("depth")), "");
  EXPECT_EQ(seen.real(0, seen.field("depth")), 1.0) << "a whole number is a real one, too";
}

TEST_F(counters_file_test, every_field_has_its_own_name_and_place) {
  const counters_file file({.path = path_});
  const counters_snapshot seen = read_counters(path_);
  std::set<std::string> names;
  std::uint32_t next = 8;
  for (const counters_field& each : seen.fields) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name << " is there twice";
    EXPECT_EQ(each.offset, next) << each.name;
    next += each.length;
  }
  for (std::size_t kind = 0; kind < loss_kinds; ++kind) {
    EXPECT_EQ(names.count(std::string(to_string(static_cast<loss_kind>(kind)))), 1u) << "loss " << kind;
  }
}

TEST_F(counters_file_test, long_text_is_cut_where_it_must_be) {
  counters_file file({.path = path_});
  file.publish(std::vector<pressure>{numbered(std::string(200, 'n'), 1)});
  const counters_snapshot seen = read_counters(path_);
  EXPECT_EQ(seen.text(0, seen.field("name")), std::string(63, 'n'));
  EXPECT_EQ(seen.text(0, seen.field("kind")), "queue") << "the field behind it is not touched";
}

TEST_F(counters_file_test, what_there_is_no_room_for_is_counted) {
  counters_file file({.path = path_, .most_rows = 2});
  file.publish(std::vector<pressure>(5, numbered("a", 1)));
  counters_snapshot seen = read_counters(path_);
  EXPECT_EQ(seen.rows, 2u);
  EXPECT_EQ(seen.left_out, 3u);
  file.publish(std::vector<pressure>(1, numbered("a", 2)));
  seen = read_counters(path_);
  EXPECT_EQ(seen.rows, 1u);
  EXPECT_EQ(seen.left_out, 0u);
  EXPECT_EQ(whole(seen, 0, "depth"), 2u);
}

TEST_F(counters_file_test, samples_are_counted_and_the_newest_is_shown) {
  counters_file file({.path = path_});
  EXPECT_EQ(read_counters(path_).sequence, 1u) << "an empty one, so that there always is one";
  for (std::uint64_t number = 2; number < 7; ++number) {
    file.publish(std::vector<pressure>{numbered("a", number)});
    const counters_snapshot seen = read_counters(path_);
    EXPECT_EQ(seen.sequence, number);
    EXPECT_EQ(whole(seen, 0, "depth"), number);
  }
}

TEST_F(counters_file_test, a_half_written_sample_leaves_the_one_before_it) {
  counters_file file({.path = path_, .most_rows = 4});
  const auto publish = [&](std::uint64_t number) { file.publish(std::vector<pressure>(4, numbered("a", number))); };
  publish(2);
  publish(3);
  const std::string older = content_of(path_);
  publish(4);
  const std::string newer = content_of(path_);
  std::size_t unfinished = 0;
  for (std::size_t written = 0; written < newer.size(); written += 40) {  // as far as sample 4 has come over sample 2
    write_file(path_, newer.substr(0, written) + older.substr(written));
    const counters_snapshot seen = read_counters(path_);
    ASSERT_FALSE(seen.error) << seen.problem;
    if (seen.sequence == 3) ++unfinished;
    for (std::size_t row = 0; row < 4; ++row) ASSERT_EQ(whole(seen, row, "depth"), seen.sequence) << written;
  }
  EXPECT_GT(unfinished, 10u);
}

TEST_F(counters_file_test, the_file_has_its_size_and_mode_and_goes_with_its_writer) {
  const mode_t before = ::umask(0277);
  {
    const counters_file file({.path = path_, .most_rows = 10});
    EXPECT_EQ(mode_of(path_), 0600u);
    EXPECT_EQ(std::filesystem::file_size(path_), file.max_bytes());
    EXPECT_EQ(file.path(), path_);
    EXPECT_EQ(files().size(), 1u) << "no temporary file stays";
    const counters_file other({.path = folder_ + "/other", .mode = 0644});
    EXPECT_EQ(mode_of(folder_ + "/other"), 0644u);
  }
  ::umask(before);
  EXPECT_TRUE(files().empty());
}

TEST_F(counters_file_test, what_took_its_place_stays) {
  auto first = std::make_unique<counters_file>(counters_file_config{.path = path_});
  ASSERT_EQ(std::rename(path_.c_str(), (path_ + ".moved").c_str()), 0);
  write_file(path_, "another one's");
  first.reset();
  EXPECT_EQ(content_of(path_), "another one's");
}

TEST_F(counters_file_test, a_file_that_is_no_counters_file_is_not_replaced) {
  write_file(path_, "a letter to grandmother");
  std::error_code error;
  EXPECT_EQ(counters_file::make({.path = path_}, error), nullptr);
  EXPECT_EQ(error, std::errc::file_exists);
  EXPECT_EQ(content_of(path_), "a letter to grandmother");
  EXPECT_THROW(counters_file({.path = folder_}), std::system_error) << "a directory";
  EXPECT_THROW(counters_file({.path = folder_ + "/none/counters"}), std::system_error) << "no such folder";
  EXPECT_THROW(counters_file({.path = ""}), std::system_error);
  EXPECT_THROW(counters_file({.path = folder_ + "/a", .most_rows = 0}), std::system_error);
  EXPECT_THROW(counters_file({.path = folder_ + "/a", .most_rows = 4097}), std::system_error);
  EXPECT_EQ(files().size(), 1u) << "nothing is left of what was refused";
}

TEST_F(counters_file_test, a_living_writer_keeps_its_file_and_a_dead_one_leaves_it) {
  const auto file = std::make_unique<counters_file>(counters_file_config{.path = path_});
  const auto answer = [this] {
    std::error_code error;
    const auto second = counters_file::make({.path = path_}, error);
    return error == std::errc::device_or_resource_busy ? 7 : second ? 1 : 2;
  };
  EXPECT_EQ(in_child(answer), 7);
  const std::string dead = folder_ + "/dead";
  EXPECT_EQ(in_child([&] {
              (void)new counters_file({.path = dead});  // and no destructor
              return 0;
            }),
            0);
  EXPECT_EQ(read_counters(dead).writer.state, writer_state::gone);
  const counters_file successor({.path = dead});
  EXPECT_EQ(read_counters(dead).writer.state, writer_state::alive);
  EXPECT_EQ(read_counters(dead).writer.pid, static_cast<std::uint32_t>(::getpid()));
}

TEST_F(counters_file_test, after_fork_the_child_has_no_file) {
  auto file = std::make_unique<counters_file>(counters_file_config{.path = path_});
  EXPECT_EQ(in_child([&] {
              file->publish(std::vector<pressure>{numbered("child", 1)});
              file.reset();
              return 0;
            }),
            0);
  const counters_snapshot seen = read_counters(path_);
  ASSERT_FALSE(seen.error) << "the child took it away";
  EXPECT_EQ(seen.rows, 0u) << "the child wrote into it";
}

TEST_F(counters_file_test, no_room_on_the_disk_is_an_error_at_construction) {
  const int answer = in_child([this] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &small);
    std::error_code error;
    const auto file = counters_file::make({.path = path_}, error);
    return file == nullptr && error == std::errc::file_too_large ? 7 : 1;
  });
  EXPECT_EQ(answer, 7);
  EXPECT_TRUE(files().empty());
}

TEST_F(counters_file_test, whoever_cuts_it_off_costs_the_counters_and_nothing_else) {
  counters_file file({.path = path_});
  file.publish(std::vector<pressure>{numbered("a", 1)});
  for (const std::uintmax_t bytes : {file.max_bytes() - 8, std::size_t{200}, std::size_t{60}, std::size_t{3}}) {
    std::filesystem::resize_file(path_, bytes);
    const counters_snapshot seen = read_counters(path_);
    EXPECT_EQ(seen.error, bytes == 3 ? counters_errc::not_counters : counters_errc::truncated) << bytes;
    EXPECT_EQ(seen.problem.find(path_), 0u) << seen.problem;
  }
  file.publish(std::vector<pressure>{numbered("a", 2)});
  EXPECT_FALSE(file.error()) << "it can be written, and is of no use";
  EXPECT_TRUE(read_counters(path_).error);
}

TEST_F(counters_file_test, what_cannot_be_a_counters_file_is_refused) {
  EXPECT_EQ(read_counters(folder_ + "/none").error, std::errc::no_such_file_or_directory);
  EXPECT_EQ(read_counters(folder_).error, counters_errc::not_a_file);
  EXPECT_EQ(read_counters("/dev/zero").error, counters_errc::not_a_file);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(read_counters(path_).error, counters_errc::not_a_file) << "and does not wait for a writer";
  const std::string other = folder_ + "/other";
  for (const std::string& content : {std::string(), std::string(5, '\0'), std::string(100'000, '\0'),
                                     std::string("#!/bin/sh\n"), std::string(500, 'x')}) {
    write_file(other, content);
    EXPECT_EQ(read_counters(other).error, counters_errc::not_counters) << content.size();
  }
  std::filesystem::resize_file(other, std::uintmax_t{1} << 40);
  EXPECT_EQ(read_counters(other).error, counters_errc::too_large);
}

/// A file of this process whose last sample is as old as `age`.
void write_aged(const std::string& path, std::uint32_t pid, std::uint64_t ticks, std::chrono::nanoseconds age) {
  detail::counters_header who;
  who.pid = pid;
  who.pid_started_ticks = ticks;
  who.pid_namespace = detail::pid_namespace();
  who.period_ns = 1'000'000'000;
  auto image = detail::encode_header(who, 1);
  detail::seal_header(image);
  detail::counters_frame_head head;
  head.sequence = 1;
  head.sampled_ns = detail::monotonic_ns() - static_cast<std::uint64_t>(age.count());
  std::vector<std::byte> frame(detail::frame_bytes(1));
  (void)detail::encode_frame(frame, {}, head);
  for (int copy = 0; copy < 2; ++copy) image.insert(image.end(), frame.begin(), frame.end());
  write_file(path, {reinterpret_cast<const char*>(image.data()), image.size()});
}

TEST_F(counters_file_test, a_writer_is_alive_stalled_or_gone) {
  using std::chrono::seconds;
  const auto self = static_cast<std::uint32_t>(::getpid());
  const std::uint64_t ticks = detail::started_ticks(self);
  const auto state = [&](std::uint32_t pid, std::uint64_t since, seconds age) {
    write_aged(path_, pid, since, age);
    const counters_snapshot seen = read_counters(path_);
    EXPECT_FALSE(seen.error) << seen.problem;
    return seen.writer.state;
  };
  EXPECT_EQ(state(self, ticks, seconds(4)), writer_state::alive) << "five periods are given";
  EXPECT_EQ(state(self, ticks, seconds(6)), writer_state::stalled);
  EXPECT_EQ(state(self, ticks, seconds(-60)), writer_state::stalled) << "the clock of another boot";
  EXPECT_EQ(state(self, ticks + 1, seconds(0)), writer_state::gone) << "a later process with the same pid";
  EXPECT_EQ(state(self, 0, seconds(0)), writer_state::alive) << "not known when it was started";
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(dead), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(state(static_cast<std::uint32_t>(dead), 0, seconds(0)), writer_state::gone) << "nobody has waited for it";
  ASSERT_EQ(::waitpid(dead, nullptr, 0), dead);
  EXPECT_EQ(state(static_cast<std::uint32_t>(dead), 0, seconds(0)), writer_state::gone);
}

TEST_F(counters_file_test, the_default_place_is_this_users_alone) {
  ::setenv("XDG_RUNTIME_DIR", folder_.c_str(), 1);
  std::error_code error;
  const std::string path = default_counters_path("feed", error);
  EXPECT_FALSE(error) << error.message();
  EXPECT_EQ(path, folder_ + "/tidegate/feed." + std::to_string(::getpid()));
  EXPECT_EQ(mode_of(folder_ + "/tidegate"), 0700u);
  const counters_file file({.path = path});
  EXPECT_EQ(list_counters(counters_folder(), error), std::vector<std::string>{"feed." + std::to_string(::getpid())});
  for (const char* const bad : {"", ".hidden", "a/b", "a b", "../up"}) {
    EXPECT_EQ(default_counters_path(bad, error), "");
    EXPECT_EQ(error, std::errc::invalid_argument) << bad;
  }
  const std::string dead = folder_ + "/tidegate/feed.4194305";  // above every pid
  write_aged(dead, 4194305, 0, std::chrono::seconds(0));
  write_aged(folder_ + "/tidegate/feeder.4194305", 4194305, 0, std::chrono::seconds(0));
  EXPECT_EQ(default_counters_path("feed", error), path);
  EXPECT_EQ(::access(dead.c_str(), F_OK), -1) << "what a dead one has left is removed";
  EXPECT_EQ(list_counters(counters_folder(), error).size(), 2u) << "the living one and the one of another name stay";
  ASSERT_EQ(::chmod((folder_ + "/tidegate").c_str(), 0777), 0);
  EXPECT_EQ(default_counters_path("feed", error), "");
  EXPECT_EQ(error, std::errc::permission_denied) << "anybody could put a file there";
  for (const std::string& unusable : {folder_ + "/none", std::string("relative")}) {
    ::setenv("XDG_RUNTIME_DIR", unusable.c_str(), 1);
    EXPECT_EQ(counters_folder(), "/dev/shm/tidegate-" + std::to_string(::geteuid()));
  }
  ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(counters_folder(), "/dev/shm/tidegate-" + std::to_string(::geteuid()));
}

TEST(counters_words, every_error_and_state_has_a_name) {
  for (int code = 1; code <= static_cast<int>(counters_errc::half_written); ++code) {
    EXPECT_EQ(counters_category().message(code).find("unknown"), std::string::npos) << code;
  }
  EXPECT_NE(counters_category().message(99).find("unknown"), std::string::npos);
  EXPECT_EQ(to_string(writer_state::stalled), "stalled");
  EXPECT_STREQ(counters_category().name(), "tidegate.counters");
}

}  // namespace
}  // namespace tidegate
