// request.hpp: what `tidegate log` was asked to do, checked.
#pragma once

#include <cstdint>
#include <string>

#include "pump/failure.hpp"

namespace tidegate::log {

enum class action : std::uint8_t { list, verify, cat, truncate_tail };

struct request {
  action what = action::list;
  std::string directory;
  std::string failover;  ///< the second directory; empty: none
  std::string name;      ///< of the log; empty: whichever there is
  std::uint64_t from_seq = 1;
  std::uint64_t to_seq = ~std::uint64_t{0};
  bool json = false;
  bool prefixed = false;
  bool raw = false;
  bool with_seq = false;
  bool salvage = false;
  bool yes = false;
};

/// Does it, with reports and records on standard output. Throws pump::failure.
[[nodiscard]] pump::exit_code run(const request& wanted);

}  // namespace tidegate::log
