#include "pump/window.hpp"

#include <algorithm>
#include <cstring>

namespace tidegate::pump {

std::span<std::byte> window::room_for(source& next, std::size_t wanted) {
  if (owner_ != &next) {
    move_out();
    move_in(next);
  }
  const std::size_t enough = std::min(wanted, blocks_.block_bytes() / 4);
  if (begin_ > 0 && blocks_.block_bytes() - end_ < enough) open_next_block();
  return {blocks_.data(blocks_.open()) + end_, std::min(wanted, blocks_.block_bytes() - end_)};
}

void window::move_out() {
  if (owner_ == nullptr) return;
  const auto left = unfinished();
  owner_->carry.assign(left.begin(), left.end());
  end_ = begin_;
  owner_ = nullptr;
}

void window::move_in(source& next) {
  owner_ = &next;
  if (next.carry.empty()) return;
  if (blocks_.block_bytes() - begin_ < next.carry.size()) open_next_block();
  std::memcpy(blocks_.data(blocks_.open()) + begin_, next.carry.data(), next.carry.size());
  end_ = begin_ + next.carry.size();
  next.carry.clear();
  if (next.carry.capacity() > carry_kept_bytes) next.carry.shrink_to_fit();
}

void window::forget(const source& ended) noexcept {
  if (owner_ != &ended) return;
  end_ = begin_;
  owner_ = nullptr;
}

void window::open_next_block() noexcept {
  const auto left = unfinished();
  if (intake_.holds_open_block()) {
    blocks_.open_next(left);
  } else {
    std::memmove(blocks_.data(blocks_.open()), left.data(), left.size());
  }
  intake_.block_opened();
  begin_ = 0;
  end_ = left.size();
}

}  // namespace tidegate::pump
