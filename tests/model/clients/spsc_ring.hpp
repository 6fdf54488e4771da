// spsc_ring.hpp: every client of spsc_ring, by name, for every engine.
#pragma once

#include <string>
#include <string_view>

#include "tests/model/clients/spsc_ring/bulk.hpp"
#include "tests/model/clients/spsc_ring/claims.hpp"
#include "tests/model/clients/spsc_ring/close.hpp"
#include "tests/model/clients/spsc_ring/exact.hpp"
#include "tests/model/clients/spsc_ring/hand_over.hpp"
#include "tests/model/clients/spsc_ring/hints.hpp"
#include "tests/model/clients/spsc_ring/joint.hpp"
#include "tests/model/clients/spsc_ring/support.hpp"

namespace tidegate::model {

/// Calls `visit.operator()<Client>(name)` for every client of one kind of ring.
template <class Engine, class Kind, class Visit>
void for_each_spsc_ring_client_of(std::string_view kind, Visit& visit) {
  const auto name = [kind](std::string_view client) { return std::string(kind) + '.' + std::string(client); };
  visit.template operator()<hands_over<Engine, Kind>>(name("hands_over"));
  visit.template operator()<hands_back<Engine, Kind>>(name("hands_back"));
  visit.template operator()<goes_round<Engine, Kind, 1>>(name("goes_round_1"));
  visit.template operator()<goes_round<Engine, Kind, 2>>(name("goes_round_2"));
  visit.template operator()<goes_round<Engine, Kind, 3>>(name("goes_round_3"));
  visit.template operator()<leaves_the_rest<Engine, Kind>>(name("leaves_the_rest"));
  visit.template operator()<full_is_true<Engine, Kind, 1>>(name("full_is_true_1"));
  visit.template operator()<full_is_true<Engine, Kind, 3>>(name("full_is_true_3"));
  visit.template operator()<empty_is_true<Engine, Kind, 1>>(name("empty_is_true_1"));
  visit.template operator()<empty_is_true<Engine, Kind, 3>>(name("empty_is_true_3"));
  visit.template operator()<never_overfull<Engine, Kind, 1>>(name("never_overfull_1"));
  visit.template operator()<never_overfull<Engine, Kind, 3>>(name("never_overfull_3"));
  visit.template operator()<moves_many<Engine, Kind>>(name("moves_many"));
  visit.template operator()<mixes_one_and_many<Engine, Kind>>(name("mixes_one_and_many"));
  visit.template operator()<gets_all_the_room<Engine, Kind>>(name("gets_all_the_room"));
  visit.template operator()<gets_all_that_is_there<Engine, Kind>>(name("gets_all_that_is_there"));
  visit.template operator()<fills_all_round<Engine, Kind, 2>>(name("fills_all_round_2"));
  visit.template operator()<fills_all_round<Engine, Kind, 4>>(name("fills_all_round_4"));
  visit.template operator()<publishes_part_of_a_claim<Engine, Kind>>(name("publishes_part_of_a_claim"));
  visit.template operator()<releases_part_of_a_peek<Engine, Kind>>(name("releases_part_of_a_peek"));
  visit.template operator()<peeks_without_a_gap<Engine, Kind>>(name("peeks_without_a_gap"));
  visit.template operator()<works_in_place<Engine, Kind>>(name("works_in_place"));
  visit.template operator()<drains_after_close<Engine, Kind>>(name("drains_after_close"));
  visit.template operator()<closed_from_outside<Engine, Kind>>(name("closed_from_outside"));
  visit.template operator()<close_tells<Engine, Kind>>(name("close_tells"));
  visit.template operator()<joint_failures_have_an_order<Engine, Kind>>(name("joint_failures_have_an_order"));
  visit.template operator()<independent_failures_have_none<Engine, Kind>>(name("independent_failures_have_none"));
  visit.template operator()<depth_is_within_capacity<Engine, Kind>>(name("depth_is_within_capacity"));
  visit.template operator()<depth_is_possible<Engine, Kind>>(name("depth_is_possible"));
  visit.template operator()<pushed_before_popped<Engine, Kind>>(name("pushed_before_popped"));
  visit.template operator()<popped_is_done<Engine, Kind>>(name("popped_is_done"));
}

/// The same for every kind of ring.
template <class Engine, class Visit>
void for_each_spsc_ring_client(Visit visit) {
  for_each_spsc_ring_client_of<Engine, indexed>("spsc_indexed", visit);
  for_each_spsc_ring_client_of<Engine, packed>("spsc_packed", visit);
  visit.template operator()<hands_over<Engine, indexed_plain>>("spsc_indexed_plain.hands_over");
  visit.template operator()<moves_many<Engine, indexed_plain>>("spsc_indexed_plain.moves_many");
  visit.template operator()<hands_over<Engine, packed_by_default>>("spsc_packed_by_default.hands_over");
  visit.template operator()<goes_round<Engine, packed_by_default, 2>>("spsc_packed_by_default.goes_round_2");
}

}  // namespace tidegate::model
