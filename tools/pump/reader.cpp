#include "pump/reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "pump/accepting.hpp"
#include "pump/concat.hpp"
#include "pump/sockets.hpp"
#include "pump/units.hpp"

namespace tidegate::pump {
namespace {

constexpr std::size_t read_bytes = std::size_t{256} << 10;
constexpr std::chrono::milliseconds shortage_pause{100};  // nothing tells when descriptors or memory come back

std::string message_of(int error) { return std::generic_category().message(error); }

bool is_transient(int error) { return error == EINTR || error == EAGAIN; }

}  // namespace

void reading::note(exit_code code, std::string_view line) {
  if (worst != exit_code::done && (code != exit_code::lost || worst == code)) return;
  worst = code;
  problem = line;
}

reading& reading::operator+=(const reading& other) {
  account += other.account;
  kept_weight += other.kept_weight;
  read_bytes += other.read_bytes;
  unfinished += other.unfinished;
  connections += other.connections;
  if (other.worst != exit_code::done) note(other.worst, other.problem);
  return *this;
}

reader::reader(const options& wanted, inputs&& from, std::size_t listening, record_entrance& to, entry_rules& rules,
               block_pool& blocks, std::uint32_t number, const control& until, progress& shown, console& messages)
    : wanted_(wanted),
      from_(std::move(from)),
      to_(to),
      until_(until),
      messages_(messages),
      blocks_(blocks, number),
      intake_(to, blocks_, rules, until, shown.readers[number]),
      window_(blocks_, intake_),
      carries_(blocks.readers()),
      connection_limit_(
          std::max<std::size_t>(carry_budget::connection_limit() / std::max<std::size_t>(listening, 1), 1)),
      pace_(wanted.rate_limit) {}

void reader::run() noexcept {
  try {
    read_all();
  } catch (const std::exception& unexpected) {
    complain(exit_code::lost, concat("reading stopped: ", unexpected.what()));
  }
  for (const auto& each : from_.sources) count_unfinished(*each);
  outcome_.account = intake_.account();
  outcome_.kept_weight = intake_.kept_weight();
  from_ = {};
  blocks_.leave();
  to_.close();
}

void reader::read_all() {
  while (!finished() && !until_.stopping()) {
    wait_for_input();
    if (until_.stopping()) return;
    serve_ready();
    std::erase_if(from_.sources, [](const auto& each) { return each->ended; });
  }
}

/// Whoever connected before the last source ended is still served, also when there was no room for it until now.
bool reader::finished() {
  if (!from_.sources.empty()) return false;
  if (from_.listeners.empty()) return true;
  for (listener& each : from_.listeners) accept_from(each);
  if (!from_.sources.empty()) return false;
  return std::ranges::all_of(from_.listeners, [this](const listener& each) {
    return each.ended() || (!wanted_.keep_listening && each.served > 0 && !each.shortage);
  });
}

void reader::wait_for_input() {
  const auto now = pacer::clock::now();
  const bool paused = pace_.active() && pace_.next() > now;
  polled_.assign(1, {until_.reader_wake_fd(), POLLIN, 0});
  for (const auto& each : from_.sources) {
    const bool wanted = !paused && carries_.may_read(*each, window_.unfinished_bytes(*each));
    polled_.push_back({wanted ? each->fd.get() : -1, POLLIN, 0});
  }
  const bool room = from_.sources.size() < connection_limit_ && accept_not_before_ <= now;
  for (const auto& each : from_.listeners) polled_.push_back({room && !paused ? each.fd.get() : -1, POLLIN, 0});
  if (::poll(polled_.data(), polled_.size(), patience_ms(now)) < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "poll");
  }
}

/// Until the pace allows the next read, or a shortage may be over; -1: for ever.
int reader::patience_ms(pacer::clock::time_point now) const noexcept {
  using namespace std::chrono;
  auto until = pacer::clock::time_point::max();
  if (pace_.active() && pace_.next() > now) until = pace_.next();
  if (accept_not_before_ > now) until = std::min(until, accept_not_before_);
  if (until == pacer::clock::time_point::max()) return -1;
  return static_cast<int>(std::min<std::int64_t>(ceil<milliseconds>(until - now).count(), 1000));
}

void reader::serve_ready() {
  const std::size_t sources = from_.sources.size();  // connections accepted below come at the end
  for (std::size_t i = 0; i < sources; ++i) {
    if (polled_[1 + i].revents != 0) serve(*from_.sources[i]);
  }
  for (std::size_t i = 0; i < from_.listeners.size(); ++i) {
    if (polled_[1 + sources + i].revents != 0) accept_from(from_.listeners[i]);
  }
}

void reader::serve(source& from) {
  const std::size_t wanted = pace_.portion(read_bytes);
  const std::size_t allowed = carries_.allowance(from, window_.unfinished_bytes(from), wanted);
  if (allowed == 0) return;
  const auto room = window_.room_for(from, allowed);
  const ssize_t count = ::read(from.fd.get(), room.data(), room.size());
  if (count > 0) {
    outcome_.read_bytes += static_cast<std::uint64_t>(count);
    pace_.spent(static_cast<std::uint64_t>(count), pacer::clock::now());
    window_.filled(static_cast<std::size_t>(count));
    cut_records(from);
  } else if (count == 0) {
    end(from);
  } else if (!is_transient(errno)) {
    abandon(from, exit_code::lost, concat("cannot read on: ", message_of(errno)));
  }
  carries_.settle(from, window_.unfinished_bytes(from));
}

void reader::cut_records(source& from) {
  for (;;) {
    const framer::cut cut = from.cutter.next(window_.unfinished(), lengths_);
    if (cut.count > 0) window_.offer(std::span(lengths_).first(cut.count), cut.bytes);
    if (cut.too_long_bytes > 0) {
      return abandon(from, exit_code::unusable,
                     concat("a record of at least ", group_digits(cut.too_long_bytes),
                            " bytes is longer than --max-record ", group_digits(wanted_.records.max_content_bytes),
                            "; accepted: a larger --max-record, or --split for lines"));
    }
    if (cut.count == 0) return;
  }
}

void reader::end(source& from) {
  const std::size_t left = window_.unfinished_bytes(from);
  if (from.cutter.is_record(left)) {
    lengths_[0] = static_cast<std::uint32_t>(left);
    window_.offer(std::span(lengths_).first(1), left);
  } else if (left > 0) {
    return abandon(from, exit_code::lost, concat("ended inside a record, after ", group_digits(left), " bytes of it"));
  }
  window_.forget(from);
  from.ended = true;
}

void reader::abandon(source& from, exit_code code, std::string_view why) {
  complain(code, concat(from.name, ": ", why));
  count_unfinished(from);
  from.ended = true;
}

void reader::count_unfinished(source& from) {
  const std::size_t left = window_.unfinished_bytes(from);
  if (left > 0) outcome_.unfinished.add(1, left);
  window_.forget(from);
  from.carry.clear();
}

void reader::accept_from(listener& at) {
  if (at.ended() || accept_not_before_ > pacer::clock::now()) return;
  accepted_connection next = accept_connection(at.fd.get());
  at.shortage = next.status == acceptance::shortage;
  switch (next.status) {
    case acceptance::taken: return add_connection(at, std::move(next.fd));
    case acceptance::shortage: return accept_later(at, next.error);
    case acceptance::broken:
      complain(exit_code::lost, concat(at.name, ": cannot take connections any more: ", message_of(next.error)));
      return at.end();
    case acceptance::nobody:  // somebody else took it
    case acceptance::again: return;
  }
}

/// Whoever waits in the kernel's backlog goes on waiting.
void reader::accept_later(listener& at, int error) {
  accept_not_before_ = pacer::clock::now() + shortage_pause;
  if (std::exchange(at.shortage_said, true)) return;
  messages_.say(concat(at.name, ": cannot take another connection now: ", message_of(error),
                       "; it waits, and is tried again until it works"));
}

void reader::add_connection(listener& at, unique_fd&& fd) {
  ++at.served;
  ++outcome_.connections;
  std::string name = concat(at.name, ", connection from ", address_of(fd.get()));
  from_.sources.push_back(std::make_unique<source>(std::move(fd), std::move(name), wanted_.records));
}

void reader::complain(exit_code code, std::string_view line) {
  messages_.say(line);
  outcome_.note(code, line);
}

}  // namespace tidegate::pump
