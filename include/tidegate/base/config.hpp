// config.hpp: the library's version and the switches that the build decides. The only public header with macros.
//
// TIDEGATE_CHECKS   1: role rules are checked at run time and a breach aborts (the default without NDEBUG);
//                   0: not compiled.
#pragma once

#include <cstdio>
#include <cstdlib>

#define TIDEGATE_VERSION_MAJOR 0
#define TIDEGATE_VERSION_MINOR 1
#define TIDEGATE_VERSION_PATCH 0

#if !defined(TIDEGATE_CHECKS)
#if defined(NDEBUG)
#define TIDEGATE_CHECKS 0
#else
#define TIDEGATE_CHECKS 1
#endif
#endif

namespace tidegate {

/// True when role rules are checked at run time. A default of type-level options, so that checked and unchecked queues
/// are different types and never meet in one program by accident.
inline constexpr bool checks_enabled = TIDEGATE_CHECKS != 0;

/// True when exceptions are available; without them a construction error aborts unless the `make_` form is used.
#if defined(__cpp_exceptions)
inline constexpr bool exceptions_enabled = true;
#else
inline constexpr bool exceptions_enabled = false;
#endif

/// True under ThreadSanitizer, which does not understand fences: the asymmetric fence is then not used.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitizer = true;
#else
inline constexpr bool thread_sanitizer = false;
#endif
#else
inline constexpr bool thread_sanitizer = false;
#endif

/// Ends the process with one line on stderr that names the broken rule. For programmer errors only.
[[noreturn, gnu::cold, gnu::noinline]] inline void abort_with(const char* rule) noexcept {
  std::fprintf(stderr, "tidegate: %s\n", rule);
  std::abort();
}

}  // namespace tidegate
