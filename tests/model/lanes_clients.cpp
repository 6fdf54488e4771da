// The clients of lane_queue and fair_queue under the explorer.
#include "tests/model/clients/lanes/histories.hpp"
#include "tests/model/clients/lanes/schedule.hpp"
#include "tests/model/clients/lanes/waiting.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {
namespace {

using many = two_lanes_kind<helped(1)>;
using many_jointly = two_lanes_kind<jointly(helped(1))>;
using one = two_lanes_kind<helped(1), lane_producers::one>;
using one_jointly = two_lanes_kind<jointly(helped(1)), lane_producers::one>;

}  // namespace

void add_lanes_clients(std::vector<registered_client>& all) {
  adding_clients each{all, {2, 1, 1}};
  for_each_schedule_client<explorer>(each);
  for_each_short_lanes_history<explorer, many>("lanes", each);
  for_each_long_lanes_history<explorer, many>("lanes", each);
  for_each_waiting_lanes_client<explorer, many>("lanes", each);
  each.operator()<stopped_in_another_lane<noting_explorer, many>>("lanes.stopped_in_another_lane");
  for_each_short_lanes_history<explorer, many_jointly>("lanes_joint", each);
  for_each_long_lanes_history<explorer, many_jointly>("lanes_joint", each);
  for_each_short_lanes_history<explorer, one>("lanes_of_one", each);
  for_each_waiting_lanes_client<explorer, one>("lanes_of_one", each);
  for_each_short_lanes_history<explorer, one_jointly>("lanes_of_one_joint", each);
  each.operator()<room_in_the_hand<explorer, false>>("fair.room_in_the_hand");
  each.operator()<room_in_the_hand<explorer, true>>("fair.the_hand_is_closed");
  adding_clients large{all, {1, 1, 1}, {2, 1, 1}};
  large.operator()<two_producers_wait<explorer, many>>("lanes.producers_wait");
  large.operator()<two_with_one_hand<explorer>>("fair.two_with_one_hand");
}

}  // namespace tidegate::model
