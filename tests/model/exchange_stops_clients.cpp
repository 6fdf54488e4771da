// The clients of exchange rings in which a thread is stopped while the laps wrap.
#include "tests/model/clients/exchange_ring/long_stops.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_exchange_stops_clients(std::vector<registered_client>& all) {
  using enum side_count;
  const adding_clients brief{all, {1, 0, 0}, {1, 1, 0}};
  for_each_long_stop<explorer, exchange_kind<many_to_many, helped(0)>>("stops_mpmc_0", brief);
  for_each_long_stop<explorer, exchange_kind<many_to_many, helped(1)>>("stops_mpmc_1", brief);
  for_each_long_stop<explorer, exchange_kind<many_to_many, unhelped()>>("stops_mpmc_lock_free", brief);
  for_each_long_stop<explorer, exchange_kind<many_to_one, helped(0)>>("stops_mpsc_0", brief);
  for_each_long_stop<explorer, exchange_kind<many_to_one, evicting(helped(1))>>("stops_mpsc_evicts_1", brief);
  for_each_long_stop<explorer, exchange_kind<one_to_many, helped(0)>>("stops_spmc_0", brief);
}

}  // namespace tidegate::model
