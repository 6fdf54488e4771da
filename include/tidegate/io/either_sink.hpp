// either_sink: one of several kinds of sinks behind one type, for a fan_out whose peers are of different kinds.
//
//   using peer = either_sink<stream_sink, log_sink>;
//   fan_out<queue, peer> fan(queue);
//   fan.join(std::make_unique<peer>(std::make_unique<log_sink>(config)));
//
// What it has is what a driver asks of a sink (io/drainable_sink.hpp), passed on by one branch; a log's settled records
// count as written. Everything else is asked of the sink itself: get_if<log_sink>().
// Thread role, progress, errors: the sink's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include "tidegate/io/drainable_sink.hpp"
#include "tidegate/io/log_types.hpp"
#include "tidegate/io/sink_types.hpp"

namespace tidegate {

class sink_group;

template <drainable_sink... Sinks>
class either_sink {
 public:
  /// Of any sink's configuration, what drivers look at.
  struct limits {
    std::size_t capacity_bytes = 0;
    std::size_t high_bytes = 0;
    int wake_fd = -1;
    sink_group* group = nullptr;
  };

  /// Must not be null.
  template <class Sink>
  requires(std::is_same_v<Sink, Sinks> || ...) explicit either_sink(std::unique_ptr<Sink> out) noexcept
      : out_(std::move(out)) {}

  /// The sink itself if it is of that kind, else nullptr.
  template <class Sink>
  [[nodiscard]] Sink* get_if() noexcept {
    const auto* const held = std::get_if<std::unique_ptr<Sink>>(&out_);
    return held == nullptr ? nullptr : held->get();
  }
  template <class Sink>
  [[nodiscard]] const Sink* get_if() const noexcept {
    const auto* const held = std::get_if<std::unique_ptr<Sink>>(&out_);
    return held == nullptr ? nullptr : held->get();
  }

  // --- as drainable_sink

  sink_status write(std::span<const std::byte> record) noexcept {
    return ask([&](auto& out) noexcept { return out.write(record); });
  }
  sink_status write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept {
    return ask([&](auto& out) noexcept { return out.write_run(bytes, lengths); });
  }
  [[nodiscard]] bool writable() const noexcept {
    return ask([](const auto& out) noexcept { return out.writable(); });
  }
  [[nodiscard]] sink_credits credits() const noexcept {
    return ask([](const auto& out) noexcept { return sink_credits(out.credits()); });
  }
  void cork() noexcept {
    ask([](auto& out) noexcept { out.cork(); });
  }
  std::size_t pump() noexcept {
    return ask([](auto& out) noexcept { return std::size_t{out.pump()}; });
  }
  wait_status wait_progress(deadline until) noexcept {
    return ask([&](auto& out) noexcept { return out.wait_progress(until); });
  }
  wait_status drain(deadline until) noexcept {
    return ask([&](auto& out) noexcept { return out.drain(until); });
  }
  close_report close(deadline until, const undelivered_callback& on_undelivered = {}) {
    return ask([&](auto& out) { return close_report(out.close(until, on_undelivered)); });
  }
  bool rebind_owner() noexcept {
    return ask([](auto& out) noexcept { return out.rebind_owner(); });
  }
  [[nodiscard]] std::error_code error() const noexcept {
    return ask([](const auto& out) noexcept { return std::error_code(out.error()); });
  }
  [[nodiscard]] sink_position position() const noexcept {
    return ask([](const auto& out) noexcept { return as_sink_position(out.position()); });
  }
  [[nodiscard]] limits config() const noexcept {
    return ask([](const auto& out) noexcept {
      const auto& all = out.config();
      return limits{all.capacity_bytes, all.high_bytes, all.wake_fd, all.group};
    });
  }
  [[nodiscard]] std::size_t max_bytes() const noexcept {
    return ask([](const auto& out) noexcept { return out.max_bytes(); });
  }

 private:
  template <class Use>
  decltype(auto) ask(Use use) {
    return std::visit([&](auto& out) -> decltype(auto) { return use(*out); }, out_);
  }
  template <class Use>
  decltype(auto) ask(Use use) const {
    return std::visit([&](const auto& out) -> decltype(auto) { return use(std::as_const(*out)); }, out_);
  }

  std::variant<std::unique_ptr<Sinks>...> out_;
};

}  // namespace tidegate
