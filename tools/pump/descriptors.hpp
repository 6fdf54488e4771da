// descriptors.hpp: small questions about files and descriptors, asked while endpoints are opened.
//
// Throws failure with one line that begins with `what`.
#pragma once

#include <sys/stat.h>

#include <string>

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::pump {

/// What an errno value means.
[[nodiscard]] std::string message_of(int error);

[[nodiscard]] struct stat status_of(int fd, const std::string& what);

/// Two regular files that are one.
[[nodiscard]] bool same_file(const struct stat& one, const struct stat& other) noexcept;

/// A copy of standard input or output that we may close. A place that is only held, see below, cannot be used.
[[nodiscard]] unique_fd duplicate(int fd, const std::string& what);

/// Fills the places of standard descriptors that are closed, so that nothing we open is taken for one of them. They
/// still count as closed.
void hold_standard_descriptors() noexcept;

}  // namespace tidegate::pump
