// tidegate_model: explores the clients.
//
//   tidegate_model --list                        the names of all clients
//   tidegate_model NAME...                       explores those called, or whose name begins with, one of NAMEs
//   tidegate_model --deep NAME...                the same with wider bounds and more random executions
//   tidegate_model --brief NAME...               the same, but no search goes on for more than seconds: not exhausted
//   tidegate_model --gate [NAME...]              the first failure ends it: for the mutation gate
//   tidegate_model --steps N [NAME...]           looks for the largest number of steps of a call: N executions of each
//                                                client with many changes of priority, and as many at random
//   tidegate_model --replay NAME TAPE            one execution with its trace
//
// Exit code: 0 nothing was found, 1 a client failed, 2 bad usage.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "tests/model/explorer/explore.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {
namespace {

/// How much is explored of each client.
struct plan {
  std::uint64_t small = 2'000;  // executions: a client with fewer is explored with wide bounds, too
  bounds wide{3, 2, 1};
  std::uint64_t most = 20'000'000;         // executions of one search
  std::uint64_t random = 5'000;            // executions each of random and pct
  bool is_deep = false;                    // large clients meet surprises, and none is brief
  bool stops_early = false;                // when a search has made `most` executions; else that is a failure
  std::uint64_t frozen_most = 20'000'000;  // executions for each step at which a thread stops
};
constexpr plan brief_plan{.most = 10'000, .random = 500, .stops_early = true, .frozen_most = 300};
constexpr plan deep_plan{.small = 100'000, .wide = {3, 2, 1}, .most = 40'000'000, .random = 200'000, .is_deep = true};

constexpr std::string_view mode_name(search_mode mode) {
  return mode == search_mode::random ? "random" : mode == search_mode::pct ? "pct" : "all";
}

/// One line: what was explored; and the failure with its trace.
bool tell(const report& found, const std::string& what, std::chrono::steady_clock::time_point since) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
  std::printf("%-44s %-14s %10llu executions, at most %3u steps, %6.2f s%s\n", found.client.c_str(), what.c_str(),
              static_cast<unsigned long long>(found.executions), found.most_steps, seconds,
              found.failed ? ": FAILED" : "");
  for (const probe_counts::entry& each : found.probes.all()) {
    std::printf("    %10llu %.*s\n", static_cast<unsigned long long>(each.count), static_cast<int>(each.name.size()),
                each.name.data());
  }
  if (found.failed) std::printf("%s\n", found.text().c_str());
  std::fflush(stdout);
  return !found.failed;
}

bool explore_all_within(const client_type& client, const bounds& limits, const plan& how, std::uint64_t& executions) {
  const auto since = std::chrono::steady_clock::now();
  exploration search;
  search.limits = limits;
  search.most_executions = how.most;
  report found = explore(client, search);
  executions = found.executions;
  const bool stopped = how.stops_early && !found.exhausted && found.tape.empty();
  if (stopped) found.failed = false;  // what it has not reached may come later
  if (!found.failed && !found.exhausted && !stopped) {
    found.failed = true;
    found.failure = "not exhausted: more than " + std::to_string(how.most) + " executions";
  }
  return tell(found, (stopped ? "some " : "all ") + to_string(limits), since);
}

bool explore_at_random(const client_type& client, search_mode mode, const plan& how) {
  const auto since = std::chrono::steady_clock::now();
  exploration search;
  search.mode = mode;
  search.most_executions = how.random;
  report found = explore(client, search);
  // what is rare need not happen in a few random executions
  if (found.failed && found.tape.empty()) found.failed = false;
  return tell(found, std::string(mode_name(mode)), since);
}

bool explore_with_frozen_threads(const client_type& client, const plan& how) {
  const auto since = std::chrono::steady_clock::now();
  exploration search;
  search.limits = {1, 1, 0};
  search.most_executions = how.frozen_most;
  report found = explore_frozen(client, search);
  if (!found.failed && found.frozen == 0) {
    found.failed = true;
    found.failure = "vacuous: no thread was ever frozen";
  }
  return tell(found, "frozen (1,1,0)", since);
}

/// Everything about one client.
bool explore_client(const registered_client& each, const plan& how) {
  std::uint64_t executions = 0;
  bounds limits = how.is_deep ? each.deep : each.limits;
  if (each.client.is_large && !how.is_deep) limits.surprises = 0;
  bool good = explore_all_within(each.client, limits, how, executions);
  if (each.is_brief() && !how.is_deep) return good;
  const bool is_short = how.is_deep || !each.client.is_large;
  if (good && is_short && executions < how.small) good = explore_all_within(each.client, how.wide, how, executions);
  good = good && explore_at_random(each.client, search_mode::random, how);
  good = good && explore_at_random(each.client, search_mode::pct, how);
  if (good && each.client.may_freeze != 0) good = explore_with_frozen_threads(each.client, how);
  return good;
}

/// An exhaustive search that was cut short has looked at late turns only: some with turns anywhere.
report explore_beyond(const client_type& client, const report& so_far) {
  exploration search;
  search.mode = search_mode::pct;
  search.most_executions = 2'000;
  report found = explore(client, search);
  const bool is_a_probe = found.failed && found.tape.empty();  // not reached in so few executions
  return is_a_probe ? so_far : found;
}

/// Exit code 1 and one line at the first failure.
int run_gate(std::span<const registered_client> clients) {
  for (const registered_client& each : clients) {
    exploration search;
    search.limits = each.limits;
    search.most_executions = !each.client.is_large ? 100'000 : each.client.probes.empty() ? 10'000 : 30'000;
    report found = explore(each.client, search);
    const bool was_cut_short = !found.failed && !found.exhausted;
    if (was_cut_short) found = explore_beyond(each.client, found);
    if (each.client.is_large) {
      search.limits = {1, 1, 0};
      search.most_executions = each.client.probes.empty() ? 50 : 1'000;  // for each step at which a thread stops
    }
    const report frozen = each.client.may_freeze != 0 && !found.failed ? explore_frozen(each.client, search) : report{};
    if (!found.failed && !frozen.failed) continue;
    std::printf("killed by %s: %s\n", each.client.name.c_str(), (found.failed ? found : frozen).failure.c_str());
    return 1;
  }
  std::printf("survived %zu clients\n", clients.size());
  return 0;
}

/// The largest numbers of steps that random executions find, and where.
int run_steps(std::span<const registered_client> clients, std::uint64_t executions) {
  struct record {
    std::uint64_t steps;
    std::string client;
  };
  std::map<std::string, record> largest;
  for (const registered_client& each : clients) {
    for (const unsigned depth : {0u, 3u, 6u, 12u, 24u}) {  // 0: at random
      exploration search;
      search.mode = depth == 0 ? search_mode::random : search_mode::pct;
      search.pct_depth = depth;
      search.seed = depth + 1;
      search.most_executions = executions;
      const report found = explore(each.client, search);
      if (found.failed && !found.tape.empty()) return tell(found, "steps", std::chrono::steady_clock::now()) ? 0 : 1;
      for (const probe_counts::entry& measured : found.probes.all()) {
        if (!measured.name.starts_with("steps")) continue;
        record& so_far = largest[std::string(measured.name)];
        if (measured.count > so_far.steps) so_far = {measured.count, each.client.name};
      }
    }
  }
  for (const auto& [name, found] : largest) {
    std::printf("%8llu %-32s %s\n", static_cast<unsigned long long>(found.steps), name.c_str(), found.client.c_str());
  }
  return 0;
}

int run_replay(std::span<const registered_client> clients, const std::string& name, const std::string& tape) {
  const auto found =
      std::find_if(clients.begin(), clients.end(), [&](const auto& each) { return each.client.name == name; });
  if (found == clients.end()) {
    std::fprintf(stderr, "tidegate_model: no client is called %s (see --list)\n", name.c_str());
    return 2;
  }
  const report result = replay(found->client, tape);
  std::printf("%s%s\n", result.text().c_str(), result.failed ? "" : "nothing was wrong");
  return result.failed ? 1 : 0;
}

/// Those with one of `names`, or, where nobody has that name, those whose name begins so; all when there are no names.
std::vector<registered_client> chosen(const std::vector<registered_client>& all, std::span<char*> names) {
  const auto matches = [&](const registered_client& each, std::string_view name) {
    const auto has_it = [name](const registered_client& other) { return other.client.name == name; };
    return each.client.name == name ||
           (each.client.name.starts_with(name) && std::none_of(all.begin(), all.end(), has_it));
  };
  std::vector<registered_client> some;
  for (const registered_client& each : all) {
    const auto is_meant = [&](const char* name) { return matches(each, name); };
    if (names.empty() || std::any_of(names.begin(), names.end(), is_meant)) some.push_back(each);
  }
  return some;
}

int run(std::span<char*> arguments) {
  const std::vector<registered_client> all = all_clients();
  const std::string_view option = arguments.empty() ? "" : arguments.front();
  if (option == "--list") {
    for (const registered_client& each : all) std::printf("%s\n", each.client.name.c_str());
    return 0;
  }
  if (option == "--replay" && arguments.size() == 3) return run_replay(all, arguments[1], arguments[2]);
  const bool counts_steps = option == "--steps" && arguments.size() >= 2;
  const bool known = option == "--gate" || option == "--deep" || option == "--brief" || counts_steps;
  if (option.starts_with("-") && !known) {
    std::fprintf(
        stderr, "tidegate_model: accepted are --list, --gate, --deep, --brief, --steps N, --replay NAME TAPE, names\n");
    return 2;
  }
  const auto some = chosen(all, counts_steps ? arguments.subspan(2) : known ? arguments.subspan(1) : arguments);
  if (some.empty()) {
    std::fprintf(stderr, "tidegate_model: no client is called so and no name begins so (see --list)\n");
    return 2;
  }
  if (option == "--gate") return run_gate(some);
  if (counts_steps) return run_steps(some, std::strtoull(arguments[1], nullptr, 10));
  const plan how = option == "--deep" ? deep_plan : option == "--brief" ? brief_plan : plan{};
  bool good = true;
  for (const registered_client& each : some) good = explore_client(each, how) && good;
  return good ? 0 : 1;
}

}  // namespace
}  // namespace tidegate::model

int main(int count, char** arguments) {
  return tidegate::model::run({arguments + 1, static_cast<std::size_t>(count - 1)});
}
