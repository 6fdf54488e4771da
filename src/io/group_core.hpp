// group_core.hpp: the inside of a sink_group: its ring or poll set, its members, its bells.
#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <vector>

#include "io/fd_watch.hpp"
#include "io/fork_guard.hpp"
#include "io/group_member.hpp"
#include "io/uring_ring.hpp"
#include "tidegate/base/role_guard.hpp"
#include "tidegate/io/sink_group.hpp"

namespace tidegate::detail {

class bell;

class group_core {
 public:
  /// nullptr and `error` when a forced backend is refused, or the environment names what does not exist.
  static std::shared_ptr<group_core> make(const group_config& config, std::error_code& error);
  [[nodiscard]] static group_core& of(const sink_group& group) noexcept { return *group.core_; }
  [[nodiscard]] static std::shared_ptr<group_core> share(const sink_group& group) noexcept { return group.core_; }

  wait_status wait(deadline until) noexcept;
  std::size_t pump() noexcept;
  bool rebind_owner() noexcept;

  void add(group_member& member);
  void remove(group_member& member) noexcept;
  void add(bell& one);
  void remove(bell& one) noexcept;

  /// nullptr in a group without io_uring.
  [[nodiscard]] const std::shared_ptr<uring_ring>& ring() const noexcept { return ring_; }
  [[nodiscard]] const backend_report& backend() const noexcept { return report_; }
  [[nodiscard]] doorbell_kind doorbells() const noexcept { return doorbells_; }
  [[nodiscard]] group_stats stats() const noexcept;
  /// In a child process after fork(2): the group is the parent's.
  [[nodiscard]] bool foreign() const noexcept { return process_.foreign(); }
  [[nodiscard]] std::size_t members() const noexcept { return members_.size(); }
  [[nodiscard]] std::size_t max_bytes() const noexcept;
  [[nodiscard]] bool is_deserted() const noexcept { return members_.empty() && bells_.empty(); }

 private:
  explicit group_core(const group_config& config) noexcept : config_(config) {}
  void choose_doorbells(uring_features without);
  /// Room in the poll set for everyone, and for so many more.
  void reserve_polls(std::size_t more);
  [[nodiscard]] std::uint64_t progress() const noexcept;
  [[nodiscard]] bool take_rung() noexcept;
  [[nodiscard]] bool has_nothing_to_wait_for() const noexcept;
  void sleep(deadline until) noexcept;
  [[nodiscard]] bool needs_polling() noexcept;
  void poll(deadline until) noexcept;
  void look_for_late_wakes(deadline::duration slept) noexcept;

  const group_config config_;
  const fork_guard process_;
  backend_report report_;
  doorbell_kind doorbells_ = doorbell_kind::event_fd;
  std::shared_ptr<uring_ring> ring_;
  std::optional<fd_watch> wake_;
  std::vector<group_member*> members_;
  std::vector<bell*> bells_;
  std::vector<pollfd> polls_;
  bool rung_late_ = false;
  group_stats stats_;

  struct owner_role;
  role_guard<checks_enabled, owner_role, native_sync> owner_;
};

}  // namespace tidegate::detail
