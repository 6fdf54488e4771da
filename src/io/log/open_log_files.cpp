#include "io/log/open_log_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "io/feature_names.hpp"
#include "io/group_core.hpp"
#include "io/log/posix_log_files.hpp"
#include "io/log/uring_log_files.hpp"
#include "io/open_lane.hpp"

namespace tidegate::detail {

namespace {

constexpr unsigned ring_entries = 16;  // four writes, a sync, two polls and what cancels them

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

/// `automatic` in a group is what the group has; else the environment may say.
backend_choice choose_log_backend(const log_config& config, std::error_code& error) {
  if (config.group != nullptr && config.backend == backend_kind::automatic) return {config.backend, ""};
  return choose_backend(config.backend, error);
}

/// nullptr and `why` when io_uring is not to be had for this log.
std::shared_ptr<uring_ring> open_ring(const group_core* group, uring_features without, bool inlined, std::string& why) {
  std::error_code refusal;
  if (group != nullptr) why = group->backend().reason;
  auto ring = group != nullptr ? group->ring() : uring_ring::make({ring_entries, 0, without}, why, refusal);
  if (!ring || inlined) return ring;
  if (const std::string objection = ring->objection_to(target_kind::file); !objection.empty()) {
    why = objection + " (" + ring->describe() + ")";
    return nullptr;
  }
  return ring;
}

}  // namespace

std::unique_ptr<log_files> open_log_files(log_config& config, held_log& held, backend_report& report,
                                          std::error_code& error) {
  log_folders folders;
  folders.primary = {open_directory(config.directory, error), std::move(held.lock)};
  if (!config.failover_directory.empty()) {
    folders.failover = {open_directory(config.failover_directory, error), std::move(held.failover_lock)};
  }
  const group_core* const group = config.group != nullptr ? &group_core::of(*config.group) : nullptr;
  if (group != nullptr && group->foreign()) error = sink_errc::forked;
  const backend_choice chosen = choose_log_backend(config, error);
  const uring_features without = left_out(config.without, error);
  if (error) return nullptr;
  folders.name = config.name;
  folders.segment_bytes = config.segment_bytes;
  report = {backend_kind::posix, settle_engine(config, folders)};
  const bool inlined = config.engine == log_engine::inlined;
  std::string why = chosen.by;
  if (chosen.kind != backend_kind::posix) {
    if (auto ring = open_ring(group, without, inlined, why)) {
      report.kind = backend_kind::uring;
      report.reason += (inlined ? "; io_uring syncs, " : "; io_uring writes and syncs, ") + ring->describe();
      const auto how = group != nullptr ? ring_tenancy::shared : ring_tenancy::alone;
      return std::make_unique<uring_log_files>(std::move(ring), how, std::move(folders), config.wake_fd, inlined);
    }
    if (chosen.kind == backend_kind::uring) {
      error = sink_errc::backend_unavailable;
      return nullptr;
    }
    why = "no io_uring: " + why;
  }
  report.reason += "; a thread syncs" + (why.empty() ? why : "; " + why);
  return std::make_unique<posix_log_files>(std::move(folders), config.wake_fd);
}

}  // namespace tidegate::detail
