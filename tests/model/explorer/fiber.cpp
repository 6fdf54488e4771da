#include "tests/model/explorer/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

namespace tidegate::model {

fiber::fiber(std::size_t stack_bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  mapping_bytes_ = (stack_bytes + page - 1) / page * page + page;
  void* const where = ::mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (where == MAP_FAILED) throw std::bad_alloc();
  mapping_ = static_cast<std::byte*>(where);
  if (::mprotect(mapping_, page, PROT_NONE) != 0) throw std::bad_alloc();
}

fiber::~fiber() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapping_bytes_);
}

#if defined(__x86_64__)

// Saves the six registers that a call must preserve, exchanges stacks, restores those of the other side.
extern "C" void tidegate_model_switch(void** save_to, void* continue_at);
asm(R"(
.text
.globl tidegate_model_switch
.type tidegate_model_switch, @function
tidegate_model_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size tidegate_model_switch, .-tidegate_model_switch

.globl tidegate_model_enter
.type tidegate_model_enter, @function
tidegate_model_enter:
  movq %r12, %rdi
  call *%rbx
  ud2
.size tidegate_model_enter, .-tidegate_model_enter
)");
extern "C" void tidegate_model_enter();

void fiber::prepare(entry run, void* argument) noexcept {
  // The stack as tidegate_model_switch() would have left it: r15, r14, r13, r12, rbx, rbp, return address.
  auto* const top = reinterpret_cast<std::uintptr_t*>(mapping_ + mapping_bytes_);
  std::uintptr_t* const frame = top - 9;  // so that the stack is aligned where `run` is called
  frame[0] = frame[1] = frame[2] = 0;
  frame[3] = reinterpret_cast<std::uintptr_t>(argument);
  frame[4] = reinterpret_cast<std::uintptr_t>(run);
  frame[5] = 0;
  frame[6] = reinterpret_cast<std::uintptr_t>(&tidegate_model_enter);
  frame[7] = frame[8] = 0;
  stack_pointer_ = frame;
}

void fiber::switch_between(fiber& from, fiber& to) noexcept {
  tidegate_model_switch(&from.stack_pointer_, to.stack_pointer_);
}

#else

namespace {

/// makecontext() passes ints only.
void enter(unsigned run_high, unsigned run_low, unsigned argument_high, unsigned argument_low) {
  const auto run = (static_cast<std::uint64_t>(run_high) << 32) | run_low;
  const auto argument = (static_cast<std::uint64_t>(argument_high) << 32) | argument_low;
  reinterpret_cast<fiber::entry>(run)(reinterpret_cast<void*>(argument));
}

}  // namespace

void fiber::prepare(entry run, void* argument) noexcept {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  ::getcontext(&context_);
  context_.uc_stack.ss_sp = mapping_ + page;
  context_.uc_stack.ss_size = mapping_bytes_ - page;
  context_.uc_link = nullptr;
  const auto code = reinterpret_cast<std::uint64_t>(run);
  const auto data = reinterpret_cast<std::uint64_t>(argument);
  ::makecontext(&context_, reinterpret_cast<void (*)()>(&enter), 4, static_cast<unsigned>(code >> 32),
                static_cast<unsigned>(code), static_cast<unsigned>(data >> 32), static_cast<unsigned>(data));
}

void fiber::switch_between(fiber& from, fiber& to) noexcept { ::swapcontext(&from.context_, &to.context_); }

#endif

}  // namespace tidegate::model
