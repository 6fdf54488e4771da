// expect: constraint
// expect: is_nothrow_move_constructible
#include "tidegate/ring/latest.hpp"

struct value {
  value() = default;
#ifdef EXPECT_OK
  value(value&&) noexcept {}
#else
  value(value&&) {}
#endif
};

void use(tidegate::latest<value>& place) { place.close(); }
