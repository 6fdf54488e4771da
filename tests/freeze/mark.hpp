// mark.hpp: the marks that enclose the operation under test, at which the tracer takes over.
#pragma once

namespace tidegate::test {

/// Stops the calling thread in its tracer. Kills a process that is not traced.
[[gnu::always_inline]] inline void mark() noexcept { asm volatile("int3" ::: "memory"); }

/// The operation's instructions, inlined between two marks.
template <class Operation>
[[gnu::always_inline]] inline void between_marks(Operation&& operation) noexcept {
  mark();
  operation();
  mark();
}

}  // namespace tidegate::test
