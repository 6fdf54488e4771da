// The try calls of ticketed_ring<std::uint64_t>, each as a function of its own, for check.py.
#include "tidegate/ring/ticketed_ring.hpp"

#include <cstddef>
#include <cstdint>

using namespace tidegate;

namespace {

using padded = ticketed_ring<std::uint64_t>;
using dense = ticketed_ring<std::uint64_t, ticketed_options{.cells = cell_spacing::dense}>;

}  // namespace

extern "C" {

push_status single_padded_push(padded& ring, std::uint64_t value) { return ring.try_push(value); }
pop_status single_padded_pop(padded& ring, std::uint64_t& value) { return ring.try_pop(value); }
push_status single_dense_push(dense& ring, std::uint64_t value) { return ring.try_push(value); }
pop_status single_dense_pop(dense& ring, std::uint64_t& value) { return ring.try_pop(value); }

bool lean_closed(padded& ring) { return ring.closed(); }
std::size_t lean_depth_hint(padded& ring) { return ring.depth_hint(); }

// Closing changes the word that pushes exchange: the control.
void costly_close(padded& ring) { ring.close(); }

}  // extern "C"
