// small_disk.hpp: a file system of a test's own, that can be filled up. Needs root.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::test {

/// Mounts a tmpfs, or another file system in memory, for the life of the object.
class small_disk {
 public:
  explicit small_disk(const char* options, const char* type = "tmpfs") {
    mounted_ = ::mkdtemp(path_) != nullptr && ::mount("tidegate", path_, type, 0, options) == 0;
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    if (mounted_) ::umount2(path_, MNT_DETACH);
    ::rmdir(path_);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::string path() const { return path_; }
  /// A file on it, `bytes` of which are taken from the disk at once.
  [[nodiscard]] unique_fd create(const char* name, off_t bytes = 0) const {
    unique_fd file{::open((path() + "/" + name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    return bytes == 0 || ::fallocate(file.get(), 0, 0, bytes) == 0 ? std::move(file) : unique_fd();
  }

 private:
  char path_[32] = "/tmp/tidegate-disk-XXXXXX";
  bool mounted_ = false;
};

}  // namespace tidegate::test
