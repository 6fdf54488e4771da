// choice_of_forms.hpp: which kinds of queues the contract programs are about in this build: for each way in
// which calls are implemented one, and the extremes of the others.
#pragma once

namespace tidegate::test {

/// `Every` kind, or the `Few`.
template <class Few, class Every>
using forms = Few;

}  // namespace tidegate::test
