#include "tidegate/observe/counters_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "observe/counters_format.hpp"
#include "observe/process_facts.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate {

namespace detail {

/// Owns the open file and the sample that is being written.
class counters_writer {
 public:
  counters_writer(const counters_file_config& config, std::error_code& error);
  counters_writer(const counters_writer&) = delete;
  counters_writer& operator=(const counters_writer&) = delete;
  ~counters_writer();

  void publish(std::span<const pressure> sample) noexcept;
  [[nodiscard]] std::error_code error() const noexcept {
    return {refusal_.load(order::relaxed), std::system_category()};  // an observation that guards no data
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::size_t max_bytes() const noexcept { return header_.size() + 2 * frame_.size(); }

 private:
  void open_file(const counters_file_config& config, std::error_code& error);
  [[nodiscard]] bool is_ours(const char* path) const noexcept;
  [[nodiscard]] bool write(std::span<const std::byte> bytes, std::size_t offset) noexcept;
  void remember(int refusal) noexcept { refusal_.store(refusal, order::relaxed); }  // an observation, guards no data

  std::string path_;
  int fd_ = -1;
  pid_t owner_ = 0;
  std::vector<std::byte> header_;
  std::vector<std::byte> frame_;
  std::uint64_t sequence_ = 0;
  native_sync::atomic<int> refusal_{0};
};

namespace {

[[nodiscard]] std::error_code refused() noexcept { return {errno, std::system_category()}; }

counters_header describe_self(std::chrono::nanoseconds period) {
  counters_header who;
  who.pid = static_cast<std::uint32_t>(::getpid());
  who.pid_started_ticks = started_ticks(who.pid);
  who.pid_namespace = pid_namespace();
  who.created_ns = wall_clock_ns();
  who.base_ns = monotonic_ns();
  who.period_ns = static_cast<std::uint64_t>(std::max(period.count(), std::chrono::nanoseconds::rep{0}));
  const std::string name = command_name();
  std::copy_n(name.begin(), std::min(name.size(), who.process.size() - 1), who.process.begin());
  return who;
}

/// Whether a new file may take the place of what is at `path`: nothing, or what a dead process has left of ours.
std::error_code may_replace(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return errno == ENOENT ? std::error_code() : refused();
  if (!S_ISREG(found.st_mode)) return std::make_error_code(std::errc::file_exists);
  if (found.st_size == 0) return {};
  const counters_snapshot seen = read_counters(path);
  for (const counters_errc ours :
       {counters_errc::half_written, counters_errc::damaged, counters_errc::other_version, counters_errc::truncated}) {
    if (seen.error == ours) return {};  // it begins as ours do
  }
  if (seen.error) return std::make_error_code(std::errc::file_exists);
  const bool own = seen.writer.pid == static_cast<std::uint32_t>(::getpid());
  const bool lives = !own && seen.writer.state != writer_state::gone;
  return lives ? std::make_error_code(std::errc::device_or_resource_busy) : std::error_code();
}

}  // namespace

counters_writer::counters_writer(const counters_file_config& config, std::error_code& error)
    : path_(config.path), owner_(::getpid()) {
  const bool sized = config.most_rows > 0 && config.most_rows <= most_counters_rows;
  if (path_.empty() || !sized) {
    error = std::make_error_code(std::errc::invalid_argument);
    return;
  }
  error = may_replace(path_);
  if (error) return;
  header_ = encode_header(describe_self(config.period), config.most_rows);
  seal_header(header_);
  frame_.resize(frame_bytes(config.most_rows));
  open_file(config, error);
}

/// Whole and with a first, empty sample before it has its name.
void counters_writer::open_file(const counters_file_config& config, std::error_code& error) {
  const std::size_t slash = path_.rfind('/') + 1;  // 0 when there is none
  const std::string temporary =
      path_.substr(0, slash) + "." + path_.substr(slash) + "." + std::to_string(owner_) + ".new";
  (void)::unlink(temporary.c_str());  // of a process that had this pid and died here
  fd_ = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) {
    error = refused();
    return;
  }
  const int full = ::posix_fallocate(fd_, 0, static_cast<off_t>(max_bytes()));  // now, not at some later sample
  if (full != 0) {
    error = {full, std::system_category()};
  } else if (!write(header_, 0)) {
    error = this->error();
  } else {
    publish({});
    error = this->error();
  }
  const bool named = !error && ::fchmod(fd_, config.mode) == 0 && ::rename(temporary.c_str(), path_.c_str()) == 0;
  if (named) return;
  if (!error) error = refused();
  (void)::unlink(temporary.c_str());
}

counters_writer::~counters_writer() {
  if (fd_ < 0) return;
  if (owner_ == ::getpid() && is_ours(path_.c_str())) (void)::unlink(path_.c_str());
  ::close(fd_);
}

bool counters_writer::is_ours(const char* path) const noexcept {
  struct stat ours {};
  struct stat there {};
  return ::fstat(fd_, &ours) == 0 && ::lstat(path, &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

bool counters_writer::write(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      remember(written < 0 ? errno : EIO);
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
  }
  return true;
}

void counters_writer::publish(std::span<const pressure> sample) noexcept {
  if (owner_ != ::getpid()) return;  // a child has this object, not the file
  counters_frame_head head;
  head.sequence = ++sequence_;
  head.sampled_ns = monotonic_ns();
  const std::size_t bytes = encode_frame(frame_, sample, head);
  const std::size_t offset = header_.size() + (sequence_ % 2) * frame_.size();
  if (write(std::span(frame_).first(bytes), offset)) remember(0);
}

}  // namespace detail

counters_file::counters_file(std::unique_ptr<detail::counters_writer> writer) noexcept : writer_(std::move(writer)) {}

counters_file::counters_file(const counters_file_config& config) {
  std::error_code error;
  writer_ = std::make_unique<detail::counters_writer>(config, error);
  if (error) throw std::system_error(error, config.path);
}

std::unique_ptr<counters_file> counters_file::make(const counters_file_config& config,
                                                   std::error_code& error) noexcept {
  try {
    error.clear();
    auto writer = std::make_unique<detail::counters_writer>(config, error);
    if (error) return nullptr;
    return std::unique_ptr<counters_file>(new counters_file(std::move(writer)));
  } catch (const std::bad_alloc&) {
    error = std::make_error_code(std::errc::not_enough_memory);
    return nullptr;
  }
}

counters_file::~counters_file() = default;

void counters_file::publish(std::span<const pressure> sample) noexcept { writer_->publish(sample); }
std::error_code counters_file::error() const noexcept { return writer_->error(); }
const std::string& counters_file::path() const noexcept { return writer_->path(); }
std::size_t counters_file::max_bytes() const noexcept { return writer_->max_bytes(); }

std::string counters_folder() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  struct stat found {};
  const bool usable = runtime != nullptr && runtime[0] == '/' && ::stat(runtime, &found) == 0 && S_ISDIR(found.st_mode);
  if (usable) return std::string(runtime) + "/tidegate";
  return "/dev/shm/tidegate-" + std::to_string(::geteuid());
}

namespace {

/// NAME.PID of a process that is gone.
void remove_leftovers(const std::string& folder, std::string_view name) {
  std::error_code ignored;
  for (const std::string& file : list_counters(folder, ignored)) {
    const bool same = file.starts_with(name) && file.size() > name.size() + 1 && file[name.size()] == '.' &&
                      file.find_first_not_of("0123456789", name.size() + 1) == std::string::npos;
    if (!same) continue;
    const std::string path = folder + "/" + file;
    const counters_snapshot seen = read_counters(path);
    if (!seen.error && seen.writer.state == writer_state::gone) (void)::unlink(path.c_str());
  }
}

}  // namespace

std::string default_counters_path(std::string_view name, std::error_code& error) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  constexpr std::size_t longest = 64;
  error.clear();
  if (name.empty() || name.size() > longest || name.front() == '.' ||
      name.find_first_not_of(allowed) != std::string_view::npos) {
    error = std::make_error_code(std::errc::invalid_argument);
    return {};
  }
  const std::string folder = counters_folder();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    error = detail::refused();
    return {};
  }
  struct stat found {};
  const bool there = ::lstat(folder.c_str(), &found) == 0;
  constexpr mode_t others_write = S_IWGRP | S_IWOTH;
  if (!there || !S_ISDIR(found.st_mode) || found.st_uid != ::geteuid() || (found.st_mode & others_write) != 0) {
    error = std::make_error_code(std::errc::permission_denied);
    return {};
  }
  remove_leftovers(folder, name);
  return folder + "/" + std::string(name) + "." + std::to_string(::getpid());
}

}  // namespace tidegate
