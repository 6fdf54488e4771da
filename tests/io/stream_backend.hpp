// stream_backend.hpp: what the suites over stream sinks share: the fixture that runs on every backend, small limits.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "tests/io/support.hpp"
#include "tidegate/io/stream_sink.hpp"

namespace tidegate::test {

class stream_backend_test : public backend_test {
 protected:
  static std::unique_ptr<stream_sink> make(unique_fd fd, sink_config config = {}) {
    std::error_code error;
    auto made = stream_sink::make(std::move(fd), with_backend(config), error);
    EXPECT_TRUE(made) << error.message();
    if (made) {
      EXPECT_TRUE(is_as_asked(*made)) << made->backend().reason;
    }
    return made;
  }
};

constexpr sink_config small{
    .capacity_bytes = 64 << 10, .high_bytes = 32 << 10, .low_bytes = 8 << 10, .batch_bytes = 16 << 10};

}  // namespace tidegate::test
