// bell_self_test.hpp: tries a kind of doorbell out on a ring of its own, before anybody relies on it.
//
// For the futex it also makes sure of what the kernel gets wrong: since Linux 6.16 a PRIVATE wait that an operation
// armed while the process had one thread is not found by the wakes of threads that come later, because the process
// then gets a table of its own. A second thread that has lived once is enough, so that the test starts one first.
#pragma once

#include <string>

#include "tidegate/io/sink_group.hpp"

namespace tidegate::detail {

/// "" when this kind works here and now, else what did not.
[[nodiscard]] std::string objection_to(doorbell_kind kind, uring_features without);

}  // namespace tidegate::detail
