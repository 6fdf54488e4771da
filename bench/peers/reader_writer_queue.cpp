// moodycamel::ReaderWriterQueue and its blocking form. Both grow when asked to; try_enqueue keeps them bounded (by at
// least the capacity asked for), and it is what their documentation names for that.
#include <readerwriterqueue/readerwriterqueue.h>

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

template <class T, std::size_t Capacity>
class reader_writer_queue {
 public:
  bool try_push(const T& value) { return queue_.try_enqueue(value); }
  bool try_pop(T& out) { return queue_.try_dequeue(out); }

 private:
  moodycamel::ReaderWriterQueue<T> queue_{Capacity};
};

/// The producer cannot sleep: when full it retries with a pause.
template <class T, std::size_t Capacity>
class blocking_reader_writer_queue {
 public:
  void push(const T& value) {
    while (!queue_.try_enqueue(value)) one_pause::failed();
  }
  void pop(T& out) { queue_.wait_dequeue(out); }

 private:
  moodycamel::BlockingReaderWriterQueue<T> queue_{Capacity};
};

const enlisted<reader_writer_queue> plain({.name = "moodycamel::ReaderWriterQueue",
                                           .package = "libreaderwriterqueue-dev",
                                           .note = "try_enqueue; capacity is a minimum"});
const enlisted<blocking_reader_writer_queue> sleeping({.name = "moodycamel::BlockingReaderWriterQueue",
                                                       .package = "libreaderwriterqueue-dev",
                                                       .note = "producer retries with 1 pause when full"});

}  // namespace
}  // namespace tidegate::bench
