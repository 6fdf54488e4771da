// choice_of_forms.hpp: which kinds of queues the contract programs are about in this build: every kind.
#pragma once

namespace tidegate::test {

inline constexpr bool every_form = true;

}  // namespace tidegate::test
