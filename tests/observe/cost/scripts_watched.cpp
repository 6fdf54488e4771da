#include "tests/observe/cost/pairs.hpp"

namespace tidegate::test {

bool script_spsc_watched(one_sided& queue) { return pairs(queue); }
bool script_mpmc_watched(many_sided& queue) { return pairs(queue); }

}  // namespace tidegate::test
