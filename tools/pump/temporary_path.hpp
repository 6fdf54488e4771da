// temporary_path.hpp: a file that we made and that goes when this does, unless another one has taken its place.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace tidegate::pump {

/// Empty: none.
class temporary_path {
 public:
  temporary_path() noexcept = default;

  /// What is at `path` now.
  explicit temporary_path(std::string path) noexcept : path_(std::move(path)) {
    if (::lstat(path_.c_str(), &made_) != 0) path_.clear();  // gone already: nothing of ours to remove
  }
  temporary_path(temporary_path&& other) noexcept : path_(std::exchange(other.path_, {})), made_(other.made_) {}
  temporary_path& operator=(temporary_path&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(made_, other.made_);
    return *this;
  }
  ~temporary_path() {
    if (!path_.empty() && still_there()) ::unlink(path_.c_str());
  }
  explicit operator bool() const noexcept { return !path_.empty(); }
  [[nodiscard]] const std::string& text() const noexcept { return path_; }

 private:
  [[nodiscard]] bool still_there() const noexcept {
    struct stat found {};
    return ::lstat(path_.c_str(), &found) == 0 && found.st_dev == made_.st_dev && found.st_ino == made_.st_ino;
  }

  std::string path_;
  struct stat made_ {};
};

}  // namespace tidegate::pump
