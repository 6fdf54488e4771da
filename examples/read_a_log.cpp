// Reading a log that a log sink has left: put right what a crash left half-written, then go through the records.
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "tidegate/io/log_reader.hpp"
#include "tidegate/io/log_recovery.hpp"

int read_all(const tidegate::log_location& log) {
  const tidegate::log_recovery found = tidegate::recover_log(log);  // syncs, then cuts off a torn tail
  if (found.error == tidegate::log_errc::no_log) return 0;          // nobody has written it
  if (found.error) {                                                // corrupt: nothing was changed
    std::fprintf(stderr, "%s\n", found.problem.c_str());
    return 1;
  }
  std::printf("%zu segments, %zu bytes cut off\n", found.segments.size(), std::size_t{found.cut_bytes()});

  tidegate::log_reader reader(log, {.from_seq = found.first_seq});
  tidegate::read_status status;
  while ((status = reader.next()) < tidegate::read_status::end) {
    if (status == tidegate::read_status::gap) continue;  // an earlier salvage: seq() to last_lost() are gone
    std::printf("%zu: %zu bytes\n", std::size_t{reader.seq()}, reader.payload().size());
  }
  return status == tidegate::read_status::end ? 0 : 1;
}

int main(int count, char** arguments) {
  if (count == 3) return read_all({arguments[1], arguments[2], {}});
  char folder[] = "/tmp/tidegate-example-XXXXXX";  // with no log in it
  if (::mkdtemp(folder) == nullptr) return 1;
  const int code = read_all({folder, "orders", {}});
  return std::filesystem::remove_all(folder) > 0 ? code : 1;
}
