// engine.hpp: runs a row: a source, a policy and workers, in simulated time or in real time.
//
// Simulated: a discrete-event simulation of the same policy code, one thread, the same for the same seed.
// Real: a thread that offers, a thread for each worker, which sleeps to absolute deadlines, and the caller, who looks
// every millisecond and reads the memory every 50.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lab/recorder.hpp"
#include "lab/scenario.hpp"

namespace tidegate::lab {

/// How often is looked at what waits, and whether everything is accounted for.
inline constexpr nanoseconds tick_period = std::chrono::milliseconds(1);
inline constexpr nanoseconds check_period = std::chrono::seconds(1);

/// What came of a run.
struct outcome {
  measures measured;
  std::vector<moment> moments;
  conservation account;
  std::vector<std::string> notes;  ///< what whoever reads the numbers should know
  bool simulated = false;
  bool interrupted = false;  ///< it was ended early; the measures are of what there was
};

/// Called now and then with the time of the run; false ends it.
using may_go_on = std::function<bool(nanoseconds)>;

[[nodiscard]] outcome simulate(const row& of, const may_go_on& ask = {});
[[nodiscard]] outcome measure(const row& of, const may_go_on& ask = {});

}  // namespace tidegate::lab
