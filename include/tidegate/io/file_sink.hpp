// file_sink.hpp: a sink over a regular file or block device, written at explicit offsets. See sink.hpp.
//
// `automatic` writes inline with pwrite(2): buffered writes through io_uring go to a kernel worker thread, which
// measured slower at every batch size. `uring` keeps several batches in flight; `written` is then the contiguous
// prefix. "Written" means in the page cache: it survives a killed process, not a power cut. Thread roles and progress:
// as sink.hpp; inline, write() and pump() take as long as pwrite(2) takes.
#pragma once

#include <cstdint>
#include <memory>
#include <system_error>

#include "tidegate/io/sink.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate {

class file_sink final : public sink {
 public:
  /// Start where the descriptor's own position is, and leave that position behind what was written when closing, so
  /// that whoever shares the open file goes on after us. Any other offset leaves the position alone.
  static constexpr std::uint64_t at_position = ~std::uint64_t{0};

  /// Takes `fd`, which is closed also when this fails. Throws std::system_error (or std::bad_alloc). An O_APPEND file
  /// is appended to, whatever the offset, and always inline.
  explicit file_sink(unique_fd fd, const sink_config& config = {}, std::uint64_t offset = at_position);

  /// The same without exceptions: nullptr and `error`. Errors: sink_errc, or what the system answered.
  [[nodiscard]] static std::unique_ptr<file_sink> make(unique_fd fd, const sink_config& config, std::uint64_t offset,
                                                       std::error_code& error) noexcept;

 private:
  explicit file_sink(std::unique_ptr<detail::sink_core> core) noexcept;
};

}  // namespace tidegate
