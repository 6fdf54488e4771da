#include "pump/transform.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::pump {
namespace {

constexpr std::string_view special_characters = "\\^$.|?*+()[]{}";

bool found_in(std::span<const std::byte> content, const std::string& text) noexcept {
  return text.empty() || ::memmem(content.data(), content.size(), text.data(), text.size()) != nullptr;
}

void write_digits(std::uint64_t value, std::byte* to) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) *to++ = std::byte(digits[value >> shift & 15]);
}

/// A 32-bit little-endian length, in both directions.
std::uint32_t little_endian(std::uint32_t value) noexcept {
  return std::endian::native == std::endian::big ? __builtin_bswap32(value) : value;
}

}  // namespace

std::uint64_t fnv1a_64(std::span<const std::byte> bytes) noexcept {
  std::uint64_t hash = 14695981039346656037u;
  for (const std::byte each : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(each)) * 1099511628211u;
  return hash;
}

std::span<const std::byte> content_of(std::span<const std::byte> whole, framing_kind kind) noexcept {
  if (kind == framing_kind::prefixed) return whole.subspan(prefix_bytes);
  const bool newline = kind == framing_kind::lines && !whole.empty() && whole.back() == std::byte('\n');
  return newline ? whole.first(whole.size() - 1) : whole;
}

std::size_t write_hashed(std::span<const std::byte> whole, std::uint64_t hash, framing_kind kind,
                         std::byte* to) noexcept {
  const std::size_t written = whole.size() + hash_text_bytes;
  if (kind == framing_kind::prefixed) {
    const auto length = little_endian(static_cast<std::uint32_t>(written - prefix_bytes));
    std::memcpy(to, &length, prefix_bytes);
    to += prefix_bytes;
    whole = whole.subspan(prefix_bytes);
  }
  write_digits(hash, to);
  to[hash_text_bytes - 1] = std::byte(' ');
  if (!whole.empty()) std::memcpy(to + hash_text_bytes, whole.data(), whole.size());
  return written;
}

void matcher::forget::operator()(regex_t* compiled) const noexcept {
  ::regfree(compiled);
  delete compiled;
}

matcher::matcher(const std::string& pattern) : text_(pattern) {
  if (pattern.find_first_of(special_characters) == std::string::npos) return;
  auto compiled = std::make_unique<regex_t>();
  if (const int error = ::regcomp(compiled.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB); error != 0) {
    std::array<char, 256> why{};
    ::regerror(error, compiled.get(), why.data(), why.size());
    refuse(concat("--grep '", pattern, "' cannot be used: ", why.data(),
                  "; accepted: a POSIX extended regular expression"));
  }
  compiled_.reset(compiled.release());
}

matcher::answer matcher::look(std::span<const std::byte> content) const noexcept {
  if (plain()) return found_in(content, text_) ? answer::yes : answer::no;
  // not regexec(3), which is about text that ends in a zero byte: sanitizers look at all of it
  const auto length = static_cast<regoff_t>(content.size());
  const char* const begin = content.empty() ? "" : reinterpret_cast<const char*>(content.data());
  const regoff_t found = ::re_search(compiled_.get(), begin, length, 0, length, nullptr);
  constexpr regoff_t no_match = -1;
  return found >= 0 ? answer::yes : found == no_match ? answer::no : answer::failed;
}

transform::transform(const transforms& wanted, framing_kind kind)
    : inverted_(wanted.inverted), hash_(wanted.hash), kind_(kind) {
  if (wanted.pattern) matcher_.emplace(*wanted.pattern);
}

transform::verdict transform::apply(std::span<const std::byte> whole, std::uint64_t& hash) const noexcept {
  const auto content = content_of(whole, kind_);
  if (matcher_) {
    const matcher::answer found = matcher_->look(content);
    if (found == matcher::answer::failed) return verdict::failed;
    if ((found == matcher::answer::yes) == inverted_) return verdict::filter;
  }
  if (hash_) hash = fnv1a_64(content);
  return verdict::keep;
}

}  // namespace tidegate::pump
