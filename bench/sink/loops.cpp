// Blocking loops without any library: what one system call a record costs, and the limit that coalescing reaches.
#include <array>

#include "bench/sink/measure.hpp"
#include "bench/sink/plain_write.hpp"
#include "bench/sink/through_queue.hpp"

namespace tidegate::bench::sink_bench {
namespace {

constexpr std::size_t coalesced_bytes = std::size_t{256} << 10;

std::uint64_t write_each(const job& todo) {
  const unique_fd fd = open_target(todo);
  todo.opened();
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() {
    record_source<Bytes> source(todo.pause);
    for (std::uint64_t i = 0; i < todo.records; ++i) write_all(fd.get(), source.next().bytes);
  });
  return 0;
}

std::uint64_t writev_64(const job& todo) {
  const unique_fd fd = open_target(todo);
  todo.opened();
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() {
    record_source<Bytes> source;
    std::array<sized_record<Bytes>, 64> records;
    std::array<iovec, 64> parts;
    for (std::uint64_t left = todo.records; left != 0;) {
      const std::size_t count = std::min<std::uint64_t>(left, parts.size());
      for (std::size_t i = 0; i < count; ++i) {
        records[i] = source.next();
        parts[i] = {records[i].bytes.data(), Bytes};
      }
      writev_all(fd.get(), std::span(parts).first(count));
      left -= count;
    }
  });
  return 0;
}

/// Writes when the buffer is full, and at the end.
void coalesce_alone(const job& todo, std::size_t buffer_bytes, bool syncs) {
  const unique_fd fd = open_target(todo);
  todo.opened();
  coalescing_writer out(fd.get(), buffer_bytes, syncs);
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() {
    record_source<Bytes> source;
    for (std::uint64_t i = 0; i < todo.records; ++i) out.add(source.next().bytes);
  });
  out.flush();
}

/// Writes when the buffer is full or the queue is empty: no record waits for others.
template <std::size_t Bytes>
void coalesce_from(record_queue<Bytes>& queue, coalescing_writer& out) {
  for (;;) {
    auto shown = queue.try_peek(queue_bytes / Bytes);
    if (shown) {
      for (const auto& records : shown.spans()) {
        for (const sized_record<Bytes>& record : records) out.add(record.bytes);
      }
      shown.release(shown.count());
      continue;
    }
    out.flush();
    sized_record<Bytes> record;
    if (queue.pop(record) != pop_status::ok) return;
    out.add(record.bytes);
  }
}

std::uint64_t coalesce_behind_queue(const job& todo, bool syncs) {
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() {
    using queue_type = record_queue<Bytes>;
    const auto open = [&](queue_type&) { return open_target(todo); };
    send_through_queue<Bytes, queue_type>(todo, entry_kind::push, open, [&](queue_type& queue, const unique_fd& fd) {
      coalescing_writer out(fd.get(), coalesced_bytes, syncs);
      coalesce_from<Bytes>(queue, out);
    });
  });
  return 0;
}

const std::vector<transport> undurable{transport::tcp, transport::unix_socket, transport::file};

const enlisted_sender each(
    {.who = {.name = std::string(paced_reference_name), .plays = role::reference, .note = "no queue"},
     .goes_to = undurable,
     .send = write_each});
const enlisted_sender vectors({.who = {.name = "writev, 64 records", .plays = role::reference, .note = "no queue"},
                               .goes_to = undurable,
                               .paces = false,
                               .send = writev_64});
const enlisted_sender limit({.who = {.name = std::string(limit_name),
                                     .plays = role::limit,
                                     .note = "one thread makes records, copies and writes; no queue"},
                             .goes_to = undurable,
                             .paces = false,
                             .send = [](const job& todo) {
                               coalesce_alone(todo, coalesced_bytes, false);
                               return std::uint64_t{0};
                             }});
const enlisted_sender limit_behind_queue(
    {.who = {.name = std::string(queued_limit_name),
             .plays = role::limit,
             .note = "spsc_queue, one push a record; a blocking loop writes when full or when the queue is empty"},
     .goes_to = undurable,
     .send = [](const job& todo) { return coalesce_behind_queue(todo, false); }});

template <std::size_t BufferBytes>
std::uint64_t coalesce_and_sync(const job& todo) {
  coalesce_alone(todo, BufferBytes, true);
  return 0;
}
const enlisted_sender synced({.who = {.name = std::string(durable_limit_name),
                                      .plays = role::limit,
                                      .note = "one thread, no queue, no checksums; a sync every 256 KiB"},
                              .goes_to = {transport::durable},
                              .send = coalesce_and_sync<coalesced_bytes>});
const enlisted_sender synced_in_larger_pieces({.who = {.name = "limit: coalesce 1 MiB, fdatasync",
                                                       .plays = role::limit,
                                                       .note = "the same with a sync every 1 MiB"},
                                               .goes_to = {transport::durable},
                                               .send = coalesce_and_sync<4 * coalesced_bytes>});
const enlisted_sender synced_in_huge_pieces({.who = {.name = "limit: coalesce 4 MiB, fdatasync",
                                                     .plays = role::limit,
                                                     .note = "the same with a sync every 4 MiB"},
                                             .goes_to = {transport::durable},
                                             .send = coalesce_and_sync<16 * coalesced_bytes>});
const enlisted_sender synced_behind_queue(
    {.who = {.name = "limit: coalesce 256 KiB, fdatasync, behind a queue",
             .plays = role::limit,
             .note = "spsc_queue in front; syncs when full or the queue is empty"},
     .goes_to = {transport::durable},
     .send = [](const job& todo) { return coalesce_behind_queue(todo, true); }});

}  // namespace
}  // namespace tidegate::bench::sink_bench
