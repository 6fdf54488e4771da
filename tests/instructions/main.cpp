// main.cpp: sets up and runs every script once, and prints `NAME OPERATIONS` for each; fails when an answer is wrong.
//
// check.py runs it twice: alone for the names, then under valgrind.
#include <cstdio>
#include <cstdlib>

#include "tests/instructions/other_scripts.hpp"
#include "tests/instructions/scripts.hpp"

namespace tidegate::test {
namespace {

constexpr std::size_t small = 100;  // not a multiple of what a line holds, nor of a batch

/// Prints the script's name, and ends the program if it went wrong.
void report(const char* name, bool succeeded) {
  if (!succeeded) {
    std::fprintf(stderr, "script_%s: an answer is not the expected one\n", name);
    std::exit(EXIT_FAILURE);
  }
  std::printf("%s %zu\n", name, operations);
}

template <class Queue>
void fill(Queue& queue) {
  while (queue.try_push(word{0}) == push_status::ok) continue;
}

void run_pairs() {
  packed packed_ring(small);
  report("packed_pair", script_packed_pair(packed_ring));
  indexed indexed_ring(small);
  report("indexed_pair", script_indexed_pair(indexed_ring));
  boxes box_ring(small);
  report("move_only_pair", script_move_only_pair(box_ring));
  blocking queue({.capacity = small});
  report("blocking_pair", script_blocking_pair(queue));
}

/// What the pushes put in, the pops take out.
void run_singles() {
  packed packed_ring(operations);
  report("packed_push", script_packed_push(packed_ring));
  report("packed_pop", script_packed_pop(packed_ring));
  indexed indexed_ring(operations);
  report("indexed_push", script_indexed_push(indexed_ring));
  report("indexed_pop", script_indexed_pop(indexed_ring));
  blocking queue({.capacity = operations});
  report("blocking_push", script_blocking_push(queue));
  report("blocking_pop", script_blocking_pop(queue));
}

void run_batches() {
  packed packed_ring(small);
  report("packed_batch", script_packed_batch(packed_ring));
  indexed indexed_ring(small);
  report("indexed_batch", script_indexed_batch(indexed_ring));
}

void run_refusals() {
  packed packed_ring(small);
  report("packed_empty", script_packed_empty(packed_ring));
  fill(packed_ring);
  report("packed_full", script_packed_full(packed_ring));
  indexed indexed_ring(small);
  report("indexed_empty", script_indexed_empty(indexed_ring));
  fill(indexed_ring);
  report("indexed_full", script_indexed_full(indexed_ring));
  dropping queue({.capacity = small});
  fill(queue);
  report("offer_full", script_offer_full(queue));
}

/// What the claims put in, the peeks take out.
void run_in_place() {
  packed packed_ring(operations * portion);
  report("packed_claim", script_packed_claim(packed_ring));
  report("packed_peek", script_packed_peek(packed_ring));
  indexed indexed_ring(operations * portion);
  report("indexed_claim", script_indexed_claim(indexed_ring));
  report("indexed_peek", script_indexed_peek(indexed_ring));
}

/// A call that is the thread's first one has a row to find: it is made beforehand.
template <class Ring>
void take_rows(Ring& ring) {
  word out = 0;
  static_cast<void>(ring.try_push(word{0}));
  static_cast<void>(ring.try_pop(out));
}

void run_many_sided_pairs() {
  mpmc ring(small);
  take_rows(ring);
  report("mpmc_pair", script_mpmc_pair(ring));
  auto producer = ring.make_producer();
  auto consumer = ring.make_consumer();
  report("mpmc_handle_pair", script_mpmc_handle_pair(producer, consumer));
  report("mpmc_empty", script_mpmc_empty(ring));
  fill(ring);
  report("mpmc_full", script_mpmc_full(ring));
  report("mpmc_evict", script_mpmc_evict(ring));
  lock_free plain(small);
  take_rows(plain);
  report("lock_free_pair", script_lock_free_pair(plain));
  in_entries numbers(small);
  std::uint16_t out = 0;
  static_cast<void>(numbers.try_push(std::uint16_t{0}));
  static_cast<void>(numbers.try_pop(out));
  report("in_entries_pair", script_in_entries_pair(numbers));
}

void run_one_sided() {
  mpsc to_one(operations);
  take_rows(to_one);
  report("mpsc_pair", script_mpsc_pair(to_one));
  report("mpsc_push", script_mpsc_push(to_one));
  report("mpsc_pop", script_mpsc_pop(to_one));
  spmc from_one(operations);
  take_rows(from_one);
  report("spmc_pair", script_spmc_pair(from_one));
  report("spmc_push", script_spmc_push(from_one));
  report("spmc_pop", script_spmc_pop(from_one));
}

void run_other_shapes() {
  newest place;
  report("latest_pair", script_latest_pair(place));
  records ring(72 * small);
  report("byte_pair", script_byte_pair(ring));
  laps broadcast(128);
  auto reader = broadcast.make_reader();
  report("lap_pair", script_lap_pair(broadcast, reader));
}

void run_credits() {
  account credits({.total = small});
  report("credits_pair", script_credits_pair(credits));
  account_in_order in_order({.total = small});
  report("credits_in_order_pair", script_credits_in_order_pair(in_order));
  limiter limit(small);
  report("permit_pair", script_permit_pair(limit));
}

}  // namespace
}  // namespace tidegate::test

int main() {
  tidegate::test::run_pairs();
  tidegate::test::run_singles();
  tidegate::test::run_batches();
  tidegate::test::run_refusals();
  tidegate::test::run_in_place();
  tidegate::test::run_many_sided_pairs();
  tidegate::test::run_one_sided();
  tidegate::test::run_other_shapes();
  tidegate::test::run_credits();
}
