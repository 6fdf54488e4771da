// policy.hpp: what stands between arrivals and workers, each made of the parts that a user would take.
//
// Threads: one offers; the workers take, each with its number; any may look and close.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "lab/job.hpp"
#include "lab/scenario.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/observe/registry.hpp"

namespace tidegate::lab {

/// By name: see docs/design/overload-lab.md.
using measures = std::map<std::string, double, std::less<>>;

/// What a policy has taken out of itself so far, by reason.
struct losses {
  std::uint64_t evicted = 0;
  std::uint64_t expired = 0;
  std::uint64_t shed = 0;
};

class policy {
 public:
  policy() = default;
  policy(const policy&) = delete;
  policy& operator=(const policy&) = delete;
  virtual ~policy() = default;

  /// Offers it, by the policy's rule. In simulated time nothing waits: `full` of one that blocks means: again when
  /// something has left.
  virtual push_status offer(job& one) = 0;

  /// The next one to be worked on, waiting for it until `until`.
  virtual pop_status take(job& out, unsigned worker, deadline until) = 0;

  /// Work on it has ended; its permit goes with it.
  virtual void done(const job&) {}

  /// Called every millisecond, by one thread.
  virtual void tick() {}

  /// What waits inside.
  [[nodiscard]] virtual std::size_t depth() const = 0;
  [[nodiscard]] virtual losses lost() const { return {}; }

  /// Permits that there are now, where there are any.
  [[nodiscard]] virtual std::size_t limit() const { return 0; }

  /// Registers the queue that it is made of, if it is made of one.
  [[nodiscard]] virtual watching watched_by(registry&) const { return {}; }

  /// What it alone knows of itself.
  virtual void report_to(measures&) const {}

  /// Ends what waits inside, in other threads, for ever; close() comes after it.
  virtual void cancel() { close(); }

  /// No more offers; what is inside is still given out, then take() answers `closed`.
  virtual void close() = 0;
};

/// Throws what the parts throw.
[[nodiscard]] std::unique_ptr<policy> make_policy(const row& of);

}  // namespace tidegate::lab
