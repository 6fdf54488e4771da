// construction.hpp: how a constructor reports that it cannot do what was asked.
//
// With exceptions: std::invalid_argument, std::bad_alloc or std::system_error. Without them: one line and abort; such
// builds use the `make_` functions, which give a std::error_code back.
#pragma once

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tidegate/base/config.hpp"

namespace tidegate {

/// Never returns. `what` names the argument, its value and what is accepted; the error's own message follows it.
[[noreturn, gnu::cold, gnu::noinline]] inline void fail_construction(std::error_code error, const std::string& what) {
#if defined(__cpp_exceptions)
  if (error == std::errc::invalid_argument) throw std::invalid_argument(what + ": " + error.message());
  if (error == std::errc::not_enough_memory) throw std::bad_alloc();
  throw std::system_error(error, what);  // appends the message itself
#else
  abort_with((what + ": " + error.message()).c_str());
#endif
}

}  // namespace tidegate
