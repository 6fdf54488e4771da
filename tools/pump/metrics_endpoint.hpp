// metrics_endpoint.hpp: a run over HTTP: GET /metrics, /healthz (it lives), /readyz (503 while it should get no more
// work) and /inventory (JSON).
//
// Two threads, a request each; what comes meanwhile waits in the kernel. A connection is one request, has a second for
// everything, sends at most 16 KiB, and is cut off when the endpoint ends: no client holds up anything but others.
// Threads: the pages are called on these two, at the same time.
// Implementation: requests are read and answered by cpp-httplib, in metrics_endpoint.cpp and nowhere else.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::pump {

class metrics_endpoint {
 public:
  struct readiness_page {
    std::string text;                                        ///< a line
    std::optional<std::chrono::nanoseconds> come_back = {};  ///< when not ready: after so long
  };
  struct pages {
    std::function<std::string()> metrics;
    std::function<std::string()> inventory;
    std::function<readiness_page()> readiness;
  };

  /// Serves `listening` until it is destroyed. Throws failure when the kernel has no descriptor or thread left.
  metrics_endpoint(unique_fd listening, pages from);
  ~metrics_endpoint();
  metrics_endpoint(const metrics_endpoint&) = delete;
  metrics_endpoint& operator=(const metrics_endpoint&) = delete;

 private:
  class server;
  std::unique_ptr<server> server_;
};

}  // namespace tidegate::pump
