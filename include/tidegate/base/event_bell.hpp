// event_bell: a bell that an event loop hears: an eventfd that is made when it is first asked for, and then stays.
//
// It lives as long as what it belongs to, so that whoever rings never writes to a descriptor that has another meaning
// by now.  Threads: any.  Progress: ring() is one load while nobody has asked for the descriptor, else one system call.
//
// Protocol: [fd] the descriptor's maker → whoever rings.
#pragma once

#include <unistd.h>

#include "tidegate/base/kernel.hpp"
#include "tidegate/base/order.hpp"

namespace tidegate {

template <template <class> class Atomic>
class event_bell {
 public:
  event_bell() noexcept = default;
  event_bell(const event_bell&) = delete;
  event_bell& operator=(const event_bell&) = delete;
  ~event_bell() {
    const int fd = fd_.load(order::relaxed);  // no other thread uses it any more
    if (fd >= 0) ::close(fd);
  }

  /// The descriptor, readable after a ring until it is hushed; the same at every call. Or minus an errno value.
  [[nodiscard]] int fd() noexcept {
    int known = fd_.load(order::acquire);  // [fd] pairs with the exchange below
    if (known != none) return known;
    const int made = kernel::make_event_fd();
    if (made < 0) return made;
    // [fd] pairs with the loads
    if (fd_.compare_exchange_strong(known, made, order::acq_rel, order::acquire)) return made;
    ::close(made);  // another thread was first
    return known;
  }

  void ring() noexcept {
    const int fd = fd_.load(order::acquire);  // [fd] pairs with fd()
    if (fd != none) kernel::ring_event_fd(fd);
  }
  void hush() noexcept {
    const int fd = fd_.load(order::acquire);  // [fd] pairs with fd()
    if (fd != none) kernel::hush_event_fd(fd);
  }

 private:
  static constexpr int none = -1;
  Atomic<int> fd_{none};
};

}  // namespace tidegate
