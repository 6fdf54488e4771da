// scenario.hpp: an experiment as it stands in a scenario file, checked: a load, a server, and several policies between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::lab {

/// For so long so many a second.
struct phase {
  double span_s = 0;
  double per_second = 0;
};

enum class spacing_kind : std::uint8_t { poisson, fixed };

/// Requests of one kind. Its number is its lane, its tenant and its endpoint.
struct flow {
  std::string name;
  std::vector<phase> phases;
};

/// Clients that ask again when nobody has answered in time.
struct clients {
  unsigned retries = 0;
  double backoff_s = 0;                       ///< full jitter over this, doubled with each retry; 0: at once
  std::optional<double> retries_per_attempt;  ///< a budget
};

enum class service_kind : std::uint8_t { fixed, exponential };

/// Nobody begins new work for `span_s` from `from_s` on, again every `every_s` (0: once).
struct stall {
  double from_s = 0;
  double span_s = 0;
  double every_s = 0;
};

/// Work that begins in this time takes `factor` times as long.
struct slowdown {
  double from_s = 0;
  double to_s = std::numeric_limits<double>::infinity();
  double factor = 1;
};

/// The library's sampler looks at the row's queue from outside.
struct watch_spec {
  double period_s = 0.1;
  double window_s = 10;
  std::size_t history = 512;
  double slow_s = 1;  ///< a p99 above it is an alert
};

enum class policy_kind : std::uint8_t {
  unbounded,       ///< std::deque and a mutex, for contrast
  reject,          ///< a queue that refuses when it is full
  block,           ///< a queue whose producer waits for room
  drop_oldest,     ///< a queue whose oldest element makes room
  expire,          ///< reject, and what can no longer be done in time is dropped at the exit
  refuse_late,     ///< expire, and what could not be done in time is refused at the door
  codel,           ///< reject, and what has waited for too long is shed while the queue stands
  adaptive_lifo,   ///< reject, and the newest first while the queue stands
  reserve_first,   ///< a permit is taken at the door and given back when the work is done
  check_then_act,  ///< a look at the door, and the permit when the work begins: the mistake, for contrast
  lanes,           ///< lane_queue: a lane for each flow
  fair,            ///< fair_queue: flows hashed to buckets
  adaptive,        ///< reserve_first with a number of permits that an algorithm finds
  pool,            ///< flow 0 waits for one of the workers, every request holds a thread; flow 1 has its own worker
  stream_sink,     ///< the worker is a peer behind a socket and a stream_sink, to whose credits the producer listens
  socket_buffer,   ///< the same behind a buffer without a bound, for contrast
};

/// A record that is written to a peer has room for its stamps.
inline constexpr std::size_t least_record_bytes = 16;

enum class limit_kind : std::uint8_t { aimd, vegas, gradient2 };

/// Numbers of a policy; each kind looks at its own.
struct policy_spec {
  policy_kind kind = policy_kind::reject;
  std::size_t capacity = 0;
  std::size_t permits = 0;
  double margin_s = 0;
  bool learns_margin = false;
  double target_s = 0.005;
  double interval_s = 0.1;
  double patience_s = 0.1;
  double rush_s = 0.005;
  std::vector<std::uint32_t> weights;
  std::optional<std::size_t> strict;
  std::size_t buckets = 0;
  limit_kind algorithm = limit_kind::vegas;
  double give_up_s = 0;  ///< pool: how long a request waits for a resource
  std::size_t threads = 0;
  std::size_t high_bytes = 0, low_bytes = 0;
  double stall_after_s = 0;
};

enum class relation : std::uint8_t { about, at_most, at_least };

/// What a run must show.
struct expectation {
  std::string measure = {};
  relation holds = relation::about;
  std::string formula = {};
  double within = 0.05;    ///< about: of the expected value
  double plus_minus = 0;   ///< and this much in any case
  bool real_only = false;  ///< says nothing of simulated time
  std::string why = {};
};

/// One run: a load, a server and a policy.
struct row {
  std::string name = {};
  std::vector<flow> flows = {};
  spacing_kind spacing = spacing_kind::poisson;
  std::optional<clients> retrying;
  std::uint32_t seed = 1;
  unsigned workers = 4;
  double service_s = 0.002;
  service_kind service = service_kind::fixed;
  bool spins = false;  ///< workers stay awake: for microseconds of service
  std::vector<stall> stalls;
  std::vector<slowdown> slowdowns;
  std::size_t payload_bytes = 0;
  double patience_s = 0.1;  ///< of the clients: an answer is useful within it
  double window_from_s = 0;
  double window_to_s = 0;
  double normal_s = 0.02;             ///< a median above it is not normal
  std::optional<double> ends_s;       ///< the run ends here and what is left is discarded; else when all has drained
  std::optional<watch_spec> watched;  ///< alerts and readiness are followed
  std::uint64_t lose_every = 0;       ///< a fault: every so many elements one vanishes unaccounted, to see it found
  policy_spec policy;
  std::vector<std::string> compared;  ///< measures that are held against the simulation of the same row
  std::vector<expectation> expected;

  [[nodiscard]] double load_ends_s() const noexcept;
  /// It cannot be simulated: the kernel is part of it.
  [[nodiscard]] bool needs_real_time() const noexcept;
  /// Arrivals a second of all flows at this time.
  [[nodiscard]] double rate_at(double at_s) const noexcept;
  [[nodiscard]] double drain_per_second() const noexcept { return workers / service_s; }
};

struct scenario {
  std::string id = {};
  std::string title = {};
  std::string about = {};
  std::string not_yet = {};     ///< why it cannot be run; then it has no rows
  std::string picture_of = {};  ///< what its first chart shows; may be empty
  std::vector<row> rows = {};
};

/// How long it takes at least, in seconds.
[[nodiscard]] double expected_span_s(const row& of) noexcept;

/// The same experiment for a machine that is `k` times weaker: rates and the waiting room divided by k, service times
/// k times as long, all other times as they are.
[[nodiscard]] row scaled(row whole, double k);

}  // namespace tidegate::lab
