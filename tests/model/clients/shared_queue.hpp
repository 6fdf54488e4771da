// shared_queue.hpp: every client of mpmc_queue, mpsc_queue and spmc_queue, by name.
//
// A side that has many threads has clients with two of them that wait. What one thread a side does is shown by the
// clients of spsc_queue, through calls without handles. attempts = 0: every call asks for help, and is often completed
// by others; 1: only who loses does.
#pragma once

#include <string>

#include "tests/model/clients/shared_queue/ends.hpp"
#include "tests/model/clients/shared_queue/runs.hpp"
#include "tests/model/clients/shared_queue/sleepers.hpp"
#include "tests/model/clients/shared_queue/stopped.hpp"
#include "tests/model/clients/shared_queue/support.hpp"
#include "tests/model/clients/shared_queue/wakers.hpp"
#include "tests/model/clients/spsc_queue.hpp"

namespace tidegate::model {

/// Two consumers wait.
template <class Engine, class Kind, class Visit>
void for_each_client_of_consumers(const std::string& kind, Visit& visit) {
  visit.template operator()<two_consumers_two_pushes<Engine, Kind, false>>(kind + ".two_consumers_two_pushes");
  visit.template operator()<two_consumers_two_pushes<Engine, Kind, true>>(kind + ".two_consumers_bulk_push");
  visit.template operator()<a_consumer_is_stopped<Engine, Kind, surrender::by_stop_after>>(kind +
                                                                                           ".consumer_stopped_late");
  visit.template operator()<a_consumer_is_stopped<Engine, Kind, surrender::by_stop_before>>(kind +
                                                                                            ".consumer_stopped_early");
  visit.template operator()<close_ends_the_pops<Engine, Kind, false>>(kind + ".close_ends_the_pops");
  visit.template operator()<close_ends_the_pops<Engine, Kind, true>>(kind + ".close_behind_an_element");
}

/// Two producers wait.
template <class Engine, class Kind, class Visit>
void for_each_client_of_producers(const std::string& kind, Visit& visit) {
  visit.template operator()<two_producers_two_pops<Engine, Kind, false>>(kind + ".two_producers_two_pops");
  visit.template operator()<two_producers_two_pops<Engine, Kind, true>>(kind + ".two_producers_bulk_pop");
  visit.template operator()<a_producer_is_stopped<Engine, Kind, surrender::by_stop_after>>(kind +
                                                                                           ".producer_stopped_late");
  visit.template operator()<close_ends_the_pushes<Engine, Kind>>(kind + ".close_ends_the_pushes");
}

/// Threads of both sides wait.
template <class Engine, class Kind, class Visit>
void for_each_client_of_both(const std::string& kind, Visit& visit) {
  visit.template operator()<all_of_them_wait<Engine, Kind>>(kind + ".all_of_them_wait");
  visit.template operator()<close_beside_a_pop<Engine, Kind>>(kind + ".close_beside_a_pop");
  visit.template operator()<close_wakes_both_places<Engine, Kind>>(kind + ".close_wakes_both_places");
}

/// Who is woken by which call.
template <class Engine, class Kind, class Visit>
void for_each_waker_of(const std::string& kind, Visit& visit) {
  visit.template operator()<arrival_wakes<Engine, Kind, arrival::tried>>(kind + ".try_push_wakes");
  visit.template operator()<arrival_wakes<Engine, Kind, arrival::waiting>>(kind + ".push_wakes");
  visit.template operator()<arrival_wakes<Engine, Kind, arrival::emplaced>>(kind + ".emplace_wakes");
  visit.template operator()<arrival_wakes<Engine, Kind, arrival::bulk>>(kind + ".bulk_push_wakes");
  visit.template operator()<arrival_wakes<Engine, Kind, arrival::offered>>(kind + ".offer_wakes");
  visit.template operator()<departure_wakes<Engine, Kind, departure::tried>>(kind + ".try_pop_wakes");
  visit.template operator()<departure_wakes<Engine, Kind, departure::bulk>>(kind + ".bulk_pop_wakes");
  visit.template operator()<departure_wakes<Engine, Kind, departure::thrown_at>>(kind + ".throw_wakes");
  visit.template operator()<departure_drains<Engine, Kind, departure::tried>>(kind + ".try_pop_drains");
  visit.template operator()<departure_drains<Engine, Kind, departure::bulk>>(kind + ".bulk_pop_drains");
  visit.template operator()<departure_drains<Engine, Kind, departure::thrown_at>>(kind + ".throw_drains");
}

/// Queues that evict.
template <class Engine, class Kind, class Visit>
void for_each_evicting_client(const std::string& kind, Visit& visit) {
  visit.template operator()<arrival_wakes<Engine, Kind, arrival::evicting>>(kind + ".eviction_wakes");
  visit.template operator()<departure_drains<Engine, Kind, departure::evicted>>(kind + ".eviction_drains");
  visit.template operator()<departure_drains<Engine, Kind, departure::evicted_with_a_throw>>(
      kind + ".throwing_eviction_drains");
  visit.template operator()<room_comes_beside_evictions<Engine, Kind>>(kind + ".room_comes_beside_evictions");
}

/// One thread a side, and no handles: what spsc_queue shows, too.
template <class Engine, class Kind, class Visit>
void for_each_handle_free_client(const std::string& kind, Visit& visit) {
  visit.template operator()<push_wakes<Engine, Kind, single_move::tried>>(kind + ".push_wakes_tried");
  visit.template operator()<pop_wakes<Engine, Kind, single_move::bulk>>(kind + ".pop_wakes_bulk");
  visit.template operator()<stop_ends_the_wait<Engine, Kind>>(kind + ".stop_ends_the_wait");
  visit.template operator()<nothing_comes<Engine, Kind>>(kind + ".nothing_comes");
  visit.template operator()<close_wakes_the_producer<Engine, Kind>>(kind + ".close_wakes_the_producer");
}

/// The same with deadlines: for those whose waits end in sleep.
template <class Engine, class Kind, class Visit>
void for_each_deadline_client(const std::string& kind, Visit& visit) {
  visit.template operator()<timeout_races_with_push<Engine, Kind>>(kind + ".timeout_races_with_push");
  visit.template operator()<timeout_races_with_pop<Engine, Kind>>(kind + ".timeout_races_with_pop");
  visit.template operator()<offer_waits<Engine, Kind>>(kind + ".offer_waits");
}

/// Two threads wait, and two call.
template <class Engine, class Kind, class Visit>
void for_each_client_of_four(const std::string& kind, Visit& visit) {
  visit.template operator()<two_sleep_two_call<Engine, Kind, true>>(kind + ".two_producers_two_calls");
  visit.template operator()<two_sleep_two_call<Engine, Kind, false>>(kind + ".two_consumers_two_calls");
}

/// A thread that takes part in sleep or wake is stopped for ever.
template <class Engine, class Kind, class Visit>
void for_each_stopped_sleeper(const std::string& kind, Visit& visit) {
  visit.template operator()<stopped_sleeper_of_two<Engine, Kind>>(kind + ".stopped_sleeper_of_two");
  visit.template operator()<stopped_producer_of_two<Engine, Kind>>(kind + ".stopped_producer_of_two");
}

/// A thread that others help is stopped for ever. Without surprises.
template <class Kind, class Visit>
void for_each_stopped_caller(const std::string& kind, Visit& visit) {
  visit.template operator()<stopped_pusher<noting_explorer, Kind>>(kind + ".stopped_pusher");
  visit.template operator()<stopped_popper<noting_explorer, Kind>>(kind + ".stopped_popper");
  visit.template operator()<stopped_evictor<noting_explorer, Kind, bystander::push>>(kind + ".stopped_evictor");
  visit.template operator()<stopped_evictor<noting_explorer, Kind, bystander::close>>(kind + ".stopped_before_close");
}

/// A bulk call is stopped. Without surprises; runs of one.
template <class Kind, class Visit>
void for_each_stopped_bulk_call(const std::string& kind, Visit& visit) {
  visit.template operator()<stopped_between_runs<noting_explorer, Kind, true>>(kind + ".stopped_bulk_push");
  visit.template operator()<stopped_between_runs<noting_explorer, Kind, false>>(kind + ".stopped_bulk_pop");
}

}  // namespace tidegate::model
