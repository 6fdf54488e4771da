#include "pump/metrics_endpoint.hpp"

#include <fcntl.h>
#include <httplib.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "tidegate/flow/retry_after.hpp"
#include "tidegate/observe/metrics.hpp"

namespace tidegate::pump {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds request_time{1000};
constexpr int shortage_pause_ms = 100;  // nothing tells when descriptors come back
constexpr std::size_t most_request_bytes = 16384;
constexpr std::size_t server_threads = 2;
constexpr const char* plain = "text/plain; charset=utf-8";

/// True when `fd` is ready in time; false also when `stop` is readable.
bool wait_for(int fd, short events, int stop, clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    if (left <= 0) return false;
    pollfd polled[] = {{fd, events, 0}, {stop, POLLIN, 0}};
    const int ready =
        ::poll(polled, 2, static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max())));
    if (ready < 0 && errno != EINTR) return false;
    if (ready > 0) return polled[1].revents == 0;
  }
}

/// Of a request what the library gets to see: its first line and the encodings that the client takes. Other headers
/// let a client choose how deep the library recurses (Range, by std::regex) or how much it unpacks (bodies).
std::string essentials_of(std::string_view head) {
  constexpr std::string_view encodings = "accept-encoding:";
  const auto same = [](char left, char right) { return left == (right >= 'A' && right <= 'Z' ? right + 32 : right); };
  std::string kept;
  bool first = true;
  for (std::size_t end = head.find('\n'); end != std::string_view::npos; end = head.find('\n')) {
    const std::string_view line = head.substr(0, end + 1);
    head.remove_prefix(line.size());
    const bool wanted =
        line.size() > encodings.size() && std::ranges::equal(encodings, line.substr(0, encodings.size()), same);
    if (std::exchange(first, false) || wanted) kept += line;
  }
  return kept + "\r\n";
}

/// One connection, with an end to its time and to what it may send.
class bounded_stream final : public httplib::Stream {
 public:
  bounded_stream(int fd, int stop) noexcept : fd_(fd), stop_(stop), until_(clock::now() + request_time) {}

  /// The head of the request, to be read by the library. False: there is none.
  [[nodiscard]] bool take_head() {
    std::string head;
    const auto ends = [&head](std::string_view with, std::size_t from) { return head.find(with, from) != head.npos; };
    for (std::size_t seen = 0; !ends("\r\n\r\n", seen) && !ends("\n\n", seen);) {
      seen = head.size() > 3 ? head.size() - 3 : 0;
      const std::size_t count = receive();
      if (count == 0) return false;
      head.append(buffer_.data(), count);
    }
    request_ = essentials_of(head);
    return true;
  }

  bool is_readable() const override { return given_ < request_.size(); }
  bool is_writable() const override { return wait_for(fd_, POLLOUT, stop_, until_); }

  ssize_t read(char* to, std::size_t size) override {
    const std::size_t count = request_.copy(to, size, given_);
    given_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, std::size_t size) override {
    for (std::size_t done = 0; done < size;) {
      if (!wait_for(fd_, POLLOUT, stop_, until_)) return -1;
      const ssize_t sent = ::send(fd_, from + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) done += static_cast<std::size_t>(sent);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return -1;
    }
    return static_cast<ssize_t>(size);
  }

  /// Until the peer has closed its side, too: closing before with unread bytes would destroy the answer on its way.
  void finish() {
    ::shutdown(fd_, SHUT_WR);
    while (receive() > 0) continue;
  }

  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return fd_; }

 private:
  /// How many bytes came; 0: no more will.
  std::size_t receive() {
    if (taken_ >= most_request_bytes || !wait_for(fd_, POLLIN, stop_, until_)) return 0;
    const ssize_t count = ::recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count <= 0) return 0;
    taken_ += static_cast<std::size_t>(count);
    return static_cast<std::size_t>(count);
  }

  int fd_;
  int stop_;
  clock::time_point until_;
  std::array<char, 2048> buffer_;
  std::string request_;
  std::size_t given_ = 0;  // of request_, to the library
  std::size_t taken_ = 0;  // from the client
};

}  // namespace

/// The library's routes and messages; connections and threads are our own.
class metrics_endpoint::server final : private httplib::Server {
 public:
  server(unique_fd listening, pages from)
      : listening_(std::move(listening)), stop_(::eventfd(0, EFD_CLOEXEC)), pages_(std::move(from)) {
    if (!stop_) refuse(concat("cannot make an event descriptor: ", std::generic_category().message(errno)));
    ::fcntl(listening_.get(), F_SETFL, ::fcntl(listening_.get(), F_GETFL) | O_NONBLOCK);  // both threads accept
    add_routes();
    try {
      for (std::thread& each : threads_) each = std::thread([this] { serve(); });
    } catch (const std::system_error& error) {
      end();
      refuse(concat("--metrics: cannot make a thread: ", error.what()));
    }
  }
  ~server() override { end(); }

 private:
  void end() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(::write(stop_.get(), &one, sizeof one));
    for (std::thread& each : threads_) {
      if (each.joinable()) each.join();
    }
  }

  void add_routes() {
    set_pre_routing_handler([](const httplib::Request& asked, httplib::Response& answer) {
      if (asked.method == "GET" || asked.method == "HEAD") return HandlerResponse::Unhandled;
      answer.status = 405;
      answer.set_header("Allow", "GET, HEAD");
      return HandlerResponse::Handled;
    });
    Get("/metrics", [this](const httplib::Request&, httplib::Response& answer) {
      answer.set_content(pages_.metrics(), std::string(prometheus_media_type));
    });
    Get("/healthz", [](const httplib::Request&, httplib::Response& answer) { answer.set_content("ok\n", plain); });
    Get("/readyz", [this](const httplib::Request&, httplib::Response& answer) {
      const readiness_page page = pages_.readiness();
      if (page.come_back) {
        answer.status = 503;
        answer.set_header("Retry-After", std::to_string(retry_after_s(*page.come_back)));
      }
      answer.set_content(page.text, plain);
    });
    Get("/inventory", [this](const httplib::Request&, httplib::Response& answer) {
      answer.set_content(pages_.inventory(), "application/json");
    });
    Get("/", [](const httplib::Request&, httplib::Response& answer) {
      answer.set_content("/metrics\n/healthz\n/readyz\n/inventory\n", plain);
    });
  }

  void serve() noexcept {
    while (wait_for(listening_.get(), POLLIN, stop_.get(), clock::time_point::max())) {
      const unique_fd connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (connection) {
        answer(connection.get());
      } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        pollfd stopped{stop_.get(), POLLIN, 0};
        ::poll(&stopped, 1, shortage_pause_ms);
      }
    }
  }

  void answer(int fd) noexcept {
    try {
      bounded_stream connection(fd, stop_.get());
      bool closed = false;
      if (connection.take_head()) static_cast<void>(process_request(connection, true, closed, nullptr));
      connection.finish();
    } catch (const std::exception&) {  // no memory for an answer: the client sees a closed connection
    }
  }

  unique_fd listening_;
  unique_fd stop_;
  pages pages_;
  std::array<std::thread, server_threads> threads_;
};

metrics_endpoint::metrics_endpoint(unique_fd listening, pages from)
    : server_(std::make_unique<server>(std::move(listening), std::move(from))) {}

metrics_endpoint::~metrics_endpoint() = default;

}  // namespace tidegate::pump
