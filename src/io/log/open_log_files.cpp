#include "io/log/open_log_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "io/log/posix_log_files.hpp"
#include "io/log/uring_log_files.hpp"

namespace tidegate::detail {

namespace {

unique_fd open_directory(const std::string& path, std::error_code& error) noexcept {
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd && !error) error = {errno, std::system_category()};
  return fd;
}

/// Why a directory's file system does not take whole blocks past the page cache; empty when it does.
std::string direct_refusal(int directory) {
  const unique_fd probe{::openat(directory, ".", O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600)};
  if (!probe && errno == EINVAL) return "the file system refuses O_DIRECT";
  if (!probe) return std::string("no O_DIRECT: ") + ::strerrorname_np(errno);
#ifdef STATX_DIOALIGN
  struct statx status = {};
  if (::statx(probe.get(), "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) != 0) return {};
  if ((status.stx_mask & STATX_DIOALIGN) == 0) return {};
  if (status.stx_dio_offset_align == 0) return "the file system refuses O_DIRECT";
  if (status.stx_dio_offset_align > log_block_bytes || status.stx_dio_mem_align > log_block_bytes)
    return "O_DIRECT here wants blocks larger than 4096";
#endif
  return {};
}

/// What TIDEGATE_BACKEND says where the configuration leaves it open.
backend_kind resolve(backend_kind wanted, std::error_code& error) noexcept {
  const char* const named = wanted == backend_kind::automatic ? std::getenv("TIDEGATE_BACKEND") : nullptr;
  if (named == nullptr || *named == '\0') return wanted;
  for (const backend_kind kind : {backend_kind::automatic, backend_kind::uring, backend_kind::posix}) {
    if (to_string(kind) == named || (kind == backend_kind::automatic && named == std::string_view("auto"))) return kind;
  }
  error = sink_errc::bad_backend_name;
  return wanted;
}

/// The engine in force, in words that say why it is not another one.
std::string settle_engine(log_config& config, log_folders& folders) {
  std::string words;
  if (config.engine == log_engine::automatic) {
    const bool synced = config.sync.rule != sync_policy::when::never;
    config.engine = synced ? log_engine::buffered : log_engine::inlined;
    return synced ? "buffered, which measured best with syncs" : "inline, which measured best without syncs";
  }
  if (config.engine == log_engine::direct) {
    words = direct_refusal(folders.primary.directory.get());
    if (words.empty() && folders.failover.directory) words = direct_refusal(folders.failover.directory.get());
    folders.direct = words.empty();
    if (folders.direct) return "direct";
    config.engine = log_engine::buffered;
    return "buffered: " + words;
  }
  return std::string(to_string(config.engine));
}

}  // namespace

std::unique_ptr<log_files> open_log_files(log_config& config, held_log& held, backend_report& report,
                                          std::error_code& error) {
  log_folders folders;
  folders.primary = {open_directory(config.directory, error), std::move(held.lock)};
  if (!config.failover_directory.empty()) {
    folders.failover = {open_directory(config.failover_directory, error), std::move(held.failover_lock)};
  }
  const backend_kind wanted = resolve(config.backend, error);
  if (error) return nullptr;
  folders.name = config.name;
  folders.segment_bytes = config.segment_bytes;
  report = {backend_kind::posix, settle_engine(config, folders)};
  if (wanted != backend_kind::posix) {
    std::string why;
    const bool inlined = config.engine == log_engine::inlined;
    if (auto made = uring_log_files::make(folders, config.wake_fd, inlined, why)) {
      report = {backend_kind::uring, report.reason + (inlined ? "; io_uring syncs" : "; io_uring writes and syncs")};
      return made;
    }
    if (wanted == backend_kind::uring) {
      error = sink_errc::backend_unavailable;
      return nullptr;
    }
    report.reason += "; no io_uring: " + why;
  }
  report.reason += "; a thread syncs";
  return std::make_unique<posix_log_files>(std::move(folders), config.wake_fd);
}

}  // namespace tidegate::detail
