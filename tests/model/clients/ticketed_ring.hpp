// ticketed_ring.hpp: every client of ticketed_ring, by name, for every engine.
#pragma once

#include <string>

#include "tests/model/clients/spsc_ring/bulk.hpp"
#include "tests/model/clients/spsc_ring/hand_over.hpp"
#include "tests/model/clients/spsc_ring/hints.hpp"
#include "tests/model/clients/ticketed_ring/bulk.hpp"
#include "tests/model/clients/ticketed_ring/close.hpp"
#include "tests/model/clients/ticketed_ring/support.hpp"
#include "tests/model/clients/ticketed_ring/traffic.hpp"

namespace tidegate::model {

/// Calls `visit.operator()<Client>(name)` for every client. The first ones are those of spsc_ring: with one thread on
/// each side the same holds.
template <class Engine, class Visit>
void for_each_ticketed_ring_client(Visit visit) {
  visit.template operator()<goes_round<Engine, ticketed, 1>>("ticketed.goes_round_1");
  visit.template operator()<goes_round<Engine, ticketed, 2>>("ticketed.goes_round_2");
  visit.template operator()<goes_round<Engine, ticketed, 3>>("ticketed.goes_round_3");
  visit.template operator()<leaves_the_rest<Engine, ticketed>>("ticketed.leaves_the_rest");
  visit.template operator()<moves_many<Engine, ticketed>>("ticketed.moves_many");
  visit.template operator()<mixes_one_and_many<Engine, ticketed>>("ticketed.mixes_one_and_many");
  visit.template operator()<fills_all_round<Engine, ticketed, 3>>("ticketed.fills_all_round_3");
  visit.template operator()<hands_over_and_back<Engine>>("ticketed.hands_over_and_back");
  visit.template operator()<consumes_in_place<Engine>>("ticketed.consumes_in_place");
  visit.template operator()<builds_outside_when_there_is_room<Engine>>("ticketed.builds_outside_when_there_is_room");
  visit.template operator()<room_for_all<Engine, 4>>("ticketed.room_for_all_4");
  visit.template operator()<room_for_all<Engine, 5>>("ticketed.room_for_all_5");
  visit.template operator()<element_for_all<Engine, 4>>("ticketed.element_for_all_4");
  visit.template operator()<element_for_all<Engine, 5>>("ticketed.element_for_all_5");
  visit.template operator()<all_come_out_once<Engine, 2, 1, 2, 3>>("ticketed.from_two_to_one");
  visit.template operator()<all_come_out_once<Engine, 1, 2, 2, 3>>("ticketed.from_one_to_two");
  visit.template operator()<all_come_out_once<Engine, 2, 2, 1, 2>>("ticketed.from_two_to_two");
  visit.template operator()<cells_are_used_again<Engine, 2, 1, 1>>("ticketed.used_again_2_1_1");
  visit.template operator()<cells_are_used_again<Engine, 2, 1, 3>>("ticketed.used_again_2_1_3");
  visit.template operator()<cells_are_used_again<Engine, 1, 2, 2>>("ticketed.used_again_1_2_2");
  visit.template operator()<runs_stay_together<Engine, 4>>("ticketed.runs_stay_together");
  visit.template operator()<runs_go_round<Engine, 2>>("ticketed.runs_go_round_2");
  visit.template operator()<runs_go_round<Engine, 3>>("ticketed.runs_go_round_3");
  visit.template operator()<runs_take_what_is_known<Engine>>("ticketed.runs_take_what_is_known");
  visit.template operator()<closed_by_a_third_thread<Engine, false>>("ticketed.closed_by_a_third_thread");
  visit.template operator()<closed_by_a_third_thread<Engine, true>>("ticketed.closed_by_a_third_thread_in_bulk");
  visit.template operator()<close_between_claims<Engine>>("ticketed.close_between_claims");
  visit.template operator()<close_is_told<Engine>>("ticketed.close_is_told");
  visit.template operator()<depth_is_within_capacity<Engine, ticketed>>("ticketed.depth_is_within_capacity");
  visit.template operator()<depth_is_possible_here<Engine>>("ticketed.depth_is_possible");
  visit.template operator()<ticketed_looks<Engine>>("ticketed.looks");
}

}  // namespace tidegate::model
