// byte_ring.hpp: every client of the byte rings, by name, for every engine.
#pragma once

#include <string>
#include <string_view>

#include "tests/model/clients/byte_ring/close.hpp"
#include "tests/model/clients/byte_ring/many.hpp"
#include "tests/model/clients/byte_ring/support.hpp"
#include "tests/model/clients/byte_ring/traffic.hpp"

namespace tidegate::model {

/// Calls `visit.operator()<Client>(name)` for every client of one kind of ring.
template <class Engine, class Kind, class Visit>
void for_each_byte_ring_client_of(std::string_view kind, Visit& visit) {
  const auto name = [kind](std::string_view client) { return std::string(kind) + '.' + std::string(client); };
  visit.template operator()<records_go_round<Engine, Kind, 5, 8, 0, 16>>(name("records_go_round_5"));
  visit.template operator()<records_go_round<Engine, Kind, 6, 16, 3>>(name("records_go_round_6"));
  visit.template operator()<records_go_round<Engine, Kind, 4, 8>>(name("records_go_round_4"));
  visit.template operator()<failures_are_true<Engine, Kind, 4, 8>>(name("failures_are_true_4"));
  visit.template operator()<failures_are_true<Engine, Kind, 5, 16>>(name("failures_are_true_5"));
  visit.template operator()<failures_are_true<Engine, Kind, 3, 0>>(name("failures_are_true_3"));
  visit.template operator()<claims_come_to_something<Engine, Kind>>(name("claims_come_to_something"));
  visit.template operator()<consumes_as_it_likes<Engine, Kind>>(name("consumes_as_it_likes"));
  visit.template operator()<closes_behind_its_records<Engine, Kind>>(name("closes_behind_its_records"));
  visit.template operator()<closed_from_beside<Engine, Kind>>(name("closed_from_beside"));
  visit.template operator()<byte_close_tells<Engine, Kind>>(name("close_tells"));
  visit.template operator()<byte_depth_is_possible<Engine, Kind>>(name("depth_is_possible"));
}

template <class Engine, class Visit>
void for_each_byte_ring_client(Visit visit) {
  for_each_byte_ring_client_of<Engine, one_producer>("byte_ring", visit);
  for_each_byte_ring_client_of<Engine, many_producers>("mpsc_byte_ring", visit);
  visit.template operator()<two_producers<Engine, 4, 8, 8, 2>>("mpsc_byte_ring.two_producers");
  visit.template operator()<two_producers<Engine, 5, 16, 3, 2>>("mpsc_byte_ring.two_producers_round");
  visit.template operator()<full_beside_rivals<Engine>>("mpsc_byte_ring.full_beside_rivals");
  visit.template operator()<never_full_behind_a_rival<Engine>>("mpsc_byte_ring.never_full_behind_a_rival");
  visit.template operator()<room_by_way_of_another<Engine>>("mpsc_byte_ring.room_by_way_of_another");
  visit.template operator()<claimant_ends<Engine>>("mpsc_byte_ring.claimant_ends");
  visit.template operator()<finished_too_late<Engine>>("mpsc_byte_ring.finished_too_late");
}

}  // namespace tidegate::model
