// support.hpp: what the clients of the byte rings share: the kinds of ring, records with numbers, the ways to consume.
//
// Every byte of a record is its number: one producer's are 1, 2, 3, ... A client tries a fixed number of times and
// never waits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tidegate/ring/byte_ring.hpp"
#include "tidegate/ring/mpsc_byte_ring.hpp"

namespace tidegate::model {

/// Roles are not checked: it would only add schedules.
template <producer_count Producers>
struct byte_kind {
  static constexpr producer_count producers = Producers;
  template <class Sync>
  using ring_with = basic_byte_ring<Producers, byte_options{.check_roles = false}, Sync>;
  template <class Engine>
  using ring = ring_with<typename Engine::sync>;
};
using one_producer = byte_kind<producer_count::one>;
using many_producers = byte_kind<producer_count::many>;

constexpr std::size_t most_record_bytes = 32;

/// A record in memory, to be copied in.
struct numbered_record {
  numbered_record(unsigned number, std::size_t bytes) noexcept : size(bytes) {
    memory.fill(static_cast<std::byte>(number));
  }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return std::span(memory).first(size); }

  std::array<std::byte, most_record_bytes> memory;
  std::size_t size;
};

template <class Ring>
[[nodiscard]] push_status push_record(Ring& ring, unsigned number, std::size_t bytes) noexcept {
  return ring.try_push(numbered_record(number, bytes).bytes());
}

/// How the consumer takes a record.
enum class take_form : unsigned { one, many, peeked };
inline constexpr unsigned take_forms = 3;

/// Takes up to one record and gives it to `use`; how many.
template <class Engine, class Ring, class Use>
std::size_t take_record(take_form form, Ring& ring, Use&& use) noexcept {
  if (form == take_form::one) return ring.try_consume(use) == pop_status::ok ? 1 : 0;
  if (form == take_form::many) return ring.try_consume_n(1, use);
  auto shown = ring.try_peek(1);
  for (const auto record : shown) use(record);
  const std::size_t count = shown.count();
  Engine::check(count <= 1, "no more is shown than was asked for");
  shown.release(count);
  return count;
}

/// Asked with each record that comes out: those of one producer, whose sizes are known, in their order.
template <class Engine, std::size_t Sizes>
struct sized_in_order {
  std::array<std::size_t, Sizes> sizes;
  unsigned last = 0;

  template <class View>
  void operator()(View record) noexcept {
    ++last;
    Engine::check(record.size() == sizes[(last - 1) % Sizes], "a record has the size that it was given");
    Engine::check(record.size() == 0 || record.number() == static_cast<int>(last), "records come out in their order");
  }
};

/// At rest and with nothing inside, every byte that was ever claimed is accounted for.
template <class Engine, class Ring>
void settle_accounts(Ring& ring) noexcept {
  static_cast<void>(ring.skip_abandoned());
  Engine::check(ring.depth_hint() == 0, "nothing is inside");
  const byte_counts all = ring.counts_hint();
  const auto claimed = static_cast<std::uint8_t>(all.claimed / 8);  // positions of the model have 8 bits
  const std::uint64_t went = all.record_room + all.abandoned_room + all.padding_room;
  Engine::check(claimed == static_cast<std::uint8_t>(went / 8), "all room is accounted for");
}

}  // namespace tidegate::model
