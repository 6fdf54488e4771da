// process_facts.hpp: what tells one process from another, as /proc has it. Without /proc: zeros, which mean not known.
#pragma once

#include <cstdint>
#include <string>

namespace tidegate::detail {

/// When it was started, in clock ticks since boot: with the pid a name for the process until the next boot. 0: there is
/// no such process, or only its remains that nobody has waited for.
[[nodiscard]] std::uint64_t started_ticks(std::uint32_t pid) noexcept;

/// The inode of this process's pid namespace.
[[nodiscard]] std::uint64_t pid_namespace() noexcept;

/// The command's name, at most 15 bytes of it.
[[nodiscard]] std::string command_name();

/// The monotonic clock, which all processes of a machine share.
[[nodiscard]] std::uint64_t monotonic_ns() noexcept;
/// Since 1970.
[[nodiscard]] std::uint64_t wall_clock_ns() noexcept;

}  // namespace tidegate::detail
