// rendezvous.hpp: where the tracer and the process that plays a scenario meet: semaphores and texts in shared memory.
#pragma once

#include <semaphore.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <new>
#include <string>
#include <system_error>

namespace tidegate::test {

/// A semaphore between processes.
class shared_semaphore {
 public:
  shared_semaphore() noexcept { ::sem_init(&semaphore_, 1, 0); }
  shared_semaphore(const shared_semaphore&) = delete;
  shared_semaphore& operator=(const shared_semaphore&) = delete;
  ~shared_semaphore() { ::sem_destroy(&semaphore_); }

  void post() noexcept { ::sem_post(&semaphore_); }

  void wait() noexcept {
    while (::sem_wait(&semaphore_) != 0 && errno == EINTR) {
    }
  }

  /// False when nobody posted for so long, or a signal came.
  [[nodiscard]] bool wait_for(std::chrono::nanoseconds span) noexcept {
    const auto until = (std::chrono::steady_clock::now() + span).time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(until);
    const timespec when{.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds(until - seconds).count()};
    return ::sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &when) == 0;
  }

 private:
  sem_t semaphore_;
};

/// A text for the other process, cut to what there is room for.
class shared_text {
 public:
  void write(const std::string& text) noexcept { letters_[text.copy(letters_.data(), letters_.size() - 1)] = '\0'; }

  /// Leaves it empty.
  [[nodiscard]] std::string take() {
    std::string text = letters_.data();
    letters_[0] = '\0';
    return text;
  }

 private:
  std::array<char, 500> letters_{};
};

struct rendezvous {
  shared_semaphore work_granted;  // tracer → others: the thread stands still
  shared_semaphore work_done;     // others → tracer
  shared_text work_fault;         // of scenario::work()
  shared_text end_fault;          // of scenario::conclude()
};

/// One rendezvous in memory that a child shares with its parent.
class shared_rendezvous {
 public:
  shared_rendezvous() {
    void* const page = ::mmap(nullptr, sizeof(rendezvous), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    shared_ = new (page) rendezvous;
  }
  shared_rendezvous(const shared_rendezvous&) = delete;
  shared_rendezvous& operator=(const shared_rendezvous&) = delete;
  ~shared_rendezvous() {
    shared_->~rendezvous();
    ::munmap(shared_, sizeof(rendezvous));
  }

  [[nodiscard]] rendezvous& operator*() const noexcept { return *shared_; }
  [[nodiscard]] rendezvous* operator->() const noexcept { return shared_; }

 private:
  rendezvous* shared_;
};

}  // namespace tidegate::test
