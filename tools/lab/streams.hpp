// streams.hpp: a peer that reads more slowly than we write: a stream_sink before it, or a buffer without a bound.
//
// The worker is the peer: it reads a record from the other end of a socket, and then works on it. A record is the
// payload of a request; its first bytes say when it was to come.
// Only in real time: the socket is the kernel's.
#pragma once

#include <memory>

#include "lab/policy.hpp"

namespace tidegate::lab {

/// Throws std::system_error.
[[nodiscard]] std::unique_ptr<policy> make_stream_policy(const row& of);

}  // namespace tidegate::lab
