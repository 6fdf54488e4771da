#include "bench/sink/target.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "tidegate/base/sync.hpp"

namespace tidegate::bench::sink_bench {
namespace {

constexpr std::size_t read_bytes = std::size_t{256} << 10;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw wrong_result("the path of the socket is too long: " + path);
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

sockaddr_in loopback_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

template <class Address>
const sockaddr* plain(const Address& address) noexcept {
  return reinterpret_cast<const sockaddr*>(&address);
}

unique_fd connect_to(const job& todo) {
  const bool local = todo.via == transport::unix_socket;
  unique_fd fd(::socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) fail("socket");
  int done = 0;
  if (local) {
    const sockaddr_un address = unix_address(todo.address);
    done = ::connect(fd.get(), plain(address), sizeof address);
  } else {
    const sockaddr_in address = loopback_address(static_cast<std::uint16_t>(std::stoul(todo.address)));
    done = ::connect(fd.get(), plain(address), sizeof address);
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (done != 0) fail("connect");
  return fd;
}

/// Binds, and answers the address for job::address.
std::string bind_to(int fd, transport via, const std::filesystem::path& folder) {
  if (via == transport::unix_socket) {
    const std::string path = folder / "peer.socket";
    std::filesystem::remove(path);
    const sockaddr_un address = unix_address(path);
    if (::bind(fd, plain(address), sizeof address) != 0) fail("bind");
    return path;
  }
  sockaddr_in address = loopback_address(0);
  if (::bind(fd, plain(address), sizeof address) != 0) fail("bind");
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) fail("getsockname");
  return std::to_string(ntohs(address.sin_port));
}

}  // namespace

unique_fd open_target(const job& todo) {
  if (todo.via == transport::tcp || todo.via == transport::unix_socket) return connect_to(todo);
  const std::string path = todo.via == transport::durable ? todo.address + "/log" : todo.address;
  unique_fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) fail("open");
  return fd;
}

scratch_folder::scratch_folder(const std::filesystem::path& parent) {
  std::string name = parent / "tidegate_bench_sink.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) fail("mkdtemp");
  path_ = name;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

loopback_peer::loopback_peer(transport via, const std::filesystem::path& folder, std::size_t record_bytes,
                             check_depth depth)
    : checker_(record_bytes, depth) {
  const int family = via == transport::unix_socket ? AF_UNIX : AF_INET;
  listener_ = unique_fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener_) fail("socket");
  address_ = bind_to(listener_.get(), via, folder);
  if (::listen(listener_.get(), 1) != 0) fail("listen");
  thread_ = std::thread([this] { serve(); });
}

loopback_peer::~loopback_peer() {
  set_reading(true);
  ::shutdown(listener_.get(), SHUT_RDWR);  // ends an accept() that nobody has answered
  if (thread_.joinable()) thread_.join();
}

void loopback_peer::set_reading(bool reads) noexcept {
  reads_.store(reads, order::relaxed);  // a switch: orders nothing
  reads_.notify_one();
}

std::uint64_t loopback_peer::bytes_hint() const noexcept {
  return bytes_.load(order::relaxed);  // a statistic: orders nothing
}

const record_checker& loopback_peer::finish() {
  thread_.join();
  return checker_;
}

void loopback_peer::wait_until_reading() noexcept {
  reads_.wait(false, order::relaxed);  // a switch: orders nothing
}

void loopback_peer::serve() {
  const unique_fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection) return;
  std::vector<std::byte> buffer(read_bytes);
  for (;;) {
    wait_until_reading();
    const ssize_t got = ::recv(connection.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    checker_.take({buffer.data(), static_cast<std::size_t>(got)});
    bytes_.fetch_add(static_cast<std::uint64_t>(got), order::relaxed);  // a statistic: orders nothing
    last_bytes_ns_ = now_ns();
  }
}

std::string problem_of_file(const std::string& path, std::size_t record_bytes, std::uint64_t records,
                            check_depth depth) {
  const unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return "there is no file " + path;
  record_checker checker(record_bytes, depth);
  std::vector<std::byte> buffer(read_bytes);
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0) return "the file cannot be read back";
    if (got == 0) return checker.problem_after(records);
    checker.take({buffer.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace tidegate::bench::sink_bench
