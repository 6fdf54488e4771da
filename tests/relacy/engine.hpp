// engine.hpp: runs a client of tests/model/clients under Relacy: random schedules, and all with few preemptions.
//
// A client is a class template on an engine. Relacy's context is a template too and slow to compile: it is instantiated
// once per number of threads, and the client behind it is an interface.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <ostream>
#include <string>

#include "tests/relacy/relacy_sync.hpp"

namespace tidegate::model {

/// The names of the branches that were reached. No allocation: Relacy would take it for a leak.
class probe_log {
 public:
  void clear() noexcept { count_ = 0; }
  void add(const char* what) noexcept {
    if (!has(what) && count_ < capacity) names_[count_++] = what;
  }
  [[nodiscard]] bool has(const char* what) const noexcept {
    for (unsigned i = 0; i < count_; ++i) {
      if (names_[i] == what || std::strcmp(names_[i], what) == 0) return true;
    }
    return false;
  }

 private:
  static constexpr unsigned capacity = 16;
  const char* names_[capacity] = {};
  unsigned count_ = 0;
};

struct relacy_engine {
  using sync = relacy_sync;
  template <class T>
  using variable = relacy_variable<T>;
  static inline probe_log probes;

  static void check(bool holds, const char* what) noexcept {
    if (!holds) fail_execution(what, rl::test_result_user_assert_failed);
  }
  static void reached(const char* what) noexcept { probes.add(what); }
  static void pause() noexcept { sync::pause(); }
  [[nodiscard]] static unsigned choose(unsigned count) noexcept { return rl::rand(count); }
};

/// How far to look.
struct effort {
  std::uint64_t schedules = 20'000;  // random ones
  unsigned preemptions = 3;          // then all with at most so many; 0: none of this kind
  std::ostream* trace = nullptr;     // where a failing execution is told step by step
};

struct verdict {
  std::string reason;           // why it failed; empty: it holds
  std::uint64_t schedules = 0;  // that were run

  [[nodiscard]] bool holds() const noexcept { return reason.empty(); }
};

namespace detail {

struct any_client {
  any_client() = default;
  any_client(const any_client&) = delete;
  any_client& operator=(const any_client&) = delete;
  virtual ~any_client() = default;
  virtual void before() = 0;
  virtual void thread(unsigned index) = 0;
  virtual void after() = 0;
};

template <class Client>
struct boxed final : any_client {
  void before() override { client.before(); }
  void thread(unsigned index) override { client.thread(index); }
  void after() override { client.after(); }
  Client client;
};

using client_maker = std::unique_ptr<any_client> (*)();

template <class Client>
[[nodiscard]] std::unique_ptr<any_client> make_client() {
  return std::make_unique<boxed<Client>>();
}

/// What Relacy runs. It constructs one for each execution.
template <int Threads>
struct suite : rl::test_suite<suite<Threads>, Threads> {
  static inline client_maker make = nullptr;
  void before() { client->before(); }
  void thread(unsigned index) { client->thread(index); }
  void after() { client->after(); }
  std::unique_ptr<any_client> client = make();
};

/// Runs one kind of search; on failure once more from the schedule that failed, when its steps are asked for.
template <int Threads, class Scheduler>
[[nodiscard]] verdict run(rl::test_params& params, std::ostream* trace) {
  std::ostream nowhere(nullptr);
  params.output_stream = params.progress_stream = &nowhere;
  relacy_reason = "";
  rl::ostringstream schedule;
  const rl::test_result_e result = rl::run_test<suite<Threads>, Scheduler>(params, schedule, false);
  verdict found;
  found.schedules = params.stop_iteration;
  if (result == rl::test_result_success) return found;
  found.reason = *relacy_reason != '\0' ? relacy_reason : rl::test_result_str(result);
  if (trace != nullptr) {
    params.initial_state = schedule.str();
    params.collect_history = true;
    params.output_stream = trace;
    static_cast<void>(rl::run_test<suite<Threads>, Scheduler>(params, schedule, true));
  }
  return found;
}

template <int Threads>
[[nodiscard]] verdict explore(client_maker make, const effort& how) {
  suite<Threads>::make = make;
  rl::test_params random;
  random.search_type = rl::random_scheduler_type;
  random.iteration_count = how.schedules;
  verdict found = run<Threads, rl::random_scheduler<Threads>>(random, how.trace);
  if (!found.holds() || how.preemptions == 0) return found;
  rl::test_params bounded;
  bounded.search_type = rl::fair_context_bound_scheduler_type;
  bounded.context_bound = how.preemptions;
  verdict second = run<Threads, rl::context_bound_scheduler<Threads>>(bounded, how.trace);
  second.schedules += found.schedules;
  return second;
}

}  // namespace detail

/// Runs a client. It also fails when a branch that it declares in `probes` was never reached.
template <class Client>
[[nodiscard]] verdict explore(const effort& how) {
  relacy_engine::probes.clear();
  verdict found = detail::explore<static_cast<int>(Client::threads)>(&detail::make_client<Client>, how);
  if constexpr (requires { Client::probes; }) {
    for (const char* const probe : Client::probes) {
      if (found.holds() && !relacy_engine::probes.has(probe)) found.reason = std::string("never reached: ") + probe;
    }
  }
  return found;
}

}  // namespace tidegate::model
