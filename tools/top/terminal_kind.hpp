// terminal_kind.hpp: what the terminal that TERM names can do, by its entry in terminfo.
#pragma once

namespace tidegate::top {

/// False: it is for lines only, as TERM=dumb is. Throws pump::failure when TERM is not known.
[[nodiscard]] bool can_place_cursor();

[[noreturn]] void refuse_terminal();

}  // namespace tidegate::top
