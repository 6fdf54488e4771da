// xenium's ramalhete_queue, which has no bound: an atomic count of free places around it gives it one, as whoever needs
// a bound would have to. It stores pointers; a word travels as one.
#include <xenium/policy.hpp>
#include <xenium/ramalhete_queue.hpp>
#include <xenium/reclamation/generic_epoch_based.hpp>

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

/// For words only, and not for zero.
template <class T, std::size_t Capacity>
class counted_queue {};

template <std::size_t Capacity>
class counted_queue<word_message, Capacity> {
  struct word;

 public:
  static constexpr bool hides_memory = true;  // what it gives back, it gives back late: to the next one's account

  bool try_push(const word_message& value) {
    if (free_.fetch_sub(1, order::acquire) <= 0) {  // [place] pairs with the release in try_pop()
      free_.fetch_add(1, order::relaxed);           // what was not taken is given back
      return false;
    }
    queue_.push(reinterpret_cast<word*>(value));
    return true;
  }
  bool try_pop(word_message& out) {
    word* found = nullptr;
    if (!queue_.try_pop(found)) return false;
    free_.fetch_add(1, order::release);  // [place] pairs with the acquire in try_push()
    out = reinterpret_cast<word_message>(found);
    return true;
  }

 private:
  xenium::ramalhete_queue<word*, xenium::policy::reclaimer<xenium::reclamation::epoch_based<>>> queue_;
  alignas(128) std::atomic<std::int64_t> free_{Capacity};
};

const enlisted<counted_queue> queue({.name = "xenium::ramalhete_queue + count",
                                     .package = "libxenium-dev",
                                     .note = "FIFO without a bound, the adapter counts; allocates while it runs; "
                                             "pointers only, so that it is not in the stall regime"});

}  // namespace
}  // namespace tidegate::bench::mpmc
