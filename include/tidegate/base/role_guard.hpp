// role_guard.hpp: remembers which thread plays a role and aborts when another one does.
//
// A ring with one producer is only correct with one producer. Debug builds check it; the first thread that plays the
// role keeps it until `rebind()` hands it over (the caller orders the hand-over, for example by joining the old
// thread).
#pragma once

#include <cstdint>

#include "tidegate/base/config.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate {

/// Unchecked form: nothing is stored, nothing is compiled. `Role` is a tag that keeps two empty guards apart.
template <bool Checked, class Role, class Sync>
class role_guard {
 public:
  void check(const char*) const noexcept {}
  void rebind() noexcept {}
};

/// Checked form. Progress: wait-free; one compare-exchange on the first call, one relaxed load afterwards.
template <class Role, class Sync>
class role_guard<true, Role, Sync> {
 public:
  /// Aborts with `rule` unless the calling thread holds the role or nobody does.
  void check(const char* rule) noexcept {
    const std::uintptr_t me = Sync::thread_token();
    std::uintptr_t owner = owner_.load(order::relaxed);  // an identity, it guards no data
    if (owner == me) return;
    // relaxed: a breach is reported by value alone, and a legal hand-over is ordered by the caller
    if (owner == 0 && owner_.compare_exchange_strong(owner, me, order::relaxed, order::relaxed)) return;
    if (owner != me) abort_with(rule);
  }

  /// The next thread that calls check() takes the role.
  void rebind() noexcept { owner_.store(0, order::relaxed); }  // ordered by the caller, as above

 private:
  typename Sync::template atomic<std::uintptr_t> owner_{0};
};

}  // namespace tidegate
