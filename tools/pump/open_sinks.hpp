// open_sinks.hpp: opens what records go to, and refuses what cannot work before any data moves.
//
// Throws failure with one line. Sources are opened before: an output file is not truncated when a source is missing,
// nor when it is itself a source. Logs are opened last, as that recovers them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pump/options.hpp"
#include "pump/source.hpp"
#include "tidegate/io/log_sink.hpp"
#include "tidegate/io/sink.hpp"
#include "tidegate/io/sink_group.hpp"

namespace tidegate::pump {

/// In messages: "sink tcp:host:1", "standard output".
[[nodiscard]] std::string sink_name(const endpoint& to);

struct output {
  std::unique_ptr<sink> to;            ///< or else
  std::unique_ptr<log_sink> log = {};  ///< one of them
  unique_fd socket = {};         ///< a second descriptor of a socket: asked at the end whether the peer has it all
  bool standard_output = false;  ///< also a file that is standard output under another name
  bool grouped = false;          ///< a member of outputs::group
  std::string text = {};         ///< as written
  std::string name = {};         ///< for messages
};

/// A regular file that is to be emptied.
struct old_file {
  unique_fd fd;
  std::string name;  ///< of the sink
};

struct outputs {
  std::unique_ptr<sink_group> group = {};  ///< of all that is no log, if there are several; outlives its members
  std::vector<output> all;
  std::vector<old_file> old_files = {};  ///< see empty_files()

  [[nodiscard]] bool standard_output() const noexcept;
};

/// `sizes` say how, `wake_fd` ends their waits; none may be a file of `from`, nor of one another.
[[nodiscard]] outputs open_sinks(const options& wanted, const sizing& sizes, int wake_fd, const inputs& from);

/// What opening put right in a log after a crash, in one line; empty: nothing.
[[nodiscard]] std::string repair_note(const output& of);

/// The last step before data moves, when nothing can refuse any more.
void empty_files(const std::vector<old_file>& files);

}  // namespace tidegate::pump
