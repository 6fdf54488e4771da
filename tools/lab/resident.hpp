// resident.hpp: how much memory of this process is in RAM, read without allocating.
#pragma once

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::lab {

class resident_memory {
 public:
  /// Gives free memory back to the system first, so that what follows is not hidden by what was there before.
  resident_memory();

  /// MiB above where it was at construction; 0 where /proc cannot be read.
  [[nodiscard]] double above_start_mib() const noexcept { return now_mib() - start_mib_; }

 private:
  [[nodiscard]] double now_mib() const noexcept;

  unique_fd statm_;
  double start_mib_ = 0;
};

}  // namespace tidegate::lab
