#include "pump/block_pool.hpp"

#include <algorithm>
#include <string>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::pump {
namespace {

constexpr std::size_t block_alignment = 4096;

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

block_pool::block_pool(std::size_t block_bytes, std::uint32_t credits)
    : block_bytes_(block_bytes),
      credits_(credits),
      arena_(make_arena(block_bytes, std::size_t{credits} + 1)),
      returned_({.capacity = std::size_t{credits} + 1}) {
  free_.reserve(std::size_t{credits} + 1);
  for (std::uint32_t block = credits; block > 0; --block) free_.push_back(block);  // block 0 is open
  free_hint_.store(free_.size(), order::relaxed);  // an observation, here and below: it guards no data
}

bool block_pool::spare() noexcept {
  std::uint32_t block = 0;
  while (returned_.try_pop(block) == pop_status::ok) free_.push_back(block);
  free_hint_.store(free_.size(), order::relaxed);
  return !free_.empty();
}

bool block_pool::wait_for_spare(const control& until) noexcept {
  while (!spare()) {
    if (until.over()) return false;
    std::uint32_t block = 0;
    if (returned_.pop_until(block, until.until().when(), until.token()) == pop_status::ok) free_.push_back(block);
  }
  return true;
}

void block_pool::open_next() noexcept {
  open_ = free_.back();
  free_.pop_back();
  free_hint_.store(free_.size(), order::relaxed);
}

void block_pool::give_back(std::uint32_t block) noexcept {
  std::uint32_t value = block;
  // cannot fail: it holds every block that there is, and is never closed
  if (returned_.try_push(std::move(value)) != push_status::ok) abort_with("pump: a block came back twice");
}

double block_pool::saturation_hint() const noexcept {
  const std::size_t back = free_hint_.load(order::relaxed) + returned_.depth_hint();
  const std::size_t used = credits_ - std::min<std::size_t>(back, credits_);
  return static_cast<double>(used) / credits_;
}

}  // namespace tidegate::pump
