// expect: (deleted|call to implicitly-deleted).*broadcast_reader
#include <utility>

#include "tidegate/ring/broadcast_ring.hpp"

using handle = tidegate::broadcast_ring<int>::reader;

void use(handle& reader) {
#ifdef EXPECT_OK
  handle other = std::move(reader);
#else
  handle other = reader;
#endif
  int out = 0;
  static_cast<void>(other.try_pop(out));
}
