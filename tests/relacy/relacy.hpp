// relacy.hpp: Debian's relacy-dev (Dmitry Vyukov's race detector) without the words that it redefines. Include it last.
//
// Relacy replaces the global operator new, so that a test's leaks are seen, and makes macros of `new`, `delete`,
// `assert`, `errno`, memory orders and more. The operators stay; the macros end here.
#pragma once

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>

#pragma push_macro("assert")
#pragma push_macro("errno")
#include <relacy/relacy.hpp>
#pragma pop_macro("errno")
#pragma pop_macro("assert")

#undef VAR
#undef VAR_T
#undef TLS_T
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
