#include "io/batch_chain.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace tidegate::detail {

batch_chain::~batch_chain() {
  if (memory_ != nullptr) ::munmap(memory_, mapped_bytes_);
}

bool batch_chain::allocate(std::size_t capacity_bytes, std::size_t batch_bytes) noexcept {
  batch_ = batch_bytes;
  count_ = (capacity_bytes + batch_bytes - 1) / batch_bytes + 1;
  chain_.reset(new (std::nothrow) std::uint32_t[count_]);
  free_.reset(new (std::nothrow) std::uint32_t[count_]);
  if (!chain_ || !free_) return false;
  mapped_bytes_ = count_ * batch_;
  void* const mapped = ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return false;
  memory_ = static_cast<std::byte*>(mapped);
  (void)::madvise(mapped, mapped_bytes_, MADV_DONTFORK);  // spares fork(2) the pages; a child has no use for them
  for (std::size_t i = 0; i < count_; ++i) free_[i] = static_cast<std::uint32_t>(count_ - 1 - i);
  return true;
}

void batch_chain::append(std::span<const std::byte> bytes) noexcept {
  const std::byte* from = bytes.data();
  std::size_t left = bytes.size();
  end_ += left;
  while (left > 0) {
    if (tail_room_ == 0) open_buffer();
    const std::size_t part = std::min(left, tail_room_);
    std::memcpy(tail_, from, part);
    tail_ += part;
    tail_room_ -= part;
    from += part;
    left -= part;
  }
}

std::span<std::byte> batch_chain::claim(std::size_t bytes) const noexcept {
  if (bytes <= tail_room_) return {tail_, bytes};
  return {memory_ + free_[count_ - linked_ - 1] * batch_, bytes};
}

/// What does not fit into the last buffer stays in the claimed one, which is then the last.
void batch_chain::commit(std::span<const std::byte> place, std::size_t used) noexcept {
  const bool in_place = tail_room_ > 0 && place.data() == tail_;
  const std::size_t before = in_place ? used : std::min(used, tail_room_);
  if (!in_place && before > 0) std::memcpy(tail_, place.data(), before);
  tail_ += before;
  tail_room_ -= before;
  end_ += used;
  if (before == used) return;
  open_buffer();
  std::memmove(tail_, place.data() + before, used - before);
  tail_ += used - before;
  tail_room_ -= used - before;
}

std::span<const std::byte> batch_chain::piece(std::uint64_t from, std::uint64_t to) const noexcept {
  const std::uint64_t distance = from - base_;
  const auto place = static_cast<std::size_t>(distance / batch_);
  const auto inside = static_cast<std::size_t>(distance % batch_);
  if (from == to) return {};
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(to - from, batch_ - inside));
  return {buffer_at(place) + inside, bytes};
}

void batch_chain::release_to(std::uint64_t position) noexcept {
  while (linked_ > 0 && position - base_ >= batch_) {
    free_[count_ - linked_] = chain_[first_];
    first_ = first_ + 1 == count_ ? 0 : first_ + 1;
    --linked_;
    base_ += batch_;
  }
  if (position != end_) return;
  if (linked_ > 0) free_[count_ - linked_] = chain_[first_];  // partly filled, all released: start it afresh
  linked_ = 0;
  base_ = end_;
  tail_room_ = 0;
}

std::byte* batch_chain::buffer_at(std::size_t place) const noexcept {
  std::size_t at = first_ + place;
  if (at >= count_) at -= count_;
  return memory_ + chain_[at] * batch_;
}

void batch_chain::open_buffer() noexcept {
  const std::size_t at = first_ + linked_ < count_ ? first_ + linked_ : first_ + linked_ - count_;
  chain_[at] = free_[count_ - linked_ - 1];
  ++linked_;
  tail_ = memory_ + chain_[at] * batch_;
  tail_room_ = batch_;
}

}  // namespace tidegate::detail
