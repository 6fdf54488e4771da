// accepting.hpp: takes a connection from a listening socket, and says what it means when there is none to be had.
#pragma once

#include <cstdint>

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::pump {

enum class acceptance : std::uint8_t {
  taken,
  nobody,    ///< no connection waits
  again,     ///< one waited and is gone: the next try is about another one
  shortage,  ///< descriptors or memory are short: who waits is served later
  broken,    ///< this socket will never give a connection again
};

/// What an errno value of accept(2) means; never `taken`.
[[nodiscard]] acceptance meaning_of_accept_error(int error) noexcept;

struct accepted_connection {
  acceptance status = acceptance::nobody;  ///< never `again`
  unique_fd fd = {};                       ///< not blocking; if `taken`
  int error = 0;                           ///< the errno value otherwise
};

/// `listening` does not block.
[[nodiscard]] accepted_connection accept_connection(int listening) noexcept;

}  // namespace tidegate::pump
