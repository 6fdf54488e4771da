// signals.hpp: SIGINT and SIGTERM as something to poll. Writing to a dead peer or beyond a size limit kills nobody.
#pragma once

#include <string_view>

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::pump {

/// SIGPIPE and SIGXFSZ become errors of the write that caused them. For the whole process.
void ignore_write_signals() noexcept;

/// From now on SIGINT and SIGTERM are readable here instead of ending the process. Before any thread is made: threads
/// inherit it. Throws failure.
[[nodiscard]] unique_fd catch_interrupts();

/// Takes one signal off; false when there was none.
bool take_interrupt(const unique_fd& from) noexcept;

/// Writes all of `text`, unless a signal comes while `fd` takes nothing: whoever has stopped reading keeps us from
/// talking, not from ending. 0, or an errno value; EINTR: the signal, which is still to be taken. `interrupts` may be
/// empty.
[[nodiscard]] int write_unless_interrupted(int fd, std::string_view text, const unique_fd& interrupts) noexcept;

}  // namespace tidegate::pump
