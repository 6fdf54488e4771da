// The clients of the rings under Relacy, a second opinion beside our own explorer.
//
//   relacy                     runs every client and prints a table
//   relacy --list              prints their names
//   relacy --client NAME       runs those whose name begins so
//          --schedules N       random schedules for each (default 20000)
//          --preemptions N     then all schedules with at most N preemptions (default 3, for exchange rings 0; 0: none)
//          --trace             tells a failing execution step by step
//
// Exit status: 0 all hold, 1 something failed (`client NAME: failed: REASON`), 2 usage.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/model/clients/exchange_ring/exchanges.hpp"
#include "tests/model/clients/spsc_ring.hpp"
#include "tests/model/clients/ticketed_ring.hpp"
#include "tests/relacy/controls.hpp"
#include "tests/relacy/engine.hpp"

namespace tidegate::model {
namespace {

struct entry {
  std::string name;
  verdict (*run)(const effort& how);
  std::string expected;  // the reason that a control must fail with
  unsigned preemptions = 3;
};

[[nodiscard]] std::vector<entry> all_entries() {
  std::vector<entry> all;
  const auto add = [&all]<class Client>(std::string name, std::string expected = "") {
    all.push_back({std::move(name), &explore<Client>, std::move(expected)});
  };
  for_each_spsc_ring_client<relacy_engine>(add);
  for_each_ticketed_ring_client<relacy_engine>(add);
  for_each_exchange<relacy_engine>([&all]<class Client>(std::string name) {
    all.push_back({std::move(name), &explore<Client>, "", 0});  // half a million schedules have one preemption
  });
  for_each_control<relacy_engine>([&add]<class Client>(const char* name, const char* expected) {
    add.template operator()<Client>(std::string("control.") + name, expected);
  });
  return all;
}

struct settings {
  effort how;
  std::optional<unsigned> preemptions;
  std::string_view client;  // empty: all
  bool list = false;
};

/// Throws std::exception when the command line makes no sense.
[[nodiscard]] settings parse(int argc, char** argv) {
  settings wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const auto value = [&] {
      if (++i == argc) throw std::invalid_argument("a value is missing");
      return argv[i];
    };
    if (option == "--list") {
      wanted.list = true;
    } else if (option == "--client") {
      wanted.client = value();
    } else if (option == "--schedules") {
      wanted.how.schedules = std::stoull(value());
    } else if (option == "--preemptions") {
      wanted.preemptions = static_cast<unsigned>(std::stoul(value()));
    } else if (option == "--trace") {
      wanted.how.trace = &std::cout;
    } else {
      throw std::invalid_argument("unknown option");
    }
  }
  return wanted;
}

/// Runs one and prints a line about it; false when it is not as it should be.
[[nodiscard]] bool run(const entry& one, const settings& wanted) {
  const auto start = std::chrono::steady_clock::now();
  effort how = wanted.how;
  how.preemptions = wanted.preemptions.value_or(one.preemptions);
  const verdict found = one.run(how);
  const std::chrono::duration<double> span = std::chrono::steady_clock::now() - start;
  const char* const name = one.name.c_str();
  if (found.reason != one.expected) {
    std::printf("client %s: failed: %s\n", name, found.holds() ? "a fault was not reported" : found.reason.c_str());
    return false;
  }
  std::printf("client %s: %s: %llu schedules, %.2f s, %.0f/s\n", name, found.holds() ? "holds" : "fails as it must",
              static_cast<unsigned long long>(found.schedules), span.count(),
              static_cast<double>(found.schedules) / span.count());
  return true;
}

int main_of(const settings& wanted) {
  bool known = wanted.client.empty();
  bool all_hold = true;
  for (const entry& one : all_entries()) {
    if (wanted.list) std::printf("%s\n", one.name.c_str());
    if (wanted.list || !one.name.starts_with(wanted.client)) continue;
    known = true;
    all_hold = run(one, wanted) && all_hold;
  }
  if (!known && !wanted.list) throw std::invalid_argument("no such client");
  return all_hold ? 0 : 1;
}

}  // namespace
}  // namespace tidegate::model

// Relacy replaces the operators of C++11: what its operator new gave must not reach the library's sized delete.
void operator delete(void* memory, std::size_t) noexcept { ::operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { ::operator delete[](memory); }

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // what was said before a crash is not lost
  try {
    return tidegate::model::main_of(tidegate::model::parse(argc, argv));
  } catch (const std::exception& reason) {
    std::fprintf(stderr, "relacy: %s\n", reason.what());
    return 2;
  }
}
