// kinds.hpp: the queues under test, and the states in which an operation finds them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/contract/elements.hpp"
#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/config.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::test {

static_assert(!checks_enabled, "what users run is stepped through: build this with NDEBUG");

/// `line`: how many elements end a cache line, so that the states can lie there.
template <class T, ring_layout Layout>
struct spsc_ring_kind {
  using element = T;
  using queue = spsc_ring<T, ring_options{.layout = Layout}>;
  static constexpr std::size_t position_bytes = Layout == ring_layout::packed ? sizeof(std::uint64_t) : 0;
  static constexpr std::size_t line = (cache_line_bytes - position_bytes) / sizeof(T);
  [[nodiscard]] static std::unique_ptr<queue> make(std::size_t capacity) { return std::make_unique<queue>(capacity); }
};

struct ring_packed : spsc_ring_kind<std::uint64_t, ring_layout::packed> {
  static constexpr const char* name = "ring_packed";
};
struct ring_indexed : spsc_ring_kind<std::uint64_t, ring_layout::indexed> {
  static constexpr const char* name = "ring_indexed";
};
struct ring_move_only : spsc_ring_kind<std::unique_ptr<unsigned>, ring_layout::indexed> {
  static constexpr const char* name = "ring_move_only";
};

/// Nobody waits: the try calls of a queue promise what the ring's promise.
struct queue_default {
  using element = std::uint64_t;
  using queue = spsc_queue<element>;
  static constexpr const char* name = "queue_default";
  static constexpr std::size_t line = ring_packed::line;
  [[nodiscard]] static std::unique_ptr<queue> make(std::size_t capacity) {
    return std::make_unique<queue>(queue_config{.capacity = capacity});
  }
};

/// A state: `popped` elements have passed, `depth` are inside.
struct queue_state {
  const char* name;
  std::size_t capacity;
  std::size_t popped;
  std::size_t depth;
  bool seen = false;      ///< the consumer knows already of all that are inside but the last
  std::size_t batch = 2;  ///< how many elements an operation on several asks for
};

/// The states for an array of two lines of `line` elements each.
[[nodiscard]] constexpr std::array<queue_state, 13> states_of(std::size_t line) noexcept {
  const std::size_t all = 2 * line;
  return {{
      {"empty", all, 3, 0},
      {"half full", all, 3, line},
      {"half full, seen by the consumer", all, 3, line, true},
      {"full", all, 3, all},
      {"empty at the wrap", all, all - 1, 0},
      {"full at the wrap", all, all - 1, all},
      {"head at the wrap, tail at the end of a line", all, all - 1, line},
      {"tail at the wrap, head at the end of a line", all, line - 1, line},
      {"the producer's credit used up, and given back", all, line, line},
      {"full, with a line that is not all used", all - 3, all - 1, all - 3},
      {"one slot, empty", 1, 1, 0},
      {"one slot, full", 1, 1, 1},
      {"a whole line, from its beginning", all, line, line, false, line},
  }};
}

/// No state asks for more elements at once.
inline constexpr std::size_t batch_limit = 8;

/// How many elements the operation asks for in that state.
template <class Operation>
[[nodiscard]] constexpr std::size_t asked_in(const queue_state& state) noexcept {
  return Operation::batch ? state.batch : 1;
}

/// A queue in that state. The elements inside are numbered from 0.
template <class Kind>
[[nodiscard]] std::unique_ptr<typename Kind::queue> make_in(const queue_state& state) {
  using element = typename Kind::element;
  constexpr unsigned passing = 7777;
  auto queue = Kind::make(state.capacity);
  element out{};
  const auto push = [&](unsigned id) {
    if (queue->try_push(make_element<element>(id)) != push_status::ok) abort_with("freeze: no room for the state");
  };
  const auto pop = [&] {
    if (queue->try_pop(out) != pop_status::ok) abort_with("freeze: no element for the state");
  };
  const std::size_t late = state.seen ? 1 : 0;  // of those that pass: popped when all are inside
  for (std::size_t i = late; i < state.popped; ++i) {
    push(passing);
    pop();
  }
  if (state.seen) push(passing);
  for (unsigned id = 0; id < state.depth; ++id) push(id);
  if (state.seen) pop();
  return queue;
}

/// Third argument of TYPED_TEST_SUITE: tests carry the kind's name.
struct kind_names {
  template <class Kind>
  static std::string GetName(int) {
    return Kind::name;
  }
};

}  // namespace tidegate::test
