// xenium's kirsch_bounded_kfifo_queue with k = 1, which makes it a FIFO. It stores pointers; a word travels as one.
#include <xenium/kirsch_bounded_kfifo_queue.hpp>
#include <xenium/policy.hpp>

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

/// For words only, and those below 2^48.
template <class T, std::size_t Capacity>
class kfifo_queue {};

template <std::size_t Capacity>
class kfifo_queue<word_message, Capacity> {
  struct word;

 public:
  bool try_push(const word_message& value) { return queue_.try_push(reinterpret_cast<word*>(value)); }
  bool try_pop(word_message& out) {
    word* found = nullptr;
    if (!queue_.try_pop(found)) return false;
    out = reinterpret_cast<word_message>(found);
    return true;
  }

 private:
  xenium::kirsch_bounded_kfifo_queue<word*> queue_{1, Capacity};
};

const enlisted<kfifo_queue> kfifo({.name = "xenium::kirsch_bounded_kfifo_queue",
                                   .package = "libxenium-dev",
                                   .note = "FIFO with k = 1; goes on without a stopped peer; pointers only, so that it "
                                           "is not in the stall regime"});

}  // namespace
}  // namespace tidegate::bench::mpmc
