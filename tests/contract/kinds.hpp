// kinds.hpp: the queues under test. A new queue, or a new form of one, is a name more in a list of forms.
//
// A kind names a queue type for any element type and says what it can do; each suite asks for the kinds it needs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "choice_of_forms.hpp"
#include "gtest/gtest.h"
#include "tests/contract/policies.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/ring/ring_options.hpp"
#include "tidegate/ring/spsc_ring.hpp"
#include "tidegate/ring/ticketed_ring.hpp"

namespace tidegate::test {

/// What a kind can do beyond pushing, popping and closing, with the answers of most kinds.
struct capabilities {
  static constexpr bool blocking = false;   // push(), pop(), offer(), wait_drained(), stats()
  static constexpr bool zero_copy = false;  // try_claim(), try_peek()
  static constexpr bool many_producers = false;
  static constexpr bool many_consumers = false;
  static constexpr std::size_t small_slot_bytes = 8;  // at most, with an element of 4 bytes

  /// What a thread calls that is one of several on its side: the queue, or a handle of its own.
  template <class Queue>
  [[nodiscard]] static Queue& producer_of(Queue& queue) noexcept {
    return queue;
  }
  template <class Queue>
  [[nodiscard]] static Queue& consumer_of(Queue& queue) noexcept {
    return queue;
  }
};

/// A string literal as a template argument.
template <std::size_t Length>
struct literal {
  char text[Length];
  constexpr literal(const char (&from)[Length]) noexcept { std::copy(from, from + Length, text); }  // implicit: to read
};

template <literal Name, ring_options Options, class Sync = native_sync>
struct spsc_ring_kind : capabilities {
  template <class T>
  using type = spsc_ring<T, Options, Sync>;
  static constexpr const char* name = Name.text;
  static constexpr bool zero_copy = true;

  template <class T>
  [[nodiscard]] static type<T> make(std::size_t capacity) {
    return type<T>(capacity);
  }
};

template <literal Name, cell_spacing Cells, class Sync = native_sync>
struct ticketed_ring_kind : capabilities {
  template <class T>
  using type = ticketed_ring<T, ticketed_options{.cells = Cells}, Sync>;
  static constexpr const char* name = Name.text;
  static constexpr bool many_producers = true;
  static constexpr bool many_consumers = true;
  static constexpr std::size_t small_slot_bytes = Cells == cell_spacing::padded ? cache_line_bytes : 16;

  template <class T>
  [[nodiscard]] static type<T> make(std::size_t capacity) {
    return type<T>(capacity);
  }
};

template <literal Name, queue_options Options, class Sync = native_sync>
struct spsc_queue_kind : capabilities {
  template <class T>
  using type = spsc_queue<T, Options, observed<Sync>>;
  static constexpr const char* name = Name.text;
  static constexpr queue_options options = Options;
  static constexpr bool zero_copy = true;
  static constexpr bool blocking = true;

  template <class T>
  [[nodiscard]] static type<T> make(std::size_t capacity) {
    return type<T>({.capacity = capacity});
  }

  /// Grows while the thread of `steps` waits on a queue of this kind.
  [[nodiscard]] static std::uint64_t waits(const wait_steps& steps) noexcept {
    return parks(Options.wait) ? steps.sleeps : steps.yields;
  }
};

inline constexpr ring_options indexed{.layout = ring_layout::indexed};
inline constexpr ring_options packed{.layout = ring_layout::packed};
inline constexpr ring_options joint_indexed{.layout = ring_layout::indexed, .failures = failure_order::joint};
inline constexpr ring_options joint_packed{.layout = ring_layout::packed, .failures = failure_order::joint};
struct ring_automatic : spsc_ring_kind<"ring_automatic", ring_options{}> {};
struct ring_indexed : spsc_ring_kind<"ring_indexed", indexed> {};
struct ring_packed : spsc_ring_kind<"ring_packed", packed> {};
struct ring_indexed_joint : spsc_ring_kind<"ring_indexed_joint", joint_indexed> {};
struct ring_packed_joint : spsc_ring_kind<"ring_packed_joint", joint_packed> {};
struct ring_indexed_narrow : spsc_ring_kind<"ring_indexed_narrow", indexed, narrow_sync> {};
struct ring_packed_narrow : spsc_ring_kind<"ring_packed_narrow", packed, narrow_sync> {};
struct ring_indexed_near_32 : spsc_ring_kind<"ring_indexed_near_32", indexed, near_32_sync> {};
struct ring_packed_near_32 : spsc_ring_kind<"ring_packed_near_32", packed, near_32_sync> {};
struct ring_indexed_near_64 : spsc_ring_kind<"ring_indexed_near_64", indexed, near_64_sync> {};
struct ring_packed_near_64 : spsc_ring_kind<"ring_packed_near_64", packed, near_64_sync> {};
struct ring_ticketed : ticketed_ring_kind<"ring_ticketed", cell_spacing::padded> {};
struct ring_ticketed_dense : ticketed_ring_kind<"ring_ticketed_dense", cell_spacing::dense> {};
struct ring_ticketed_near_64 : ticketed_ring_kind<"ring_ticketed_near_64", cell_spacing::dense, near_64_sync> {};

inline constexpr queue_options plain{};
inline constexpr queue_options spins{.wait = wait_kind::spin};
inline constexpr queue_options yields{.wait = wait_kind::spin_yield};
inline constexpr queue_options sleeps{.wait = wait_kind::park};
inline constexpr queue_options rejects{.overflow = overflow_kind::reject};
inline constexpr queue_options drops{.overflow = overflow_kind::drop_newest};
inline constexpr queue_options uncounted{.stats = stats_kind::off};
inline constexpr queue_options sleeps_joint{.wait = wait_kind::park, .ring = joint_indexed};
inline constexpr queue_options sleeps_indexed{.wait = wait_kind::park, .ring = indexed};
struct queue_default : spsc_queue_kind<"queue_default", plain> {};
struct queue_spin : spsc_queue_kind<"queue_spin", spins> {};
struct queue_spin_yield : spsc_queue_kind<"queue_spin_yield", yields> {};
struct queue_park : spsc_queue_kind<"queue_park", sleeps> {};
struct queue_reject : spsc_queue_kind<"queue_reject", rejects> {};
struct queue_drop : spsc_queue_kind<"queue_drop", drops> {};
struct queue_uncounted : spsc_queue_kind<"queue_uncounted", uncounted> {};
struct queue_joint : spsc_queue_kind<"queue_joint", sleeps_joint> {};
struct queue_narrow : spsc_queue_kind<"queue_narrow", sleeps, narrow_sync> {};
struct queue_near_64 : spsc_queue_kind<"queue_near_64", sleeps_indexed, near_64_sync> {};
struct queue_symmetric : spsc_queue_kind<"queue_symmetric", sleeps, symmetric_sync> {};
struct queue_refused : spsc_queue_kind<"queue_refused", sleeps, refused_sync> {};

template <class... Kinds>
struct kind_list {};

/// One kind for each way in which calls are implemented: the whole surface is tested with these.
using surface_forms = forms<  //
    kind_list<ring_indexed, ring_packed_narrow, queue_default, ring_ticketed_dense>,
    kind_list<ring_indexed, ring_packed, ring_indexed_narrow, ring_packed_narrow, queue_default, queue_narrow,
              ring_ticketed, ring_ticketed_dense>>;

/// Kinds that differ from one of the above only in their positions and orders.
using position_forms = forms<  //
    kind_list<ring_packed_joint, queue_near_64>,
    kind_list<ring_indexed_joint, ring_packed_joint, ring_indexed_near_32, ring_packed_near_32, ring_indexed_near_64,
              ring_packed_near_64, queue_near_64, ring_ticketed_near_64>>;

/// Kinds that differ only in how they wait.
using waiting_forms = forms<  //
    kind_list<queue_spin_yield, queue_park>,
    kind_list<queue_spin, queue_spin_yield, queue_park, queue_symmetric, queue_refused>>;

/// Kinds that differ only in what they do when full, or in what they count.
using overflow_forms = kind_list<queue_reject, queue_drop, queue_uncounted>;

namespace detail {

/// The kinds of some lists that `Wanted` holds for, as test types.
template <template <class> class Wanted, class Taken, class... Lists>
struct chosen;
template <template <class> class Wanted, class... Taken>
struct chosen<Wanted, kind_list<Taken...>> {
  using types = testing::Types<Taken...>;
};
template <template <class> class Wanted, class Taken, class... Lists>
struct chosen<Wanted, Taken, kind_list<>, Lists...> : chosen<Wanted, Taken, Lists...> {};
template <template <class> class Wanted, class... Taken, class Kind, class... Kinds, class... Lists>
struct chosen<Wanted, kind_list<Taken...>, kind_list<Kind, Kinds...>, Lists...>
    : chosen<Wanted, std::conditional_t<Wanted<Kind>::value, kind_list<Taken..., Kind>, kind_list<Taken...>>,
             kind_list<Kinds...>, Lists...> {};

template <class Kind>
using is_any = std::true_type;
template <class Kind>
using is_blocking = std::bool_constant<Kind::blocking>;
template <class Kind>
using is_zero_copy = std::bool_constant<Kind::zero_copy>;

}  // namespace detail

using all_kinds =
    detail::chosen<detail::is_any, kind_list<>, surface_forms, position_forms, waiting_forms, overflow_forms>::types;
using surface_kinds = detail::chosen<detail::is_any, kind_list<>, surface_forms>::types;
using zero_copy_kinds = detail::chosen<detail::is_zero_copy, kind_list<>, surface_forms>::types;
using storage_kinds = detail::chosen<detail::is_any, kind_list<>, surface_forms, position_forms>::types;
using waiting_kinds = detail::chosen<detail::is_blocking, kind_list<>, surface_forms, waiting_forms>::types;
using overflow_kinds = detail::chosen<detail::is_blocking, kind_list<>, surface_forms, overflow_forms>::types;

/// Third argument of TYPED_TEST_SUITE: tests carry the kind's name, for --gtest_filter. The number behind it is what
/// CMake's discovery looks for; it then shows the type's name, so types under test have short ones (names_test.cpp).
struct kind_names {
  template <class Kind>
  static std::string GetName(int index) {
    std::string name = Kind::name;
    return name.append("/").append(std::to_string(index));
  }
};

/// Several capacities: `for (const std::size_t bound : sizes{1, 2, 7})`.
using sizes = std::initializer_list<std::size_t>;

/// `capacity`, or the most that the kind's positions can count.
template <class Queue>
[[nodiscard]] constexpr std::size_t at_most_countable(std::size_t capacity) noexcept {
  return capacity < Queue::max_capacity ? capacity : Queue::max_capacity;
}

/// Lets another thread play the role, where a queue has single roles. The caller orders the hand-over.
template <class Queue>
void hand_over_producer(Queue& queue) noexcept {
  if constexpr (requires { queue.rebind_producer(); }) queue.rebind_producer();
}
template <class Queue>
void hand_over_consumer(Queue& queue) noexcept {
  if constexpr (requires { queue.rebind_consumer(); }) queue.rebind_consumer();
}

}  // namespace tidegate::test
