// wait_source: one thing that can be waited for together with others: a side of a queue, or whatever has an event
// count.
//
// It refers to the thing and must not outlive it.  Threads: those that may look at the thing.
#pragma once

#include <cstddef>

#include "tidegate/base/sync.hpp"
#include "tidegate/wait/event_count.hpp"

namespace tidegate {

template <class Sync = native_sync>
class wait_source {
 public:
  wait_source() noexcept = default;

  /// `is_ready(thing)`: noexcept, false only if at some instant during the call there was nothing to go on with. Who
  /// waits at `where` for the same thing as others may pass a wake on to `heirs` of them: one, or everyone when they
  /// wait for different things.
  template <class Thing, class IsReady>
  wait_source(event_count<Sync>& where, Thing& thing, IsReady, unsigned heirs = 1) noexcept
      : where_(&where), thing_(&thing), is_ready_(&ask<Thing, IsReady>), heirs_(heirs) {
    static_assert(noexcept(IsReady{}(thing)));
  }
  /// The same for so much of a thing: `is_ready(thing, amount)`.
  template <class Thing, class IsReady>
  wait_source(event_count<Sync>& where, Thing& thing, std::size_t amount, IsReady, unsigned heirs) noexcept
      : where_(&where), thing_(&thing), amount_(amount), is_ready_(&ask_for<Thing, IsReady>), heirs_(heirs) {
    static_assert(noexcept(IsReady{}(thing, amount)));
  }

  [[nodiscard]] bool ready() const noexcept { return is_ready_(thing_, amount_); }
  [[nodiscard]] event_count<Sync>& where() const noexcept { return *where_; }

  /// A wake that was meant for the caller, which does not need it, goes to others.
  void pass_on() const noexcept { where_->notify(heirs_); }

 private:
  template <class Thing, class IsReady>
  [[nodiscard]] static bool ask(void* thing, std::size_t) noexcept {
    return IsReady{}(*static_cast<Thing*>(thing));
  }
  template <class Thing, class IsReady>
  [[nodiscard]] static bool ask_for(void* thing, std::size_t amount) noexcept {
    return IsReady{}(*static_cast<Thing*>(thing), amount);
  }

  event_count<Sync>* where_ = nullptr;
  void* thing_ = nullptr;
  std::size_t amount_ = 0;
  bool (*is_ready_)(void*, std::size_t) noexcept = nullptr;
  unsigned heirs_ = 1;
};

}  // namespace tidegate
