// memory_options.hpp: the wishes about where a ring lives, and the notes about those that were not met.
//
// Each wish is made with a strength: `attempt` that fails leaves a note and the ring works all the same, `require` that
// fails is an error of construction. Nothing is given up silently.
// Thread roles: plain values, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "tidegate/memory/memory_errc.hpp"

namespace tidegate {

/// Which pages hold the region. A region on huge pages is 2 MiB aligned and a multiple of 2 MiB long.
enum class page_policy : std::uint8_t {
  normal,        ///< whatever the system gives
  try_huge,      ///< pages of the huge page pool; else ordinary pages, transparent huge pages advised, and a note
  require_huge,  ///< pages of the huge page pool or an error: transparent huge pages are advice, not a promise
};

/// How much a wish matters.
enum class request : std::uint8_t {
  off,      ///< not asked for
  attempt,  ///< a failure is a note
  require,  ///< a failure is an error
};

/// Where a region lives. The default is the heap; any wish but `span` makes it an anonymous mapping of its own.
struct memory_options {
  /// Non-empty: live at its start. It must outlive the region; its contents need not be kept.
  std::span<std::byte> span = {};

  /// For a span the caller has chosen already: `try_huge` is then a note, `require_huge` an error.
  page_policy pages = page_policy::normal;

  /// Have every page present when construction ends, so that no first use meets a page fault. Pages of the huge page
  /// pool are always made present: one missing later would end the process with SIGBUS.
  request prefault = request::off;

  /// Keep the pages from being swapped out (mlock), which makes them present too. Pages of the huge page pool are never
  /// swapped. Undone with the region, on a span too: leave it off for a span that you lock yourself.
  request lock = request::off;

  /// NUMA node that the pages shall come from; negative: any. Pages of a span that were touched before stay where they
  /// are. Lock and node act on whole pages: a span must start on a page and hold the last one that is used to its end.
  int node = -1;
  request bind = request::attempt;
};

/// Where a region came to live.
enum class memory_place : std::uint8_t { nowhere, heap, span, pages, transparent_huge_pages, huge_pages };

/// The place in words, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(memory_place place) noexcept {
  constexpr std::string_view names[] = {"nowhere",   "heap", "caller's span", "pages", "transparent huge pages",
                                        "huge pages"};
  const auto index = static_cast<std::size_t>(place);
  return index < std::size(names) ? names[index] : "invalid memory_place";
}

/// The wishes that were made with `attempt` (or `try_huge`) and not met: a set of reasons.
class memory_notes {
 public:
  constexpr void add(memory_errc reason) noexcept { reasons_ |= bit(reason); }

  [[nodiscard]] constexpr bool contains(memory_errc reason) const noexcept { return (reasons_ & bit(reason)) != 0; }
  [[nodiscard]] constexpr bool none() const noexcept { return reasons_ == 0; }

  /// Calls f(memory_errc) for each reason.
  template <class F>
  constexpr void for_each(F&& f) const {
    for (int value = 1; value < memory_errc_count; ++value) {
      if (contains(static_cast<memory_errc>(value))) f(static_cast<memory_errc>(value));
    }
  }

  constexpr bool operator==(const memory_notes&) const noexcept = default;

 private:
  static_assert(memory_errc_count <= 32);
  static constexpr std::uint32_t bit(memory_errc reason) noexcept { return 1u << static_cast<unsigned>(reason); }

  std::uint32_t reasons_ = 0;  // bit `reason` is set: that reason was noted
};

/// All reasons in one line, separated by "; ". No notes give no text.
[[nodiscard]] inline std::string to_string(const memory_notes& notes) {
  std::string text;
  notes.for_each([&text](memory_errc reason) {
    if (!text.empty()) text += "; ";
    text += to_string(reason);
  });
  return text;
}

}  // namespace tidegate
