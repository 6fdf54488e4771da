// region.hpp: the bytes that a ring lives in, with one owner: heap, caller's span, or a mapping of its own.
//
// Cost: all work is done in make() and the destructor; afterwards it is a pointer and a length.
// Errors: values of memory_errc; nothing throws, and a failed make() has released everything it took.
// Thread roles: made, moved and destroyed by one thread at a time; the bytes are their user's affair.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "tidegate/memory/memory_errc.hpp"
#include "tidegate/memory/memory_options.hpp"
#include "tidegate/memory/pages.hpp"

namespace tidegate {

class region {
 public:
  /// At least `bytes` bytes, indeterminate, aligned to `alignment`. On failure an empty region, and `error` says why;
  /// on success `error` is cleared. All sizes are checked before any memory is taken or touched.
  [[nodiscard]] static region make(std::size_t bytes, std::size_t alignment, const memory_options& options,
                                   std::error_code& error) noexcept;

  region() noexcept = default;
  region(region&& other) noexcept { swap(other); }
  region& operator=(region&& other) noexcept {
    region taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~region() { release(); }

  /// Null when empty: default-made, moved from, or not to be had.
  [[nodiscard]] std::byte* data() const noexcept { return data_; }

  /// As asked for.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// What is set aside for them: rounded up to the alignment on the heap, to whole pages in a mapping. In a span the
  /// bytes as asked for, or whole pages of it when it was to be locked or bound.
  [[nodiscard]] std::size_t committed_bytes() const noexcept { return committed_bytes_; }

  [[nodiscard]] memory_place place() const noexcept { return place_; }

  /// What was asked for with `attempt` and could not be had.
  [[nodiscard]] const memory_notes& notes() const noexcept { return notes_; }

 private:
  [[nodiscard]] static memory_errc check(std::size_t bytes, std::size_t alignment,
                                         const memory_options& options) noexcept;
  [[nodiscard]] memory_errc take_heap() noexcept;
  [[nodiscard]] memory_errc take_span(const memory_options& options) noexcept;
  [[nodiscard]] memory_errc take_pages(const memory_options& options) noexcept;
  [[nodiscard]] memory_errc take_huge_pages(const memory_options& options) noexcept;
  [[nodiscard]] memory_errc settle(const memory_options& options) noexcept;
  [[nodiscard]] memory_errc bind(const memory_options& options) noexcept;
  [[nodiscard]] memory_errc lock(const memory_options& options) noexcept;
  [[nodiscard]] memory_errc meet(request strength, memory_errc outcome) noexcept;
  void hold(std::byte* where, std::size_t committed_bytes, memory_place place) noexcept;
  void release() noexcept;
  void swap(region& other) noexcept;

  /// True when lock and bind act on this region's bytes and on nobody else's.
  [[nodiscard]] bool has_whole_pages() const noexcept {
    const std::size_t page = detail::pages::page_bytes();
    return detail::pages::is_aligned(data_, page) && committed_bytes_ % page == 0;
  }
  [[nodiscard]] static bool wants_node(const memory_options& options) noexcept {
    return options.node >= 0 && options.bind != request::off;
  }
  [[nodiscard]] static bool wants_whole_pages(const memory_options& options) noexcept {
    return options.lock != request::off || wants_node(options);
  }

  std::byte* data_ = nullptr;        // null exactly when place_ is nowhere
  std::size_t bytes_ = 0;            // as asked for; bytes_ <= committed_bytes_
  std::size_t committed_bytes_ = 0;  // what release() gives back
  std::size_t alignment_ = 1;        // as asked for; the heap wants it back
  memory_notes notes_;               // wishes not met
  memory_place place_ = memory_place::nowhere;
  bool locked_ = false;  // lock() succeeded
};

/// One line: how much, where, and the notes. For logs.
[[nodiscard]] inline std::string to_string(const region& memory) {
  std::string text = std::to_string(memory.committed_bytes()) + " bytes on " + std::string(to_string(memory.place()));
  if (!memory.notes().none()) text += "; " + to_string(memory.notes());
  return text;
}

inline region region::make(std::size_t bytes, std::size_t alignment, const memory_options& options,
                           std::error_code& error) noexcept {
  region made;
  memory_errc reason = check(bytes, alignment, options);
  if (reason == memory_errc::ok) {
    made.bytes_ = bytes;
    made.alignment_ = alignment;
    if (!options.span.empty()) {
      reason = made.take_span(options);
    } else if (options.pages != page_policy::normal) {
      reason = made.take_huge_pages(options);
    } else if (options.prefault != request::off || wants_whole_pages(options)) {
      reason = made.take_pages(options);
    } else {
      reason = made.take_heap();
    }
  }
  if (reason == memory_errc::ok) {
    error.clear();
    return made;
  }
  error = reason;
  return {};
}

/// Everything that can be known to be wrong from the arguments alone.
inline memory_errc region::check(std::size_t bytes, std::size_t alignment, const memory_options& options) noexcept {
  if (bytes == 0) return memory_errc::zero_bytes;
  if (!std::has_single_bit(alignment)) return memory_errc::bad_alignment;
  const std::size_t page =
      options.pages == page_policy::normal ? detail::pages::page_bytes() : detail::pages::huge_bytes;
  if (detail::pages::round_up(bytes, std::max(alignment, page)) == 0) return memory_errc::too_large;
  if (options.span.empty()) return memory_errc::ok;
  if (options.span.size() < bytes) return memory_errc::span_too_small;
  if (!detail::pages::is_aligned(options.span.data(), alignment)) return memory_errc::span_misaligned;
  return options.pages == page_policy::require_huge ? memory_errc::span_pages_fixed : memory_errc::ok;
}

/// The size is rounded to the alignment too, so that nobody else's data shares the last cache line.
inline memory_errc region::take_heap() noexcept {
  const std::size_t rounded = detail::pages::round_up(bytes_, alignment_);
  void* const where = ::operator new (rounded, std::align_val_t{alignment_}, std::nothrow);
  if (where == nullptr) return memory_errc::no_memory;
  hold(static_cast<std::byte*>(where), rounded, memory_place::heap);
  return memory_errc::ok;
}

inline memory_errc region::take_span(const memory_options& options) noexcept {
  hold(options.span.data(), bytes_, memory_place::span);
  const std::size_t page = detail::pages::page_bytes();
  const std::size_t rounded = detail::pages::round_up(bytes_, page);
  if (wants_whole_pages(options) && detail::pages::is_aligned(data_, page) && options.span.size() >= rounded) {
    committed_bytes_ = rounded;  // the caller's own page up to its end, so that lock and bind may have it
  }
  if (options.pages != page_policy::normal) notes_.add(memory_errc::span_pages_fixed);
  return settle(options);
}

inline memory_errc region::take_pages(const memory_options& options) noexcept {
  const std::size_t page = detail::pages::page_bytes();
  const std::size_t rounded = detail::pages::round_up(bytes_, page);
  std::byte* const where = detail::pages::map(rounded, page, alignment_, 0);
  if (where == nullptr) return memory_errc::no_memory;
  hold(where, rounded, memory_place::pages);
  return settle(options);
}

/// The huge page pool; when it has too little and that is allowed, ordinary pages laid out for transparent huge pages.
inline memory_errc region::take_huge_pages(const memory_options& options) noexcept {
  const std::size_t rounded = detail::pages::round_up(bytes_, detail::pages::huge_bytes);
  memory_errc reason = memory_errc::ok;
  if (std::byte* const where = detail::pages::map_huge(rounded, alignment_, reason)) {
    hold(where, rounded, memory_place::huge_pages);
    if (const memory_errc refusal = bind(options); refusal != memory_errc::ok) return refusal;
    // Made present now, asked for or not: a page that the node or a control group lacks would be SIGBUS at first use.
    // Present pages of the pool are never swapped, so that prefault and lock are met as well.
    if (detail::pages::populate(data_, committed_bytes_) == memory_errc::ok) return memory_errc::ok;
    release();
    reason = memory_errc::no_huge_pages;
  }
  if (options.pages == page_policy::require_huge) return reason;
  notes_.add(reason);
  std::byte* const where =
      detail::pages::map(rounded, detail::pages::page_bytes(), std::max(alignment_, detail::pages::huge_bytes), 0);
  if (where == nullptr) return memory_errc::no_memory;
  hold(where, rounded, memory_place::transparent_huge_pages);
  if (const memory_errc refusal = detail::pages::advise_huge(data_, committed_bytes_); refusal != memory_errc::ok) {
    notes_.add(refusal);
    place_ = memory_place::pages;
  }
  return settle(options);
}

/// Bind, prefault, lock, in this order: a page is placed when it is touched, and locking touches.
inline memory_errc region::settle(const memory_options& options) noexcept {
  if (const memory_errc refusal = bind(options); refusal != memory_errc::ok) return refusal;
  if (options.prefault != request::off) {
    const memory_errc refusal = meet(options.prefault, detail::pages::populate(data_, bytes_));
    if (refusal != memory_errc::ok) return refusal;
  }
  return lock(options);
}

inline memory_errc region::bind(const memory_options& options) noexcept {
  if (!wants_node(options)) return memory_errc::ok;
  if (!has_whole_pages()) return meet(options.bind, memory_errc::span_not_whole_pages);
  return meet(options.bind, detail::pages::bind(data_, committed_bytes_, options.node));
}

inline memory_errc region::lock(const memory_options& options) noexcept {
  if (options.lock == request::off) return memory_errc::ok;
  if (!has_whole_pages()) return meet(options.lock, memory_errc::span_not_whole_pages);
  const memory_errc outcome = detail::pages::lock(data_, committed_bytes_);
  locked_ = outcome == memory_errc::ok;
  return meet(options.lock, outcome);
}

/// A wish not met is a note or an error, as it was asked for.
inline memory_errc region::meet(request strength, memory_errc outcome) noexcept {
  if (outcome == memory_errc::ok || strength == request::require) return outcome;
  notes_.add(outcome);
  return memory_errc::ok;
}

inline void region::hold(std::byte* where, std::size_t committed_bytes, memory_place place) noexcept {
  data_ = where;
  committed_bytes_ = committed_bytes;
  place_ = place;
}

inline void region::release() noexcept {
  if (place_ == memory_place::heap) {
    ::operator delete (data_, std::align_val_t{alignment_});
  } else if (place_ == memory_place::span) {
    if (locked_) ::munlock(data_, committed_bytes_);
  } else if (place_ != memory_place::nowhere) {
    ::munmap(data_, committed_bytes_);
  }
  data_ = nullptr;
  place_ = memory_place::nowhere;
}

inline void region::swap(region& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(committed_bytes_, other.committed_bytes_);
  std::swap(alignment_, other.alignment_);
  std::swap(notes_, other.notes_);
  std::swap(place_, other.place_);
  std::swap(locked_, other.locked_);
}

}  // namespace tidegate
