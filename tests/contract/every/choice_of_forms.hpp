// choice_of_forms.hpp: which kinds of queues the contract programs are about in this build: every kind.
#pragma once

namespace tidegate::test {

/// `Every` kind, or the `Few`.
template <class Few, class Every>
using forms = Every;

}  // namespace tidegate::test
