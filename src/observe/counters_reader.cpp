#include "tidegate/observe/counters_reader.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <span>

#include "observe/counters_format.hpp"
#include "observe/process_facts.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate {
namespace {

constexpr int most_looks = 8;
constexpr std::uint64_t silent_periods = 5;
constexpr std::uint64_t shortest_silence_ns = 2'000'000'000;

class category_type final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "tidegate.counters"; }
  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<counters_errc>(value)) {
      case counters_errc::not_a_file: return "not a regular file";
      case counters_errc::not_counters: return "not a counters file";
      case counters_errc::other_version: return "a counters file of another version";
      case counters_errc::truncated: return "a truncated counters file";
      case counters_errc::damaged: return "a damaged counters file";
      case counters_errc::too_large: return "larger than any counters file";
      case counters_errc::half_written: return "a counters file without a whole sample";
    }
    return "unknown error of a counters file";
  }
};

struct descriptor {
  int fd;
  explicit descriptor(int opened) noexcept : fd(opened) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

counters_snapshot failed(const std::string& path, std::error_code error) {
  counters_snapshot seen;
  seen.error = error;
  seen.problem = path + ": " + error.message();
  return seen;
}

std::error_code refused() noexcept { return {errno, std::system_category()}; }

/// As much of the file as there is; an error of the system otherwise.
std::error_code read_all(int fd, std::vector<std::byte>& image) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) return refused();
  if (!S_ISREG(found.st_mode)) return counters_errc::not_a_file;
  if (found.st_size > static_cast<off_t>(detail::most_counters_bytes)) return counters_errc::too_large;
  image.resize(static_cast<std::size_t>(found.st_size));
  std::size_t have = 0;
  while (have < image.size()) {
    const ssize_t got = ::pread(fd, image.data() + have, image.size() - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused();
    if (got == 0) break;  // shorter than it was a moment ago
    have += static_cast<std::size_t>(got);
  }
  image.resize(have);
  return {};
}

/// Whether the process that made the file still runs; only asked where its pid means anything here.
bool has_ended(const detail::counters_header& header) noexcept {
  const std::uint64_t ticks = detail::started_ticks(header.pid);
  return ticks == 0 || (header.pid_started_ticks != 0 && ticks != header.pid_started_ticks);
}

writer_state judge_writer(const detail::counters_header& header, std::uint64_t sampled_ns, std::uint64_t now_ns) {
  const std::uint64_t own_namespace = detail::pid_namespace();
  const bool known_here = own_namespace != 0 && header.pid_namespace == own_namespace;
  if (known_here && has_ended(header)) return writer_state::gone;
  const std::uint64_t period = std::min(header.period_ns, ~std::uint64_t{0} / silent_periods);
  const std::uint64_t patience = std::max(silent_periods * period, shortest_silence_ns);
  const bool from_another_boot = sampled_ns > now_ns;
  return from_another_boot || now_ns - sampled_ns > patience ? writer_state::stalled : writer_state::alive;
}

std::chrono::nanoseconds as_span(std::uint64_t ns) noexcept {
  constexpr std::uint64_t longest = static_cast<std::uint64_t>(std::chrono::nanoseconds::max().count());
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(ns, longest)));
}

std::chrono::nanoseconds span_between(std::uint64_t from, std::uint64_t to) noexcept {
  return as_span(from < to ? to - from : 0);
}

void complete(counters_snapshot& seen, const detail::decoded_counters& found) {
  const std::uint64_t now = detail::monotonic_ns();
  seen.writer.state = judge_writer(found.header, found.head.sampled_ns, now);
  seen.writer.created = as_span(found.header.created_ns);
  seen.writer.uptime = span_between(found.header.base_ns, found.head.sampled_ns);
  seen.writer.sample_age = span_between(found.head.sampled_ns, now);
  seen.writer.period = as_span(found.header.period_ns);
}

}  // namespace

const std::error_category& counters_category() noexcept {
  static const category_type instance;
  return instance;
}

std::size_t counters_snapshot::field(std::string_view name) const noexcept {
  const auto found = std::ranges::find(fields, name, &counters_field::name);
  return found == fields.end() ? npos : static_cast<std::size_t>(found - fields.begin());
}

std::optional<std::uint64_t> counters_snapshot::whole(std::size_t row, std::size_t field) const noexcept {
  if (!readable(row) || field >= fields.size() || fields[field].type != counters_type::whole) return std::nullopt;
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + row * row_bytes + fields[field].offset, sizeof value);
  return value == detail::none_whole ? std::nullopt : std::optional(value);
}

std::optional<double> counters_snapshot::real(std::size_t row, std::size_t field) const noexcept {
  if (!readable(row) || field >= fields.size() || fields[field].type == counters_type::text) return std::nullopt;
  if (const auto number = whole(row, field)) return static_cast<double>(*number);
  if (fields[field].type == counters_type::whole) return std::nullopt;
  double value = 0;
  std::memcpy(&value, bytes.data() + row * row_bytes + fields[field].offset, sizeof value);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string_view counters_snapshot::text(std::size_t row, std::size_t field) const noexcept {
  if (!readable(row) || field >= fields.size() || fields[field].type != counters_type::text) return {};
  const auto* const first = reinterpret_cast<const char*>(bytes.data() + row * row_bytes + fields[field].offset);
  return {first, ::strnlen(first, fields[field].length)};
}

counters_snapshot read_counters(const std::string& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.fd < 0) return failed(path, refused());
  counters_snapshot seen;
  std::vector<std::byte> image;
  for (int look = 0; look < most_looks; ++look) {
    if (look > 0) native_sync::yield();  // to whoever is writing
    if (const std::error_code error = read_all(file.fd, image)) return failed(path, error);
    const detail::decoded_counters found = detail::decode_counters(image, seen);
    if (!seen.error) complete(seen, found);
    const bool may_change = seen.error ? seen.error == counters_errc::half_written : !found.whole;
    if (!may_change) break;
  }
  if (seen.error) seen.problem = path + ": " + seen.problem;
  return seen;
}

std::vector<std::string> list_counters(const std::string& folder, std::error_code& error) {
  error.clear();
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), &::closedir);
  if (!open) {
    error = refused();
    return names;
  }
  while (const dirent* const entry = ::readdir(open.get())) {
    struct stat found {};
    const bool regular =
        ::fstatat(::dirfd(open.get()), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(found.st_mode);
    if (regular && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace tidegate
