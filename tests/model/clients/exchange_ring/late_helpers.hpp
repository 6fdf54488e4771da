// late_helpers.hpp: threads of the helping layer stop where it is worst, for as long as it takes.
#pragma once

#include <array>

#include "tests/model/clients/exchange_ring/directed.hpp"

namespace tidegate::model {

/// T0 asks in front of room, which T1 takes; T2 makes room at the place that is T0's turn; T1 offers it to T0, who has
/// just withdrawn with `full`, and stops: the offer is void, and stays. Somebody closes there.
inline constexpr std::array closes_over_a_void_offer{
    stop{1, "look", 1, 0, "ask", 1},        stop{0, "look", 2, 1, "call_for_help", 1},
    stop{2, "look", 1, 0, "withdraw", 1},   stop{1, "call_for_help", 1, 2, "close", 1},
    stop{0, "withdraw", 1, 1, "settle", 6}, stop{1, "settle", 6, 2, "", never},
    stop{2, "close", 1, 0, "", never},
};

/// The same, and T0 has asked again when T2 meets the void offer.
inline constexpr std::array asks_again_behind_a_void_offer{
    stop{1, "look", 1, 0, "ask", 1},
    stop{0, "look", 2, 1, "call_for_help", 1},
    stop{2, "look", 1, 0, "withdraw", 1},
    stop{1, "call_for_help", 1, 2, "close", 1},
    stop{0, "withdraw", 1, 1, "settle", 6},
    stop{1, "settle", 6, 2, "", never},
    stop{2, "close", 1, 0, "look", 5},
    stop{0, "look", 5, 2, "settle", 10},
    stop{2, "settle", 10, 0, "", never, false},
};

/// T1 meets an offer to T0 and stops; it goes on when T0 has asked four times more, and its numbers look the same.
inline constexpr std::array four_requests_later{
    stop{1, "look", 1, 0, "settle", 1},
    stop{0, "settle", 1, 1, "settle", 1},
    stop{1, "settle", 1, 0, "ask", 27},
    stop{0, "ask", 27, 1, "look", 2},
};

/// T1 makes T0's push real and stops; T0 completes it itself, and is told `full`; then T2 pops twice.
inline constexpr std::array completed_by_its_owner{
    stop{1, "look", 1, 0, "look", 3},
    stop{0, "look", 3, 1, "settle", 5},
    stop{1, "settle", 5, 2, "", never},
    stop{2, "look", 1, 0, "", never},
};

/// The same, but T1 completes it between T0's look and its compare-exchange.
inline constexpr std::array completed_before_its_owner{
    stop{1, "look", 1, 0, "look", 3},           stop{0, "look", 3, 1, "settle", 5},
    stop{1, "settle", 5, 0, "receive_help", 1}, stop{0, "receive_help", 1, 1, "look", 4},
    stop{1, "look", 4, 2, "", never},           stop{2, "look", 1, 0, "", never},
};

/// A late element is published behind the last look of T2, which is told `closed`; T1 has seen the element, but not
/// heard of the end, and looks whom it could serve when T2 pops again.
inline constexpr std::array helper_that_has_not_heard{
    stop{2, "close", 1, 0, "run_alone", 1}, stop{0, "run_alone", 1, 2, "judge_end", 1},
    stop{1, "look", 1, 0, "", never},       stop{2, "judge_end", 1, 1, "serve", 1},
    stop{1, "serve", 1, 2, "ask", 6},       stop{2, "ask", 6, 1, "", never, false},
};

/// T2 has asked in front of room, which T1 has taken; T0 evicts at the place that is T2's turn. T2 must not evict.
inline constexpr std::array evicts_beside_a_push{
    stop{1, "look", 1, 2, "ask", 1},
    stop{2, "ask", 1, 1, "", never},
    stop{0, "look", 1, 2, "look", 2},
    stop{2, "look", 2, 0, "", never},
};

template <class Engine, class Visit>
void for_each_late_helper(Visit visit) {
  using many = exchange_kind<side_count::many_to_many, helped(0), counted, directed_threads>;
  using from_one = exchange_kind<side_count::one_to_many, helped(0), counted, directed_threads>;
  visit.template operator()<plays_directed<Engine, many, 1, script{{"p", "pp", "oc"}, 3}, closes_over_a_void_offer>>(
      "late_helper.closes_over_a_void_offer");
  visit.template
  operator()<plays_directed<Engine, many, 1, script{{"ppo", "pp", "oc"}, 3}, asks_again_behind_a_void_offer>>(
      "late_helper.asks_again_behind_a_void_offer");
  visit.template operator()<plays_directed<Engine, many, 1, script{{"popopopop", "p"}, 2}, four_requests_later>>(
      "late_helper.four_requests_later");
  visit.template operator()<plays_directed<Engine, many, 2, script{{"pp", "p", "oo"}, 3, 1}, completed_by_its_owner>>(
      "late_helper.completed_by_its_owner");
  visit.template
  operator()<plays_directed<Engine, many, 2, script{{"pp", "p", "oo"}, 3, 1}, completed_before_its_owner>>(
      "late_helper.completed_before_its_owner");
  visit.template
  operator()<plays_directed<Engine, from_one, 2, script{{"p", "o", "coo"}, 3}, helper_that_has_not_heard>>(
      "late_helper.helper_that_has_not_heard");
  visit.template operator()<plays_directed<Engine, many, 1, script{{"e", "p", "p"}, 3}, evicts_beside_a_push>>(
      "late_helper.evicts_beside_a_push");
}

}  // namespace tidegate::model
