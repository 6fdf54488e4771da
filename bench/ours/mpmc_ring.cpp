// tidegate::mpmc_ring: with a handle for each thread, without handles, and in its variants.
#include "tidegate/ring/mpmc_ring.hpp"

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

/// Calls as the suite wants them, through a handle of the ring.
template <class Handle, class T>
struct pushing {
  Handle handle;

  bool try_push(const T& value) { return handle.try_push(value) == push_status::ok; }
  std::size_t try_push_n(T* items, std::size_t n) { return handle.try_push_n(items, n); }
};
template <class Handle, class T>
struct popping {
  Handle handle;

  bool try_pop(T& out) { return handle.try_pop(out) == pop_status::ok; }
  std::size_t try_pop_n(T* out, std::size_t n) { return handle.try_pop_n(out, n); }
};

template <class T, std::size_t Capacity, exchange_options Options>
class handle_ring {
  using ring = mpmc_ring<T, Options>;
  using producer = pushing<decltype(std::declval<ring&>().make_producer()), T>;
  using consumer = popping<decltype(std::declval<ring&>().make_consumer()), T>;

 public:
  producer make_producer() { return {ring_.make_producer()}; }
  consumer make_consumer() { return {ring_.make_consumer()}; }

 private:
  ring ring_{Capacity};
};

template <class T, std::size_t Capacity>
class free_ring {
 public:
  bool try_push(const T& value) { return ring_.try_push(value) == push_status::ok; }
  bool try_pop(T& out) { return ring_.try_pop(out) == pop_status::ok; }
  std::size_t try_push_n(T* items, std::size_t n) { return ring_.try_push_n(items, n); }
  std::size_t try_pop_n(T* out, std::size_t n) { return ring_.try_pop_n(out, n); }

 private:
  mpmc_ring<T> ring_{Capacity};
};

// A variant is one alias and one line below.

template <class T, std::size_t Capacity>
using default_ring = handle_ring<T, Capacity, exchange_options{}>;
template <class T, std::size_t Capacity>
using lock_free_ring = handle_ring<T, Capacity, exchange_options{.progress = progress_kind::lock_free}>;
template <class T, std::size_t Capacity>
using packed_ring = handle_ring<T, Capacity, exchange_options{.entries = entry_layout::packed}>;

entrant ring(std::string name, std::string note) {
  return {.name = std::move(name), .plays = role::ours, .note = std::move(note)};
}

const enlisted<default_ring> by_default(ring("tidegate::mpmc_ring", "FIFO; goes on without a stopped peer; wait-free"));
const enlisted<free_ring> without_handles(ring("tidegate::mpmc_ring (no handles)",
                                               "the same, calls of the ring itself"));
const enlisted<lock_free_ring> lock_free(ring("tidegate::mpmc_ring (lock-free)", "the same without helping"));
const enlisted<packed_ring> packed(ring("tidegate::mpmc_ring (packed)", "the same with several entries to a line"));

}  // namespace
}  // namespace tidegate::bench::mpmc
