// expect: cannot bind|no matching|expects an rvalue
#include <utility>

#include "tidegate/queue/rendezvous.hpp"

tidegate::push_status use(tidegate::rendezvous<int>& place, int& value) {
#ifdef EXPECT_OK
  return place.try_push(std::move(value));
#else
  return place.try_push(value);
#endif
}
