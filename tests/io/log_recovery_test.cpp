// Putting a log right: what is cut, what is refused, what is closed; twice the same, and after a death at every step.
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "io/log/log_format.hpp"
#include "io/log/log_lock.hpp"
#include "io/log/log_repair.hpp"
#include "io/log/segment_files.hpp"
#include "tests/io/log_image.hpp"
#include "tidegate/io/log_recovery.hpp"

namespace tidegate::test {
namespace {

using detail::log_header_bytes;
using detail::segment_files;

/// A state of the disk to recover from, and what must come out.
struct ruin {
  std::string name;
  recovery_policy policy;
  std::function<void(const folder&)> make;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
  std::uint64_t next_seq;
};

void make_torn(const folder& place) {
  segment_image torn = segment_image(2, 6).fill(11);
  torn.image.resize(torn.ends[4] + 9);
  torn.zeros(1000);
  place.put(segment_image(1, 1).fill(5));
  place.put(torn);
}

void make_unordered(const folder& place) {
  segment_image torn = segment_image(1, 1, {.marks = true}).fill(9).mark(4).fill(12);
  place.put(torn.flip(torn.ends[5] + 12));
  place.put(segment_image(2, 13).zeros(50));
  place.put(detail::to_file_name({"a", 3, 0}), bytes(4096));
}

void make_nameless(const folder& place) {
  place.put(segment_image(1, 1).fill(5));
  place.put(detail::to_file_name({"a", 2, 0}), segment_image(2, 6).fill(9).image);
  place.put(detail::to_file_name({"a", 3, 0}), {});
  place.put(segment_image(4, 10).file(), bytes(30));
}

void make_holed(const folder& place) {
  segment_image first = segment_image(1, 1).fill(9);
  segment_image second = segment_image(2, 10).fill(20);
  place.put(first.flip(first.ends[2] + 1).flip(first.ends[6] + 1));
  place.put(second.flip(second.ends[4] + 1).zeros(200));
}

void make_missing(const folder& place) {
  place.put(segment_image(1, 1).fill(5));
  place.put(segment_image(3, 8).fill(12));
}

void make_cut_in_the_middle(const folder& place) {
  segment_image cut = segment_image(1, 1).fill(9);
  cut.image.resize(cut.ends[5] + 3);
  place.put(cut);
  place.put(segment_image(2, 10).fill(12));
}

void make_headless(const folder& place) {
  place.put(segment_image(1, 1).fill(9));  // poisoned: what it holds from 6 on must not come back
  place.put(segment_image(2, 6).fill(12).flip(3));
  place.put(segment_image(3, 13).fill(15));
}

void make_headless_at_the_end(const folder& place) {
  place.put(segment_image(1, 1).fill(9));
  place.put(segment_image(2, 6).fill(12).flip(3));
}

void make_broken_promise(const folder& place) {
  segment_image torn = segment_image(1, 1, {.marks = true}).fill(9).mark(8);
  place.put(torn.flip(torn.ends[5] + 12).flip(torn.ends[6] + 12));
}

std::vector<ruin> ruins() {
  constexpr auto strict = recovery_policy::strict;
  constexpr auto salvage = recovery_policy::salvage;
  return {
      {"torn", strict, make_torn, {}, 11},
      {"unordered", strict, make_unordered, {}, 7},
      {"nameless", strict, make_nameless, {}, 10},
      {"torn_salvaged", salvage, make_torn, {}, 11},
      {"holed", salvage, make_holed, {{4, 4}, {8, 8}, {15, 15}}, 21},
      {"missing", salvage, make_missing, {{6, 7}}, 13},
      {"cut_in_the_middle", salvage, make_cut_in_the_middle, {{7, 9}}, 13},
      {"headless", salvage, make_headless, {{6, 12}}, 16},
      {"headless_at_the_end", salvage, make_headless_at_the_end, {}, 6},
      {"broken_promise", salvage, make_broken_promise, {{7, 8}}, 10},
  };
}

/// The log is right: strict reading finds no error, only the gaps that are known, and records as they were written.
void expect_right(const folder& place, const ruin& was) {
  const read_back found = read_log(place.log());
  EXPECT_FALSE(found.error) << found.problem;
  EXPECT_EQ(found.gaps, was.gaps);
  std::uint64_t lost = 0;
  for (const auto& [first, last] : found.gaps) lost += last - first + 1;
  EXPECT_EQ(found.records.size() + lost, was.next_seq - 1);
  for (const auto& [seq, payload] : found.records) EXPECT_EQ(payload, record_of(seq));
  EXPECT_EQ(examine_log(place.log()).next_seq, was.next_seq);
}

class log_ruin : public ::testing::TestWithParam<ruin> {};

INSTANTIATE_TEST_SUITE_P(every, log_ruin, ::testing::ValuesIn(ruins()),
                         [](const auto& which) { return which.param.name; });

TEST_P(log_ruin, is_put_right_and_once_more_changes_nothing) {
  const folder place;
  GetParam().make(place);
  const log_recovery report = recover_log(place.log(), GetParam().policy);
  EXPECT_FALSE(report.error) << report.problem;
  EXPECT_EQ(report.next_seq, GetParam().next_seq);
  expect_right(place, GetParam());
  const auto content = place.content();
  const log_recovery again = recover_log(place.log());
  EXPECT_FALSE(again.error) << again.problem;
  EXPECT_EQ(again.cut_bytes(), 0U);
  EXPECT_EQ(again.next_seq, GetParam().next_seq);
  EXPECT_TRUE(place.content() == content);
}

TEST_P(log_ruin, is_refused_without_salvage_and_left_as_it_is) {
  if (GetParam().policy == recovery_policy::strict) return;
  const folder place;
  GetParam().make(place);
  const auto content = place.content();
  const log_recovery report = recover_log(place.log());
  if (GetParam().name == "torn_salvaged") {
    EXPECT_FALSE(report.error);
    return;
  }
  EXPECT_EQ(report.error, log_errc::corrupt);
  EXPECT_NE(report.problem.find(": offset "), std::string::npos) << report.problem;
  ASSERT_EQ(report.damage.size(), 1U);
  EXPECT_TRUE(place.content() == content);
}

/// Counts calls. At one of them it fails from then on, or the process dies; a write is torn first.
class faulty_files final : public segment_files {
 public:
  enum class fault : bool { fail, die };
  faulty_files(int calls_before, fault kind) : left_(calls_before), kind_(kind) {}

  std::error_code list(const std::string& directory, std::vector<std::string>& names) override {
    return struck("list") ? broken() : segment_files::list(directory, names);
  }
  std::error_code open(const std::string& path, detail::file_access access, detail::opened_file& file) override {
    return struck("open") ? broken() : segment_files::open(path, access, file);
  }
  std::error_code read(int fd, std::span<std::byte> into, std::uint64_t offset, std::size_t& got) override {
    got = 0;
    return struck("read") ? broken() : segment_files::read(fd, into, offset, got);
  }
  std::error_code write(int fd, std::span<const std::byte> from, std::uint64_t offset) override {
    if (left_ == 0) (void)segment_files::write(fd, from.first(from.size() / 2), offset);
    return struck("write") ? broken() : segment_files::write(fd, from, offset);
  }
  std::error_code truncate(int fd, std::uint64_t size) override {
    return struck("truncate") ? broken() : segment_files::truncate(fd, size);
  }
  std::error_code sync(int fd) override { return struck("sync") ? broken() : segment_files::sync(fd); }
  std::error_code sync_directory(const std::string& directory) override {
    return struck("sync_directory") ? broken() : segment_files::sync_directory(directory);
  }
  std::error_code rename(const std::string& from, const std::string& to) override {
    return struck("rename") ? broken() : segment_files::rename(from, to);
  }
  std::error_code remove(const std::string& path) override {
    return struck("remove") ? broken() : segment_files::remove(path);
  }

  [[nodiscard]] const std::vector<std::string>& calls() const { return calls_; }

 private:
  static std::error_code broken() { return std::make_error_code(std::errc::io_error); }
  bool struck(const char* call) {
    const bool now = left_ == 0;
    if (now && kind_ == fault::die) ::_exit(0);
    calls_.emplace_back(call);
    if (left_ > 0) --left_;
    return now;
  }

  int left_;  // calls that go well; negative: all
  fault kind_;
  std::vector<std::string> calls_;
};

TEST_P(log_ruin, an_error_at_any_step_leaves_it_as_recoverable) {
  for (int step = 0;; ++step) {
    SCOPED_TRACE(step);
    ASSERT_LT(step, 1000);
    const folder place;
    GetParam().make(place);
    faulty_files files(step, faulty_files::fault::fail);
    const log_recovery report = detail::recover_locked(files, place.log(), GetParam().policy);
    const bool reached = static_cast<int>(files.calls().size()) > step;
    EXPECT_EQ(static_cast<bool>(report.error), reached);
    EXPECT_EQ(report.problem.empty(), !reached);
    const log_recovery again = recover_log(place.log(), GetParam().policy);
    EXPECT_FALSE(again.error) << again.problem;
    expect_right(place, GetParam());
    if (!reached || HasFailure()) return;
  }
}

/// In a child. True when it came to its end before the step.
bool recover_and_die(const folder& place, recovery_policy policy, int step) {
  const pid_t child = ::fork();
  if (child == 0) {
    faulty_files files(step, faulty_files::fault::die);
    (void)detail::recover_locked(files, place.log(), policy);
    ::_exit(1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status) == 1;
}

TEST_P(log_ruin, a_death_at_any_step_and_at_the_same_step_again) {
  for (int step = 0;; step += slow_forks ? 7 : 1) {
    SCOPED_TRACE(step);
    ASSERT_LT(step, 1000);
    const folder place;
    GetParam().make(place);
    const bool ended = recover_and_die(place, GetParam().policy, step);
    if (!ended) (void)recover_and_die(place, GetParam().policy, step);
    const log_recovery again = recover_log(place.log(), GetParam().policy);
    EXPECT_FALSE(again.error) << again.problem;
    expect_right(place, GetParam());
    if (ended || HasFailure()) return;
  }
}

TEST(log_recovery, everything_is_synced_before_anything_is_read) {
  const folder first, second;
  first.put(segment_image(1, 1).fill(5));
  second.put(segment_image(2, 6).fill(9));
  faulty_files files(-1, faulty_files::fault::fail);
  EXPECT_FALSE(detail::recover_locked(files, first.log(second.path()), recovery_policy::strict).error);
  const std::vector<std::string> before{"list", "list",           "open",           "sync", "open",
                                        "sync", "sync_directory", "sync_directory", "list"};
  ASSERT_GT(files.calls().size(), before.size());
  EXPECT_EQ(std::vector<std::string>(files.calls().begin(),
                                     files.calls().begin() + static_cast<std::ptrdiff_t>(before.size())),
            before);
}

/// What a recovery of this ruin calls, from the first change on.
std::vector<std::string> changes_of(void (*make)(const folder&), recovery_policy policy) {
  const folder place;
  make(place);
  faulty_files files(-1, faulty_files::fault::fail);
  EXPECT_FALSE(detail::recover_locked(files, place.log(), policy).error);
  auto calls = files.calls();
  std::erase_if(calls, [](const std::string& call) { return call == "open" || call == "read" || call == "list"; });
  const std::size_t before = place.content().size();  // syncs of the files, as many as there still are
  calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(before));
  return calls;
}

TEST(log_recovery, every_change_is_synced_before_the_next) {
  using calls = std::vector<std::string>;
  EXPECT_EQ(changes_of(make_torn, recovery_policy::strict), (calls{"sync_directory", "truncate", "sync"}));
  EXPECT_EQ(changes_of(make_missing, recovery_policy::salvage), (calls{"sync_directory", "write", "sync"}));
  EXPECT_EQ(changes_of(make_headless, recovery_policy::salvage),
            (calls{"sync_directory", "write", "sync", "rename", "sync_directory"}));
}

TEST(log_recovery, a_segment_gets_the_name_that_its_header_asks_for) {
  const folder place;
  make_nameless(place);
  EXPECT_FALSE(recover_log(place.log()).error);
  const auto content = place.content();
  EXPECT_EQ(content.size(), 2U);
  EXPECT_TRUE(content.contains(segment_image(2, 6).file()));
}

TEST(log_recovery, what_is_right_is_not_touched) {
  const folder place;
  place.put(segment_image(1, 1).fill(5));
  place.put(segment_image(2, 6).fill(9).zeros(5000));
  const auto content = place.content();
  const log_recovery report = recover_log(place.log(), recovery_policy::salvage);
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.next_seq, 10U);
  EXPECT_TRUE(report.damage.empty());
  EXPECT_TRUE(place.content() == content);
}

TEST(log_recovery, what_was_cut_is_counted) {
  const folder place;
  make_torn(place);
  const log_recovery report = recover_log(place.log());
  ASSERT_EQ(report.segments.size(), 2U);
  EXPECT_EQ(report.segments[1].state, segment_state::torn);
  EXPECT_LE(report.cut_bytes(), 9U);
  EXPECT_GT(report.cut_bytes(), 0U);
  EXPECT_EQ(std::filesystem::file_size(report.segments[1].path), report.segments[1].used_bytes);
}

TEST(log_recovery, a_closed_gap_keeps_what_was_found_in_it) {
  const folder place;
  segment_image segment(1, 1);
  for (int i = 0; i < 3; ++i) segment.add(bytes(400, static_cast<std::byte>(0x41 + i)));
  place.put(segment.flip(segment.ends[0] + 200));
  const log_recovery report = recover_log(place.log(), recovery_policy::salvage);
  EXPECT_FALSE(report.error) << report.problem;
  ASSERT_EQ(report.damage.size(), 1U);
  EXPECT_EQ(report.damage[0].offset, segment.ends[0]);
  EXPECT_EQ(report.damage[0].bytes, segment.ends[1] - segment.ends[0]);
  EXPECT_FALSE(report.damage[0].closed);
  const std::string content = place.content().at(segment.file());
  EXPECT_NE(content.find(std::string(183, 'B')), std::string::npos);
  EXPECT_TRUE(examine_log(place.log()).damage.at(0).closed);
}

TEST(log_recovery, a_segment_that_was_set_aside_is_still_there) {
  const folder place;
  make_headless(place);
  const bytes headless = segment_image(2, 6).fill(12).flip(3).image;
  EXPECT_FALSE(recover_log(place.log(), recovery_policy::salvage).error);
  const std::string aside = place.content().at(segment_image(2, 6).file() + ".damaged");
  EXPECT_EQ(aside, std::string(reinterpret_cast<const char*>(headless.data()), headless.size()));
}

/// Whatever the last trace of a log looks like, it tells which seqs were given out.
TEST(log_recovery, seqs_go_on_when_only_an_empty_segment_is_left) {
  const segment_image last(5, 2001);
  const bytes half(last.image.begin(), last.image.begin() + 30);
  segment_image torn = segment_image(5, 2001).fill(2001);
  torn.image.resize(torn.ends[0] - 1);
  const std::vector<std::pair<std::string, bytes>> traces{
      {last.file(), last.image},
      {last.file(), segment_image(5, 2001).zeros(4096).image},
      {last.file(), torn.image},
      {last.file(), half},
      {last.file(), bytes(4096)},
      {last.file(), {}},
      {detail::to_file_name({"a", 5, 0}), last.image},
  };
  for (std::size_t trace = 0; trace < traces.size(); ++trace) {
    SCOPED_TRACE(trace);
    const folder place;
    place.put(traces[trace].first, traces[trace].second);
    place.put(detail::to_file_name({"a", 6, 0}), bytes(4096));
    for (int round = 0; round < 2; ++round) {
      const log_recovery report = recover_log(place.log());
      EXPECT_FALSE(report.error) << report.problem;
      EXPECT_EQ(report.next_seq, 2001U);
      EXPECT_EQ(report.first_seq, 2001U);
      EXPECT_GE(report.last_number, 5U);
    }
    place.put(segment_image(7, 2001).fill(2005));  // a writer goes on
    const log_recovery report = recover_log(place.log());
    EXPECT_FALSE(report.error) << report.problem;
    EXPECT_EQ(report.records, 5U);
    EXPECT_EQ(report.next_seq, 2006U);
  }
}

TEST(log_recovery, what_was_set_aside_is_not_numbered_again) {
  const folder place;
  place.put(segment_image(7, 40).fill(50).flip(3));
  EXPECT_EQ(recover_log(place.log()).error, log_errc::corrupt);
  for (int i = 0; i < 2; ++i) {
    const log_recovery report = recover_log(place.log(), recovery_policy::salvage);
    EXPECT_FALSE(report.error) << report.problem;
    EXPECT_EQ(report.next_seq, 40U);
    EXPECT_EQ(report.last_number, 7U);
  }
}

TEST(log_recovery, gaps_of_every_small_size) {
  for (std::size_t count = 1; count < 6; ++count) {
    const folder place;
    segment_image segment(1, 1);
    for (int i = 0; i < 8; ++i) segment.add({});  // sixteen bytes each: a gap frame just fits
    for (std::size_t i = 0; i < count; ++i) segment.flip(segment.ends[i] + 1);
    place.put(segment);
    EXPECT_FALSE(recover_log(place.log(), recovery_policy::salvage).error);
    const read_back found = read_log(place.log());
    EXPECT_FALSE(found.error) << found.problem;
    EXPECT_EQ(found.records.size(), 8 - count);
    EXPECT_EQ(found.gaps, (std::vector{std::pair<std::uint64_t, std::uint64_t>{2, 1 + count}}));
  }
}

/// Random damage to three segments, a recovery that dies somewhere, then salvage: from then on strict reading works and
/// yields what a salvaging reader found before.
TEST(log_recovery, random_damage) {
  std::mt19937_64 random(11);
  for (int run = 0; run < repetitions(400); ++run) {
    SCOPED_TRACE(run);
    const folder place;
    const auto marks = detail::segment_header{.marks = random() % 2 == 0};
    std::vector<segment_image> segments{segment_image(1, 1, marks).fill(9).mark(6).fill(12),
                                        segment_image(2, 13, marks).fill(18).pad(40).fill(25),
                                        segment_image(3, 26, marks).fill(30).mark(28).fill(36)};
    for (std::uint64_t hits = random() % 4; hits > 0; --hits) {
      bytes& image = segments[random() % 3].image;
      if (image.empty()) continue;
      const std::size_t at = random() % image.size();
      const std::size_t count = std::min<std::size_t>(image.size() - at, 1 + random() % 80);
      const auto way = random() % 3;
      for (std::size_t i = at; i < at + count; ++i)
        image[i] = way == 0 ? std::byte{0} : static_cast<std::byte>(random());
      if (way == 2) image.resize(at + count / 2);
    }
    for (const segment_image& segment : segments) place.put(segment);
    const read_back before = read_log(place.log(), {.damage = recovery_policy::salvage});
    faulty_files files(static_cast<int>(random() % 60), faulty_files::fault::fail);
    (void)detail::recover_locked(files, place.log(), recovery_policy::salvage);
    const log_recovery report = recover_log(place.log(), recovery_policy::salvage);
    ASSERT_FALSE(report.error) << report.problem;
    const read_back after = read_log(place.log());
    ASSERT_FALSE(after.error) << after.problem;
    ASSERT_EQ(after.records, before.records);
    const auto content = place.content();
    ASSERT_FALSE(recover_log(place.log()).error);
    ASSERT_TRUE(place.content() == content);
  }
}

// --- locks and rights

TEST(log_recovery, one_at_a_time) {
  const folder place;
  place.put(segment_image(1, 1).fill(5));
  std::error_code error;
  unique_fd held = detail::lock_log(place.log(), error);
  ASSERT_FALSE(error);
  const log_recovery refused = recover_log(place.log());
  EXPECT_EQ(refused.error, log_errc::in_use);
  EXPECT_NE(refused.problem.find("a.lock"), std::string::npos);
  EXPECT_FALSE(examine_log(place.log()).error);  // looking is always allowed
  held.reset();
  EXPECT_FALSE(recover_log(place.log()).error);
  EXPECT_EQ(recover_log({place.path(), "x/../a", {}}).error, log_errc::bad_name);
}

TEST(log_recovery, both_directories_are_locked) {
  const folder first, second;
  second.put(segment_image(1, 1).fill(5));
  std::error_code error;
  const unique_fd held = detail::lock_log({second.path(), "a", {}}, error);
  ASSERT_FALSE(error);
  EXPECT_EQ(recover_log(first.log(second.path())).error, log_errc::in_use);
  EXPECT_EQ(recover_log({first.at("none"), "a", second.path()}, recovery_policy::salvage).error, log_errc::in_use);
}

TEST(log_recovery, two_names_for_one_directory) {
  const folder place;
  place.put(segment_image(1, 1).fill(5));
  const log_recovery report = recover_log(place.log(place.path() + "/."));
  EXPECT_FALSE(report.error) << report.problem;
  EXPECT_EQ(report.records, 5U);
}

// --- lost directories

TEST(log_recovery, a_lost_directory_is_refused_and_named_or_given_up) {
  const folder place, rest;
  place.put("file", {});
  rest.put(segment_image(3, 40).fill(50).zeros(20));
  for (const std::string& lost : {place.at("none"), place.at("file")}) {
    for (const log_location& log : {log_location{lost, "a", rest.path()}, log_location{rest.path(), "a", lost}}) {
      const log_recovery strict = recover_log(log);
      EXPECT_TRUE(strict.error == std::errc::no_such_file_or_directory || strict.error == std::errc::not_a_directory);
      EXPECT_NE(strict.problem.find(lost), std::string::npos) << strict.problem;
      EXPECT_NE(strict.problem.find("salvage"), std::string::npos) << strict.problem;
      EXPECT_NE(examine_log(log).problem.find(lost + ": "), std::string::npos) << examine_log(log).problem;
      const log_recovery seen = examine_log(log, recovery_policy::salvage);
      EXPECT_FALSE(seen.error) << "what it would do: " << seen.problem;
      ASSERT_EQ(seen.damage.size(), 1U);
      EXPECT_EQ(seen.damage[0].path, lost);
      const log_recovery report = recover_log(log, recovery_policy::salvage);
      EXPECT_FALSE(report.error) << report.problem;
      EXPECT_EQ(report.first_seq, 40U);
      EXPECT_EQ(report.next_seq, 51U);
      ASSERT_EQ(report.damage.size(), 1U);
      EXPECT_EQ(report.damage[0].path, lost);
      EXPECT_EQ(report.damage[0].first_lost, 0U);
    }
  }
}

TEST(log_recovery, a_lost_directory_is_not_given_up_for_nothing) {
  const folder place, empty;
  const std::string lost = place.at("none");
  for (const log_location& log : {log_location{lost, "a", empty.path()}, log_location{empty.path(), "a", lost},
                                  log_location{lost, "a", {}}, log_location{lost, "a", lost + "2"}}) {
    for (const log_recovery& report :
         {recover_log(log, recovery_policy::salvage), examine_log(log, recovery_policy::salvage)}) {
      EXPECT_EQ(report.error, std::errc::no_such_file_or_directory);
      EXPECT_NE(report.problem.find(lost), std::string::npos) << report.problem;
    }
  }
}

/// As a user without rights, in a child if this is root. The exit code is what `check` returned.
int as_nobody(const std::function<int()>& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr id_t nobody = 65534;
    if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0))
      ::_exit(99);
    ::_exit(check());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

TEST(log_recovery, without_rights) {
  const folder place;
  const segment_image segment = segment_image(1, 1).fill(5);
  place.put(segment);
  std::filesystem::permissions(place.at(segment.file()), std::filesystem::perms::none);
  std::filesystem::permissions(place.path(), std::filesystem::perms{0555});
  EXPECT_EQ(as_nobody([&] {
              const log_recovery report = examine_log(place.log());
              const bool named = report.problem.find(segment.file()) != std::string::npos;
              return report.error == std::errc::permission_denied && named ? 0 : 1;
            }),
            0);
  std::filesystem::permissions(place.at(segment.file()), std::filesystem::perms{0444});
  EXPECT_EQ(as_nobody([&] {
              if (examine_log(place.log()).error) return 1;
              return recover_log(place.log()).error == std::errc::permission_denied ? 0 : 2;  // no lock file
            }),
            0);
  std::filesystem::permissions(place.path(), std::filesystem::perms{0});
  const folder rest;
  rest.put(segment_image(2, 6).fill(9));
  std::filesystem::permissions(rest.path(), std::filesystem::perms{0777});
  std::filesystem::permissions(rest.at(segment_image(2, 6).file()), std::filesystem::perms{0666});
  EXPECT_EQ(as_nobody([&] {  // not lost, so not given up
              const log_recovery report = recover_log(place.log(rest.path()), recovery_policy::salvage);
              return report.error == std::errc::permission_denied ? 0 : 1;
            }),
            0);
  EXPECT_EQ(as_nobody([&] { return examine_log(place.log()).error == std::errc::permission_denied ? 0 : 1; }), 0);
  std::filesystem::permissions(place.path(), std::filesystem::perms{0700});
}

}  // namespace
}  // namespace tidegate::test
