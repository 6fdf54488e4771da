// moodycamel::BlockingReaderWriterCircularBuffer: a ring between two semaphores. Its capacity is exact, and both sides
// can wait.
#include <readerwriterqueue/readerwritercircularbuffer.h>

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

template <class T, std::size_t Capacity>
class circular_buffer {
 public:
  bool try_push(const T& value) { return buffer_.try_enqueue(value); }
  bool try_pop(T& out) { return buffer_.try_dequeue(out); }
  void push(const T& value) { buffer_.wait_enqueue(value); }
  void pop(T& out) { buffer_.wait_dequeue(out); }

 private:
  moodycamel::BlockingReaderWriterCircularBuffer<T> buffer_{Capacity};
};

const enlisted<circular_buffer> buffer({.name = "moodycamel::BlockingReaderWriterCircularBuffer",
                                        .package = "libreaderwriterqueue-dev",
                                        .note = "two semaphores; both sides can sleep"});

}  // namespace
}  // namespace tidegate::bench
