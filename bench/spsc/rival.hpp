// rival.hpp: what an adapter offers. The minimum is a try pair; bulk and blocking calls enter the regimes they allow.
//
// An adapter is a template over the message and the capacity, owns one queue, and adds nothing to a call.
#pragma once

#include <concepts>
#include <cstddef>

#include "bench/harness/message.hpp"

namespace tidegate::bench {

/// try_push(value) and try_pop(out) answer whether it was done.
template <class Q, class Message>
concept try_rival = std::default_initializable<Q> && requires(Q queue, const Message& in, Message& out) {
  { queue.try_push(in) } -> std::same_as<bool>;
  { queue.try_pop(out) } -> std::same_as<bool>;
};

/// try_push_n(first, n) and try_pop_n(out, n) answer how many.
template <class Q, class Message>
concept bulk_rival = try_rival<Q, Message> && requires(Q queue, Message* items, std::size_t n) {
  { queue.try_push_n(items, n) } -> std::same_as<std::size_t>;
  { queue.try_pop_n(items, n) } -> std::same_as<std::size_t>;
};

/// push(value) and pop(out) return when done; a waiting consumer may sleep.
template <class Q, class Message>
concept blocking_rival = requires(Q queue, const Message& in, Message& out) {
  queue.push(in);
  queue.pop(out);
};

}  // namespace tidegate::bench
