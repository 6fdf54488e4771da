// reader.hpp: a thread that reads sources, cuts records and offers them to the queue; at its end it closes its end.
//
// One poll(2) over every source, listener and the control's wake descriptor; each source that is ready has one read in
// turn. So a reader serves any number of sources, and any wait ends when the pump is told to stop.
// Thread role: the reader, except for the constructor and, afterwards, outcome().
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pump/carry_budget.hpp"
#include "pump/console.hpp"
#include "pump/control.hpp"
#include "pump/failure.hpp"
#include "pump/intake.hpp"
#include "pump/options.hpp"
#include "pump/pacer.hpp"
#include "pump/source.hpp"
#include "pump/window.hpp"

namespace tidegate::pump {

/// What reading came to. Bytes read = bytes offered + unfinished bytes.
struct reading {
  ledger account;                 ///< offered, and what was not admitted
  std::uint64_t kept_weight = 0;  ///< records that those which were admitted stand for
  std::uint64_t read_bytes = 0;
  tally unfinished;  ///< pieces of records that never were complete: cut off, too long, or interrupted
  std::uint64_t connections = 0;
  exit_code worst = exit_code::done;
  std::string problem;  ///< the line that was printed about it

  /// Remembers what went wrong. An unusable record is the more precise answer than the loss that follows from it, but a
  /// loss elsewhere outweighs it.
  void note(exit_code code, std::string_view line);

  reading& operator+=(const reading& other);
};

class reader {
 public:
  /// Reader `number` of as many as `blocks` knows, of which `listening` take connections.
  reader(const options& wanted, inputs&& from, std::size_t listening, record_entrance& to, entry_rules& rules,
         block_pool& blocks, std::uint32_t number, const control& until, progress& shown, console& messages);

  /// Reads until every source has ended or the pump is told to stop.
  void run() noexcept;

  [[nodiscard]] const reading& outcome() const noexcept { return outcome_; }

 private:
  void read_all();
  [[nodiscard]] bool finished();
  void wait_for_input();
  [[nodiscard]] int patience_ms(pacer::clock::time_point now) const noexcept;
  void serve_ready();
  void serve(source& from);
  void cut_records(source& from);
  void end(source& from);
  void abandon(source& from, exit_code code, std::string_view why);
  void count_unfinished(source& from);
  void accept_from(listener& at);
  void add_connection(listener& at, unique_fd&& fd);
  void accept_later(listener& at, int error);
  void complain(exit_code code, std::string_view line);

  const options& wanted_;
  inputs from_;
  record_entrance& to_;
  const control& until_;
  console& messages_;
  block_share blocks_;
  intake intake_;
  window window_;
  carry_budget carries_;
  std::size_t connection_limit_;
  pacer pace_;
  pacer::clock::time_point accept_not_before_{};  // there was a shortage
  reading outcome_;
  std::vector<pollfd> polled_;  // wake, sources, listeners
  std::array<std::uint32_t, records_at_once> lengths_{};
};

}  // namespace tidegate::pump
