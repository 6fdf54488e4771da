#include "io/log/disk_worker.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "base/all_signals_blocked.hpp"
#include "io/sink_target.hpp"

namespace tidegate::detail {

namespace {

template <class Packet>
bool receive(int fd, Packet& packet, int flags) noexcept {
  return repeat_interrupted([&] { return ::recv(fd, &packet, sizeof packet, flags); }) ==
         static_cast<long>(sizeof packet);
}

template <class Packet>
bool send_packet(int fd, const Packet& packet) noexcept {
  return repeat_interrupted([&] { return ::send(fd, &packet, sizeof packet, MSG_NOSIGNAL); }) ==
         static_cast<long>(sizeof packet);
}

void serve(const log_folders& folders, int fd) noexcept {
  disk_job job;
  while (receive(fd, job, 0)) {
    const disk_job_end end = run_job(folders, job);
    if (job.what != log_work::retire) (void)send_packet(fd, end);
  }
}

}  // namespace

disk_worker::disk_worker(const log_folders& folders) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::system_error(errno, std::system_category(), "socketpair");
  ours_.reset(ends[0]);
  theirs_.reset(ends[1]);
  const all_signals_blocked guard;
  thread_ = std::make_unique<std::thread>([&folders, fd = ends[1]] { serve(folders, fd); });
}

bool disk_worker::give(const disk_job& job) noexcept { return send_packet(ours_.get(), job); }

bool disk_worker::take(disk_job_end& end) noexcept { return receive(ours_.get(), end, MSG_DONTWAIT); }

void disk_worker::finish() noexcept {
  if (!thread_) return;
  (void)::shutdown(ours_.get(), SHUT_WR);
  thread_->join();
  thread_.reset();
  ours_.reset();
  theirs_.reset();
}

/// The handle is leaked: to join or detach it could meet a thread that this process has made since.
void disk_worker::disown() noexcept {
  (void)thread_.release();
  ours_.reset();
  theirs_.reset();
}

}  // namespace tidegate::detail
