// Where a ring lives: what is asked for, what was had, and what is said when it was not.
#include <cstdio>
#include <string>
#include <system_error>

#include "tidegate/memory/memory_errc.hpp"
#include "tidegate/memory/memory_options.hpp"
#include "tidegate/memory/region.hpp"

int main() {
  using namespace tidegate;
  const memory_options wishes = {.pages = page_policy::try_huge,  // 2 MiB pages if there are any
                                 .prefault = request::attempt,    // no page fault at first use
                                 .lock = request::attempt,        // never swapped out
                                 .node = 0};                      // memory of the first socket

  std::error_code error;
  const region memory = region::make(1'000'000, 64, wishes, error);
  if (error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    return error == memory_errc::no_memory ? 1 : 2;
  }
  std::printf("asked for %zu bytes, got %s\n", memory.bytes(), to_string(memory).c_str());

  // A promise instead of a wish: without 2 MiB pages this is an error that names the remedy.
  const region strict = region::make(1'000'000, 64, {.pages = page_policy::require_huge}, error);
  std::printf("required huge pages: %s\n", error ? error.message().c_str() : "granted");
}
