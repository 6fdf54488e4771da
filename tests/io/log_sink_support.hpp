// log_sink_support.hpp: what tests of log_sink on real files share.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "tests/io/log_support.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/io/log_sink.hpp"

namespace tidegate::test {

inline std::unique_ptr<log_sink> open_log(const log_config& config) {
  std::error_code error;
  log_recovery found;
  auto made = log_sink::make(config, error, &found);
  EXPECT_TRUE(made) << error.message() << " " << found.problem;
  return made;
}

inline log_config small_log(const scratch_folder& in) {
  log_config config;
  config.directory = in.path();
  config.segment_bytes = 256 << 10;
  config.capacity_bytes = 64 << 10;
  config.high_bytes = 48 << 10;
  config.low_bytes = 8 << 10;
  config.batch_bytes = 16 << 10;
  config.corked = true;
  return config;
}

/// Segments that fill a small disk.
inline log_config tiny_log(const std::string& directory) {
  log_config config;
  config.directory = directory;
  config.segment_bytes = 32 << 10;
  config.capacity_bytes = 8 << 10;
  config.high_bytes = 8 << 10;
  config.low_bytes = 1 << 10;
  config.batch_bytes = 4 << 10;
  config.capacity_records = 100;
  config.engine = log_engine::buffered;
  return config;
}

inline log_location where(const log_config& config) {
  return {config.directory, config.name, config.failover_directory};
}

/// Long enough for any machine; a test that waits this long has failed.
inline deadline in_a_minute() { return deadline::after(native_sync::now(), std::chrono::minutes{1}); }

/// Writes the record that belongs to the next seq, as a patient producer does; false when the log failed.
inline bool write_patiently(log_sink& out, std::size_t length) {
  const image record = record_bytes(out.next_seq(), length);
  for (;;) {
    const sink_status answer = out.write(record);
    if (answer == sink_status::ok) return true;
    if (answer == sink_status::pause) return out.drain(in_a_minute()) == wait_status::ok;
    if (answer != sink_status::full || out.wait_progress(in_a_minute()) != wait_status::ok) return false;
  }
}

/// The log holds the records from 1 to `last`, no more, and each has the length that `length_of` says.
template <class Length>
void expect_log(const log_location& log, std::uint64_t last, Length length_of) {
  const auto records = library_log(log);
  ASSERT_EQ(records.size(), last);
  for (std::uint64_t seq = 1; seq <= last; ++seq) {
    ASSERT_EQ(records[seq - 1].seq, seq);
    ASSERT_EQ(records[seq - 1].payload, record_bytes(seq, length_of(seq))) << "record " << seq;
  }
}

}  // namespace tidegate::test
