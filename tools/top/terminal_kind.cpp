#include "top/terminal_kind.hpp"

#include <unistd.h>

#include <cstdlib>

#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/printable.hpp"

// Last, and in no other file: it makes macros of words such as `lines` and `columns`.
#include <curses.h>
#include <term.h>

namespace tidegate::top {

void refuse_terminal() {
  const char* const name = std::getenv("TERM");
  pump::refuse(pump::concat("the terminal '", pump::printable(name == nullptr ? "" : name),
                            "' is not known; accepted: a TERM that `infocmp` knows, such as xterm or vt100"));
}

bool can_place_cursor() {
  int error = 0;
  if (::setupterm(nullptr, STDOUT_FILENO, &error) != OK) refuse_terminal();
  const char* const placing = ::tigetstr("cup");
  const bool places = placing != nullptr && placing != reinterpret_cast<const char*>(-1);
  ::del_curterm(::cur_term);  // whoever draws sets up its own
  return places;
}

}  // namespace tidegate::top
