// handled.hpp: an exchange ring whose every call goes through a handle.
//
// It has one handle of each side, for the tests that need one; further threads make their own (handled_kind).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "tidegate/ring/exchange_ring.hpp"

namespace tidegate::test {

/// The ring, as a base that is there before the handles and after them.
template <class Ring>
struct ring_holder {
  explicit ring_holder(std::size_t capacity) : ring(capacity) {}
  Ring ring;
};

template <class Ring>
class handled : private ring_holder<Ring>, private Ring::producer, private Ring::consumer {
  using pushes = typename Ring::producer;
  using pops = typename Ring::consumer;

 public:
  using value_type = typename Ring::value_type;
  static constexpr std::size_t max_capacity = Ring::max_capacity;

  explicit handled(std::size_t capacity)
      : ring_holder<Ring>(capacity), pushes(this->ring.make_producer()), pops(this->ring.make_consumer()) {}

  using pops::try_consume;
  using pops::try_pop;
  using pops::try_pop_n;
  using pushes::push_evict;
  using pushes::try_emplace;
  using pushes::try_push;
  using pushes::try_push_n;

  [[nodiscard]] pushes make_producer() { return this->ring.make_producer(); }
  [[nodiscard]] pops make_consumer() { return this->ring.make_consumer(); }

  void close() noexcept { this->ring.close(); }
  [[nodiscard]] bool closed() const noexcept { return this->ring.closed(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return this->ring.capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return this->ring.depth_hint(); }
  [[nodiscard]] std::size_t credits_hint() const noexcept { return this->ring.credits_hint(); }
  [[nodiscard]] std::uint64_t pushed_hint() const noexcept { return this->ring.pushed_hint(); }
  [[nodiscard]] std::uint64_t popped_hint() const noexcept { return this->ring.popped_hint(); }
  [[nodiscard]] std::size_t max_bytes() const noexcept { return this->ring.max_bytes() + sizeof(*this) - sizeof(Ring); }
};

}  // namespace tidegate::test
