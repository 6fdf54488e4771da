// progress.hpp: what the moving threads show of themselves while they run. Observations only; the ledger is exact.
#pragma once

#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::pump {

/// Written by one thread, read by any.
class gauge {
 public:
  void set(std::uint64_t value) noexcept { value_.store(value, order::relaxed); }            // guards no data
  [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(order::relaxed); }  // guards no data

 private:
  native_sync::atomic<std::uint64_t> value_{0};
};

struct progress {
  struct alignas(cache_line_bytes) {  // written by the reader
    gauge offered_bytes, refused_records;
  } reader;
  struct alignas(cache_line_bytes) {  // written by the sink thread
    gauge delivered_bytes, delivered_records;
  } sink;
};

}  // namespace tidegate::pump
