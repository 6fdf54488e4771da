// screen.hpp: the terminal that `tidegate top` draws on, by ncurses. It is as it was when this ends, however it ends.
//
// Threads: one. Signals: the owner handles them; none of ncurses' own handlers ever runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "top/view.hpp"

namespace tidegate::top {

class screen {
 public:
  /// Takes the terminal over: standard input and output. `colour`: if it has it. Throws pump::failure.
  explicit screen(bool colour);
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;
  ~screen();

  [[nodiscard]] screen_size size() const;
  [[nodiscard]] bool has_colour() const noexcept { return colour_; }

  void show(const std::vector<line>& lines);
  /// The terminal has another size.
  void resized();
  /// What the user has typed; command::none when that is all. `none` also for keys without a meaning.
  [[nodiscard]] command next_key(bool& more);

  /// Gives the terminal back for a while, and takes it again.
  void leave();
  void enter();

 private:
  struct terminal;
  std::unique_ptr<terminal> terminal_;
  bool colour_ = false;
};

}  // namespace tidegate::top
