// endpoint.hpp: where records come from and go to, as written on the command line. Pure text; nothing is opened here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::pump {

enum class endpoint_kind : std::uint8_t { standard, file, tcp, unix_socket, null, log };

struct endpoint {
  endpoint_kind kind = endpoint_kind::standard;
  std::string text;  ///< as written, for messages
  std::string path;  ///< file, unix_socket, log: its directory
  std::string host;  ///< tcp: name or address, IPv6 without its brackets; empty listens on every address
  std::string port;  ///< tcp: a number or a service name
};

/// "-", "file:PATH", "tcp-listen:ADDR:PORT" or "unix-listen:PATH". Throws failure otherwise.
[[nodiscard]] endpoint parse_source(std::string_view text);

/// "-", "file:PATH", "tcp:ADDR:PORT", "unix:PATH", "log:DIR" or "null:". Throws failure otherwise.
[[nodiscard]] endpoint parse_sink(std::string_view text);

/// What --metrics takes: "ADDR:PORT", or ":PORT" or "PORT" on the loopback interface. Throws failure otherwise.
[[nodiscard]] endpoint parse_metrics_address(std::string_view text);

}  // namespace tidegate::pump
