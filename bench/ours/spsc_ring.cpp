// tidegate::spsc_ring in both layouts, by value and in place, and the bare ring as the measure of the blocking queue.
#include "tidegate/ring/spsc_ring.hpp"

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

template <class T, std::size_t Capacity, ring_layout Layout>
class ring_rival {
 public:
  using ring = spsc_ring<T, ring_options{.layout = Layout}>;

  bool try_push(const T& value) { return ring_.try_push(value) == push_status::ok; }
  bool try_pop(T& out) { return ring_.try_pop(out) == pop_status::ok; }
  std::size_t try_push_n(T* items, std::size_t n) { return ring_.try_push_n(items, n); }
  std::size_t try_pop_n(T* out, std::size_t n) { return ring_.try_pop_n(out, n); }

  ring& inner() noexcept { return ring_; }

 private:
  ring ring_{Capacity};
};

template <class T, std::size_t Capacity>
using automatic_ring = ring_rival<T, Capacity, ring_layout::automatic>;

/// For words only: larger elements are indexed anyway.
template <class T, std::size_t Capacity>
class indexed_ring {};
template <std::size_t Capacity>
class indexed_ring<word_message, Capacity> : public ring_rival<word_message, Capacity, ring_layout::indexed> {};

/// Batches written and summed in the ring's own slots.
template <std::size_t Batch>
struct in_place {
  template <class Queue>
  [[gnu::noinline, gnu::flatten]] static void send(Queue& queue, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t number = first; number != first + count;) {
      auto claim = queue.inner().try_claim(std::min<std::uint64_t>(Batch, first + count - number));
      if (!claim) one_pause::failed();
      for (const auto part : claim.spans()) {
        for (word_message& slot : part) slot = number++;
      }
      claim.publish(claim.count());
    }
  }

  template <class Queue>
  [[gnu::noinline, gnu::flatten]] static std::uint64_t receive(Queue& queue, std::uint64_t count) {
    std::uint64_t sum = 0;
    for (std::uint64_t received = 0; received < count;) {
      auto peek = queue.inner().try_peek(std::min<std::uint64_t>(Batch, count - received));
      if (!peek) one_pause::failed();
      for (const auto part : peek.spans()) {
        for (const word_message& slot : part) sum += slot;
      }
      received += peek.count();
      peek.release(peek.count());
    }
    return sum;
  }
};

template <std::size_t Capacity, std::size_t Batch>
void enlist_in_place(registry& list) {
  using queue = indexed_ring<word_message, Capacity>;
  list.add(bulk_cell(Capacity, Batch), {{.name = "tidegate::spsc_ring (indexed, in place)",
                                         .plays = role::ours,
                                         .note = "try_claim and try_peek: no copy to or from an array"},
                                        &measure_transfer<queue, in_place<Batch>, Capacity, Batch>,
                                        &smoke_test<queue, word_message, Capacity>});
}

/// The ring without any waiting, in the cells of the blocking calls.
template <std::size_t Capacity, class Wait>
void enlist_bare(registry& list, std::string_view name) {
  using queue = automatic_ring<word_message, Capacity>;
  list.add(blocking_cell(Capacity),
           {{.name = std::string(name), .plays = role::limit, .note = "try calls: the ring below the queue"},
            &measure_transfer<queue, singly<word_message, Wait>, Capacity>,
            &smoke_test<queue, word_message, Capacity>});
}

struct enlisted_forms {
  enlisted_forms() {
    registry& list = registry::global();
    enlist_in_place<small_capacity, 8>(list);
    enlist_in_place<small_capacity, 32>(list);
    enlist_in_place<small_capacity, 256>(list);
    enlist_in_place<large_capacity, 256>(list);
    enlist_bare<small_capacity, one_pause>(list, bare_ring_name);
    enlist_bare<large_capacity, one_pause>(list, bare_ring_name);
    enlist_bare<small_capacity, ten_pauses>(list, "tidegate::spsc_ring (bare, 10 pauses)");
    enlist_bare<large_capacity, ten_pauses>(list, "tidegate::spsc_ring (bare, 10 pauses)");
  }
};

const enlisted<automatic_ring> automatic({.name = "tidegate::spsc_ring",
                                          .plays = role::ours,
                                          .note = "automatic layout"});
const enlisted<indexed_ring> indexed({.name = "tidegate::spsc_ring (indexed)", .plays = role::ours});
const enlisted_forms forms;

}  // namespace
}  // namespace tidegate::bench
