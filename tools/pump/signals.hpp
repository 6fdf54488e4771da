// signals.hpp: SIGINT and SIGTERM as something to poll. Writing to a dead peer or beyond a size limit kills nobody.
#pragma once

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::pump {

/// SIGPIPE and SIGXFSZ become errors of the write that caused them. For the whole process.
void ignore_write_signals() noexcept;

/// From now on SIGINT and SIGTERM are readable here instead of ending the process. Before any thread is made: threads
/// inherit it. Throws failure.
[[nodiscard]] unique_fd catch_interrupts();

/// Takes one signal off; false when there was none.
bool take_interrupt(const unique_fd& from) noexcept;

}  // namespace tidegate::pump
