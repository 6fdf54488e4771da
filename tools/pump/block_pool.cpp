#include "pump/block_pool.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::pump {
namespace {

constexpr std::size_t block_alignment = 4096;
constexpr std::uint64_t open_count = std::uint64_t{1} << 40;  // above every number of records that a block can hold
constexpr std::size_t other_threads = 2;                      // the sink thread, and whoever made the pool

region make_arena(std::size_t block_bytes, std::size_t blocks) {
  std::error_code error;
  region arena = region::make(block_bytes * blocks, block_alignment, {}, error);
  if (error) {
    refuse(concat("cannot reserve ", std::to_string(block_bytes * blocks),
                  " bytes of memory for records: ", error.message(), "; accepted: a smaller --capacity-bytes"));
  }
  return arena;
}

}  // namespace

block_pool::share::share(std::uint32_t credit_count, std::size_t readers)
    : credits(credit_count),
      returned({.capacity = credit_count + readers,
                .rows = {.producers = readers + other_threads, .consumers = readers + other_threads}}) {}

std::size_t block_pool::share::used_hint() const noexcept {
  return credits - std::min<std::size_t>(free.load(order::relaxed), credits);  // observation
}

/// Block i is of share i modulo their number: so each reader begins with one of its own.
block_pool::block_pool(std::size_t block_bytes, std::uint32_t credits, std::uint32_t readers, std::uint32_t shares)
    : block_bytes_(block_bytes),
      credits_(credits),
      readers_(readers),
      arena_(make_arena(block_bytes, std::size_t{credits} + readers)),
      held_(std::make_unique<count_type[]>(std::size_t{credits} + readers)) {
  for (std::uint32_t i = 0; i < shares; ++i) shares_.emplace_back((credits + shares - 1 - i) / shares, readers);
  for (std::uint32_t block = readers; block < credits + readers; ++block) give_back(block);
}

std::size_t block_pool::max_bytes() const noexcept {
  std::size_t bytes = arena_.bytes() + (std::size_t{credits_} + readers_) * sizeof(count_type);
  for (const share& each : shares_) bytes += each.returned.max_bytes();
  return bytes;
}

std::uint64_t block_pool::waits() const noexcept {
  std::uint64_t sum = 0;
  for (const share& each : shares_) sum += each.returned.stats().pop_waits;
  return sum;
}

/// Nobody else knows the block.
void block_pool::open(std::uint32_t block) noexcept {
  held_[block].store(open_count, order::relaxed);  // the queue tells others of it
}

void block_pool::leave(std::uint32_t block, std::uint64_t admitted) noexcept {
  // [reuse] both ends: releases come before, whoever comes last returns it
  const std::uint64_t before = held_[block].fetch_sub(open_count - admitted, order::acq_rel);
  if (before == open_count - admitted) give_back(block);
}

void block_pool::release(std::uint32_t block, std::uint64_t records) noexcept {
  // [reuse] both ends: what was read here comes before the return, and so does what other threads read
  if (held_[block].fetch_sub(records, order::acq_rel) == records) give_back(block);
}

void block_pool::give_back(std::uint32_t block) noexcept {
  share& to = share_of(block);
  to.free.fetch_add(1, order::relaxed);  // an observation, here and below: it guards no data
  std::uint32_t value = block;
  // cannot fail: it holds every block that there is, and is never closed
  if (to.returned.try_push(std::move(value)) != push_status::ok) abort_with("pump: a block came back twice");
}

double block_pool::saturation_hint() const noexcept {
  std::size_t used = 0;
  for (const share& each : shares_) used += each.used_hint();
  return static_cast<double>(used) / credits_;
}

block_share::block_share(block_pool& from, std::uint32_t number)
    : pool_(from),
      share_(from.share_of(number)),
      most_free_(from.readers() == from.shares_.size() ? std::size_t{share_.credits} + 1 : 1),
      open_(number) {
  free_.reserve(most_free_);
  pool_.open(open_);
}

bool block_share::spare() noexcept {
  std::uint32_t block = 0;
  while (free_.size() < most_free_ && share_.returned.try_pop(block) == pop_status::ok) free_.push_back(block);
  return !free_.empty();
}

bool block_share::wait_for_spare(const control& until) noexcept {
  while (!spare()) {
    if (until.over()) return false;
    std::uint32_t block = 0;
    if (share_.returned.pop_until(block, until.until().when(), until.token()) == pop_status::ok) free_.push_back(block);
  }
  return true;
}

void block_share::open_next(std::span<const std::byte> unfinished) noexcept {
  const std::uint32_t next = free_.back();
  free_.pop_back();
  share_.free.fetch_sub(1, order::relaxed);  // observation
  pool_.open(next);
  if (!unfinished.empty()) std::memcpy(pool_.data(next), unfinished.data(), unfinished.size());
  pool_.leave(open_, admitted_);
  open_ = next;
  admitted_ = 0;
}

void block_share::leave() noexcept {
  pool_.leave(open_, admitted_);
  for (const std::uint32_t block : free_) {
    share_.free.fetch_sub(1, order::relaxed);  // observation; give_back() counts it again
    pool_.give_back(block);
  }
  free_.clear();
}

}  // namespace tidegate::pump
