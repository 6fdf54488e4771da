// group_member.hpp: what a sink_group moves and waits for: a sink, seen from its group.
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>

#include "tidegate/base/deadline.hpp"

namespace tidegate::detail {

class group_member {
 public:
  /// Looks for completions and hands over what is there; the bytes found written. Never waits.
  virtual std::size_t pump() noexcept = 0;
  /// A number that changes whenever the member has got on, has failed or has ended, and never comes back.
  [[nodiscard]] virtual std::uint64_t progress() const noexcept = 0;
  /// When pump() should be called although nothing has happened; never() as a rule.
  [[nodiscard]] virtual deadline next_try() const noexcept = 0;
  /// Before the group sleeps: arms what the ring is to tell.
  virtual void prepare_wait() noexcept {}
  /// What else than the ring wakes it: see lane::wants().
  [[nodiscard]] virtual pollfd wants() const noexcept = 0;
  /// True while the system owns something of it.
  [[nodiscard]] virtual bool in_flight() const noexcept = 0;
  /// The calling thread becomes the owner; nothing is in flight.
  virtual bool rebind_owner() noexcept = 0;

 protected:
  ~group_member() = default;
};

}  // namespace tidegate::detail
