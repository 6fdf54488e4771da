// help.hpp: clients that must come through every branch of the helping layer.
#pragma once

#include <array>

#include "tests/model/clients/exchange_ring/histories.hpp"
#include "tests/model/clients/exchange_ring/watched.hpp"

namespace tidegate::model {

inline constexpr std::array branches_of_pushes{"withdrawal", "withdrawal too late", "owner completes its own entry",
                                               "help for another", "void offer"};
inline constexpr std::array branches_of_evictions{"helped evict", "owner completes its own entry",
                                                  "consumer settles an evict offer", "evictor serves a consumer"};
inline constexpr std::array branches_of_one_eviction{"evictor serves a consumer"};

template <class Visit>
void for_each_help_client(Visit visit) {
  using kind = exchange_kind<side_count::many_to_many, helped(0), counted, watched_threads>;
  visit.template operator()<plays_a_fifo_through<explorer, kind, 1, script{{"p", "pp", "o"}, 3}, branches_of_pushes>>(
      "help.pushes");
  visit.template operator()<plays_a_fifo_through<explorer, kind, 1, script{{"o", "o", "p"}, 3}, branches_of_pushes>>(
      "help.pops");
  visit.template
  operator()<plays_a_fifo_through<explorer, kind, 1, script{{"e", "e", "o"}, 3, 1}, branches_of_evictions>>(
      "help.evictions");
  visit
      .template operator()<plays_a_fifo_through<explorer, kind, 1, script{{"e", "o"}, 2, 1}, branches_of_one_eviction>>(
          "help.evictor_and_consumer");
}

}  // namespace tidegate::model
