// support.hpp: a folder of its own for each test, samples to publish, and children that end in ways of their own.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/observe/counters_reader.hpp"
#include "tidegate/observe/pressure.hpp"

namespace tidegate::test {

class in_a_folder : public ::testing::Test {
 protected:
  in_a_folder() {
    char name[] = "/tmp/tidegate-counters-XXXXXX";
    folder_ = ::mkdtemp(name);
    path_ = folder_ + "/counters";
  }
  ~in_a_folder() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(folder_)) names.push_back(each.path().filename());
    return names;
  }

  std::string folder_;
  std::string path_;
};

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// A queue whose every number follows from `number`, so that a mixture of two samples shows.
inline pressure numbered(const std::string& name, std::uint64_t number) {
  pressure one;
  one.name = name;
  one.policy = "block";
  one.capacity = number;
  one.depth = number;
  one.entered = number;
  one.left = number;
  one.push_side.waits = number;
  one.sink.stalls = number;
  one.losses.fill(number);
  one.arrival_rate = static_cast<double>(number);
  one.time_to_full = std::chrono::nanoseconds(number);
  return one;
}

/// Runs `body` in a child; its exit status, or minus the signal that ended it.
inline int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

inline std::uint64_t whole(const counters_snapshot& seen, std::size_t row, const char* field) {
  return seen.whole(row, seen.field(field)).value_or(~std::uint64_t{0});
}

}  // namespace tidegate::test
