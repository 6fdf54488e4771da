// open_endpoints.hpp: opens what the command line names, and refuses what cannot work before any data moves.
//
// Throws failure with one line. Sources are opened first: an output file is not truncated when a source is missing,
// nor when it is itself a source.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pump/options.hpp"
#include "pump/source.hpp"
#include "tidegate/io/sink.hpp"

namespace tidegate::pump {

/// Endpoints in messages: "source file:x", "standard input", "sink tcp:host:1", "standard output".
[[nodiscard]] std::string source_name(const endpoint& from);
[[nodiscard]] std::string sink_name(const endpoint& to);

/// Fills the places of standard descriptors that are closed, so that nothing we open is taken for one of them. They
/// still count as closed.
void hold_standard_descriptors() noexcept;

[[nodiscard]] inputs open_sources(const options& wanted);

struct output {
  std::unique_ptr<sink> to;
  unique_fd socket;              ///< a second descriptor of a socket sink: asked at the end whether the peer has it all
  unique_fd old_content = {};    ///< of an output file that is to be emptied, see empty_file()
  bool standard_output = false;  ///< a file sink that is standard output under another name
};

/// `config` says how; `from` must not be the same file.
[[nodiscard]] output open_sink(const endpoint& where, const sink_config& config, const inputs& from);

/// The last step before data moves, when nothing can refuse any more.
void empty_file(const unique_fd& old_content, const endpoint& where);

}  // namespace tidegate::pump
