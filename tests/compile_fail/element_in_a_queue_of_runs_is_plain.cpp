// expect: plain_element
#include "tidegate/queue/mpmc_queue.hpp"

struct element {
  short value;
#ifndef EXPECT_OK
  ~element() {}
#endif
};

using queue_type = tidegate::mpmc_queue<element, tidegate::queue_options{.many = tidegate::ring_choice::block}>;
void use(queue_type& queue) { static_cast<void>(queue.try_push(element{1})); }
