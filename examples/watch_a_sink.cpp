// A sink belongs to one thread: it posts how it stands, and others read that. So does anything else that can tell.
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string_view>

#include "tidegate/io/stream_sink.hpp"
#include "tidegate/observe/observation.hpp"
#include "tidegate/observe/posting.hpp"
#include "tidegate/observe/pressure_sampler.hpp"
#include "tidegate/observe/registry.hpp"

using namespace std::chrono_literals;

namespace {

/// Watched like a queue, because it can tell how it stands, from any thread.
struct connections {
  [[nodiscard]] tidegate::observation observe() const noexcept {
    tidegate::observation seen;
    seen.kind = tidegate::watched_kind::limiter;
    seen.flow = tidegate::counted_flow::none;
    seen.capacity = 100;
    seen.depth = 3;
    return seen;
  }
};

}  // namespace

int main() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return 1;
  const tidegate::unique_fd peer(ends[1]);
  tidegate::stream_sink out(tidegate::unique_fd{ends[0]});
  const connections clients;

  tidegate::posting board(out);
  auto& all = tidegate::registry::process();
  const auto sink_seen = all.add(board, {.name = "to the peer"});
  const auto clients_seen = all.add(clients, {.name = "clients", .policy = "refuse"});
  tidegate::pressure_sampler sampler(all);

  for (int turn = 0; turn < 5; ++turn) {  // the owner's loop
    static_cast<void>(out.write(std::as_bytes(std::span(std::string_view("a record\n")))));
    out.pump();
    board.post(out);
    sampler.sample();  // usually on another thread
  }
  static_cast<void>(out.flush(tidegate::deadline::after(std::chrono::steady_clock::now(), 5s)));
  board.post(out);
  sampler.sample();
  for (const auto& one : sampler.read()) {
    std::printf("%s: %llu of %llu records inside, %llu bytes written\n", one.name.c_str(),
                static_cast<unsigned long long>(one.depth), static_cast<unsigned long long>(one.capacity),
                static_cast<unsigned long long>(one.sink.written_bytes));
  }
  const auto told = sampler.read();
  return told.at(0).left == 5 && told.at(1).depth == 3 ? 0 : 1;
}
