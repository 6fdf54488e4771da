// registry.hpp: every client of the explorer, with what is explored of it.
#pragma once

#include <vector>

#include "tests/model/explorer/client.hpp"
#include "tests/model/explorer/search.hpp"

namespace tidegate::model {

struct registered_client {
  client_type client;
  bounds limits;  // of the default search; exhausted
  bounds deep;    // of the deep one; where they are wider, the default run is brief
  [[nodiscard]] bool is_brief() const noexcept { return limits != deep; }
};

/// Each in a translation unit of its own, to compile beside each other.
void add_ring_clients(std::vector<registered_client>& all);
void add_history_clients(std::vector<registered_client>& all);
void add_exchange_clients(std::vector<registered_client>& all);
void add_exchange_details_clients(std::vector<registered_client>& all);
void add_exchange_kinds_clients(std::vector<registered_client>& all);
void add_exchange_many_clients(std::vector<registered_client>& all);
void add_exchange_one_clients(std::vector<registered_client>& all);
void add_exchange_stops_clients(std::vector<registered_client>& all);
void add_block_clients(std::vector<registered_client>& all);
void add_lanes_clients(std::vector<registered_client>& all);
void add_latest_clients(std::vector<registered_client>& all);
void add_conflating_clients(std::vector<registered_client>& all);
void add_byte_clients(std::vector<registered_client>& all);
void add_byte_queue_clients(std::vector<registered_client>& all);
void add_broadcast_clients(std::vector<registered_client>& all);
void add_broadcast_many_clients(std::vector<registered_client>& all);
void add_broadcast_queue_clients(std::vector<registered_client>& all);
void add_credits_clients(std::vector<registered_client>& all);
void add_event_count_clients(std::vector<registered_client>& all);
void add_overflow_clients(std::vector<registered_client>& all);
void add_queue_clients(std::vector<registered_client>& all);
void add_rates_clients(std::vector<registered_client>& all);
void add_rendezvous_clients(std::vector<registered_client>& all);
void add_reserving_clients(std::vector<registered_client>& all);
void add_shared_queue_clients(std::vector<registered_client>& all);
void add_shared_kinds_clients(std::vector<registered_client>& all);
void add_shared_runs_clients(std::vector<registered_client>& all);
void add_sink_driver_clients(std::vector<registered_client>& all);
void add_ticketed_clients(std::vector<registered_client>& all);
void add_wait_any_clients(std::vector<registered_client>& all);
void add_watermark_clients(std::vector<registered_client>& all);

[[nodiscard]] inline std::vector<registered_client> all_clients() {
  std::vector<registered_client> all;
  add_ring_clients(all);
  add_history_clients(all);
  add_exchange_clients(all);
  add_exchange_details_clients(all);
  add_exchange_kinds_clients(all);
  add_exchange_many_clients(all);
  add_exchange_one_clients(all);
  add_exchange_stops_clients(all);
  add_block_clients(all);
  add_lanes_clients(all);
  add_latest_clients(all);
  add_conflating_clients(all);
  add_byte_clients(all);
  add_byte_queue_clients(all);
  add_broadcast_clients(all);
  add_broadcast_many_clients(all);
  add_broadcast_queue_clients(all);
  add_credits_clients(all);
  add_event_count_clients(all);
  add_overflow_clients(all);
  add_queue_clients(all);
  add_rates_clients(all);
  add_rendezvous_clients(all);
  add_reserving_clients(all);
  add_shared_queue_clients(all);
  add_shared_kinds_clients(all);
  add_shared_runs_clients(all);
  add_sink_driver_clients(all);
  add_ticketed_clients(all);
  add_wait_any_clients(all);
  add_watermark_clients(all);
  return all;
}

/// Adds whatever a list of clients visits.
struct adding_clients {
  std::vector<registered_client>& all;
  bounds limits;
  bounds deep = limits;

  template <class Client>
  void operator()(std::string name) const {
    all.push_back({client_of<Client>(std::move(name)), limits, deep});
  }
};

}  // namespace tidegate::model
