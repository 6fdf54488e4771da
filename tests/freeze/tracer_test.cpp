// The tracer itself: it counts instructions, passes signals on, and leaves no process behind.
#include "tests/freeze/tracer.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/mark.hpp"

namespace tidegate::test {
namespace {

class tracer : public freeze_test {};

TEST_F(tracer, counts_instructions) {
  traced_process child([] {
    for (;;) between_marks([] { asm volatile("nop\n\tnop\n\tnop"); });
  });
  for (std::size_t count = 0; count < 10; ++count) {
    child.run_to_mark();
    EXPECT_EQ(child.step(count), count <= 3) << count;
    if (count <= 3) child.run_to_mark();
  }
}

TEST_F(tracer, tells_how_the_child_died) {
  const auto ending = [](const std::function<void()>& body) -> std::string {
    try {
      traced_process child(body);
      child.run_to_mark();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "no end";
  };
  EXPECT_EQ(ending([] { ::_exit(7); }), "the traced process left with 7");
  EXPECT_EQ(ending([] { ::raise(SIGSEGV); }), "the traced process died of: Segmentation fault");
}

TEST_F(tracer, passes_signals_on) {
  traced_process child([] {
    ::signal(SIGUSR1, [](int) { mark(); });
    mark();
    ::raise(SIGUSR1);  // handled at a mark
    mark();
  });
  for (int i = 0; i < 3; ++i) EXPECT_NO_THROW(child.run_to_mark());
  EXPECT_THROW(child.run_to_mark(), std::runtime_error) << "left with 0";
}

TEST_F(tracer, leaves_no_process_behind) {
  {
    traced_process stopped([] { mark(); });
    stopped.run_to_mark();
    const traced_process sleeping([] { ::pause(); });
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace tidegate::test
