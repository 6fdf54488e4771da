// memory_errc.hpp: why a region could not be had, or which wish about it was not met.
//
// An error category of its own, so that every failure has a message that names the remedy; each code also equals the
// std::errc it belongs to, so `error == std::errc::invalid_argument` works without knowing the list. Only a lack of
// plain memory equals not_enough_memory: who turns that into std::bad_alloc loses no remedy that a refused wish names.
// Thread roles: any thread.
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace tidegate {

/// The value of a std::error_code in memory_category(). The first group rejects the arguments; the others report what
/// the system refused.
enum class memory_errc : int {
  ok = 0,
  zero_bytes,            ///< invalid_argument
  bad_alignment,         ///< invalid_argument
  span_too_small,        ///< invalid_argument
  span_misaligned,       ///< invalid_argument
  span_pages_fixed,      ///< not_supported
  span_not_whole_pages,  ///< invalid_argument

  too_large,  ///< not_enough_memory
  no_memory,  ///< not_enough_memory

  no_huge_pages,           ///< resource_unavailable_try_again
  huge_pages_unsupported,  ///< not_supported
  transparent_refused,     ///< not_supported; only ever a note

  prefault_failed,  ///< resource_unavailable_try_again

  lock_not_permitted,  ///< operation_not_permitted
  lock_over_limit,     ///< operation_not_permitted
  lock_failed,         ///< resource_unavailable_try_again

  no_such_node,        ///< invalid_argument
  bind_not_permitted,  ///< operation_not_permitted
  bind_unsupported,    ///< function_not_supported
  bind_failed,         ///< resource_unavailable_try_again
};

/// One past the greatest code, for loops over all of them.
inline constexpr int memory_errc_count = static_cast<int>(memory_errc::bind_failed) + 1;

namespace detail {

/// What one code means: the portable condition, and one line that says what to change.
struct memory_failure {
  std::errc condition;
  std::string_view text;
};

constexpr memory_failure describe_arguments(memory_errc code) noexcept {
  using std::errc;
  switch (code) {
    case memory_errc::zero_bytes: return {errc::invalid_argument, "memory: zero bytes asked for"};
    case memory_errc::bad_alignment: return {errc::invalid_argument, "memory: alignment is not a power of two"};
    case memory_errc::span_too_small:
      return {errc::invalid_argument, "memory: the caller's span is smaller than the bytes needed"};
    case memory_errc::span_misaligned:
      return {errc::invalid_argument, "memory: the caller's span does not start on the alignment needed"};
    case memory_errc::span_pages_fixed:
      return {errc::not_supported, "huge pages: the pages of a caller's span are chosen by whoever mapped it"};
    case memory_errc::span_not_whole_pages:
      return {errc::invalid_argument,
              "lock, node: these act on whole pages, and the caller's span does not start and end with them"};
    default: return {errc::invalid_argument, "memory: unknown error"};
  }
}

constexpr memory_failure describe(memory_errc code) noexcept {
  using std::errc;
  switch (code) {
    case memory_errc::ok: return {errc{}, "memory: no error"};
    case memory_errc::too_large:
      return {errc::not_enough_memory, "memory: more bytes than the address space holds once rounded up"};
    case memory_errc::no_memory: return {errc::not_enough_memory, "memory: the system has not that much to give"};
    case memory_errc::no_huge_pages:
      return {errc::resource_unavailable_try_again, "huge pages: too few free 2 MiB pages (raise vm.nr_hugepages)"};
    case memory_errc::huge_pages_unsupported:
      return {errc::not_supported, "huge pages: this kernel offers no 2 MiB pages"};
    case memory_errc::transparent_refused:
      return {errc::not_supported, "huge pages: the kernel refused the advice for transparent huge pages"};
    case memory_errc::prefault_failed:
      return {errc::resource_unavailable_try_again,
              "prefault: some page has no memory behind it (none left, or a short file)"};
    case memory_errc::lock_not_permitted:
      return {errc::operation_not_permitted, "lock: not permitted (raise RLIMIT_MEMLOCK or grant CAP_IPC_LOCK)"};
    case memory_errc::lock_over_limit:
      return {errc::operation_not_permitted, "lock: over RLIMIT_MEMLOCK (raise it or grant CAP_IPC_LOCK)"};
    case memory_errc::lock_failed:
      return {errc::resource_unavailable_try_again, "lock: the kernel could not lock the pages"};
    case memory_errc::no_such_node:
      return {errc::invalid_argument, "node: no such NUMA node, or it has no memory this process may use"};
    case memory_errc::bind_not_permitted:
      return {errc::operation_not_permitted, "node: binding memory is not permitted here (a system call filter?)"};
    case memory_errc::bind_unsupported:
      return {errc::function_not_supported, "node: this kernel cannot bind memory to NUMA nodes"};
    case memory_errc::bind_failed:
      return {errc::resource_unavailable_try_again, "node: the kernel could not bind the pages"};
    default: return describe_arguments(code);
  }
}

class memory_category_type final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "tidegate.memory"; }

  [[nodiscard]] std::string message(int value) const override {
    return std::string(describe(static_cast<memory_errc>(value)).text);
  }

  [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override {
    return std::make_error_condition(describe(static_cast<memory_errc>(value)).condition);
  }
};

}  // namespace detail

/// The category of every error that region::make() reports.
[[nodiscard]] inline const std::error_category& memory_category() noexcept {
  static const detail::memory_category_type instance;
  return instance;
}

[[nodiscard]] inline std::error_code make_error_code(memory_errc code) noexcept {
  return {static_cast<int>(code), memory_category()};
}

/// One line that says what went wrong and what to change. The same text as std::error_code::message().
[[nodiscard]] constexpr std::string_view to_string(memory_errc code) noexcept { return detail::describe(code).text; }

}  // namespace tidegate

template <>
struct std::is_error_code_enum<tidegate::memory_errc> : std::true_type {};
