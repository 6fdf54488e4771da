#include "tests/observe/cost/pairs.hpp"

namespace tidegate::test {

bool script_spsc_alone(one_sided& queue) { return pairs(queue); }
bool script_mpmc_alone(many_sided& queue) { return pairs(queue); }

}  // namespace tidegate::test
