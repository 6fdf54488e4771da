// transform.hpp: what a worker does to a record: --grep keeps or takes out, --hash computes. One for each worker.
//
// Both look at a record's content: without the newline of a line, without the length of a prefixed record.
// --grep: a pattern without special characters is searched as it is; any other is a POSIX extended regular expression,
// matched by bytes. A `.` matches a newline inside a record, but no zero byte. Matching takes no lock: the C library
// locks a compiled expression while it is used, so each worker compiles its own.
// --hash: FNV-1a with 64 bits (Fowler, Noll, Vo).
// Thread role: one worker.
#pragma once

#include <regex.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pump/framing.hpp"

namespace tidegate::pump {

/// What the command line asked for.
struct transforms {
  std::optional<std::string> pattern = {};  ///< of --grep
  bool inverted = false;                    ///< keep what does not match
  bool hash = false;

  [[nodiscard]] bool any() const noexcept { return pattern.has_value() || hash; }
};

/// FNV-1a, 64 bits: start at 14695981039346656037; for each byte: exclusive or with it, times 1099511628211.
[[nodiscard]] std::uint64_t fnv1a_64(std::span<const std::byte> bytes) noexcept;

/// What --hash puts before a record's content: 16 lower-case hexadecimal digits and a blank.
inline constexpr std::size_t hash_text_bytes = 17;

/// Writes the hashed form of `whole` to `to` and returns its length, hash_text_bytes more. A prefixed record gets the
/// text behind its length, which grows.
std::size_t write_hashed(std::span<const std::byte> whole, std::uint64_t hash, framing_kind kind,
                         std::byte* to) noexcept;

/// The part of a record that --grep and --hash look at.
[[nodiscard]] std::span<const std::byte> content_of(std::span<const std::byte> whole, framing_kind kind) noexcept;

/// Searches a pattern.
class matcher {
 public:
  /// Throws failure when `pattern` is no POSIX extended regular expression.
  explicit matcher(const std::string& pattern);

  enum class answer : std::uint8_t { no, yes, failed };  ///< failed: no memory for it

  [[nodiscard]] answer look(std::span<const std::byte> content) const noexcept;

  /// True when the pattern is searched as it is.
  [[nodiscard]] bool plain() const noexcept { return compiled_ == nullptr; }

 private:
  struct forget {
    void operator()(regex_t* compiled) const noexcept;
  };

  std::string text_;
  std::unique_ptr<regex_t, forget> compiled_;
};

class transform {
 public:
  /// Throws failure as matcher.
  transform(const transforms& wanted, framing_kind kind);

  enum class verdict : std::uint8_t { keep, filter, failed };

  /// What becomes of the record; its hash when it is kept and to be hashed.
  [[nodiscard]] verdict apply(std::span<const std::byte> whole, std::uint64_t& hash) const noexcept;

 private:
  std::optional<matcher> matcher_;
  bool inverted_;
  bool hash_;
  framing_kind kind_;
};

}  // namespace tidegate::pump
