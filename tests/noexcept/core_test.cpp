// The core built with -fno-exceptions -fno-rtti: construction errors are values, and rings and queues work.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tidegate/tidegate.hpp"

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this test is about -fno-exceptions -fno-rtti"
#endif

namespace {

using namespace tidegate;
using namespace std::chrono_literals;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::exit(1);
}

void construction_errors_are_values() {
  std::error_code error;
  expect(make_spsc_ring<int>(0, {}, error) == nullptr, "a ring of capacity 0 is refused");
  expect(error == std::errc::invalid_argument, "and the error says why");
  expect(make_ticketed_ring<int>(0, {}, error) == nullptr, "a ticketed ring of capacity 0 is refused");
  expect(error == std::errc::invalid_argument, "and the error says why");
  expect(make_spsc_queue<int>({.capacity = 0}, error) == nullptr, "a queue of capacity 0 is refused");
  expect(error == std::errc::invalid_argument, "and the error says why");
  expect(make_mpmc_queue<int>({.capacity = 0}, error) == nullptr, "so is one with many threads");
  expect(error == std::errc::invalid_argument, "and the error says why");
  expect(make_conflating_queue<int, int>({.capacity = 0}, error) == nullptr, "so is one of keys");
  expect(error == std::errc::invalid_argument, "and the error says why");
  expect(make_byte_ring(20, {}, error) == nullptr, "a ring of 20 bytes is refused");
  expect(error == std::errc::invalid_argument, "and the error says why");
  expect(make_mpsc_byte_ring(64, {}, error) != nullptr && !error, "64 bytes are accepted");
  expect(make_spsc_ring<int>(1, {}, error) != nullptr && !error, "capacity 1 is accepted, and the error is cleared");
}

template <class Queue>
void records_pass(std::unique_ptr<Queue> queue) {
  expect(queue != nullptr, "the queue is there");
  constexpr std::size_t count = 1000;
  std::thread producer([&queue] {
    const std::array<std::byte, 100> memory{};
    for (std::size_t i = 0; i < count; ++i) {
      if (i % 2 == 0) {
        expect(queue->push(std::span(memory).first(i % 100)) == push_status::ok, "room comes");
      } else {
        queue->claim(100).publish(i % 100);
      }
    }
    queue->close();
  });
  std::size_t number = 0;
  const auto use = [&number](std::span<std::byte> record) {
    expect(record.size() == number++ % 100, "records come whole and in order");
  };
  while (queue->consume(use) == pop_status::ok) {
  }
  producer.join();
  expect(number == count, "all of them");
}

template <class Ring>
void ring_is_exact_and_in_order() {
  using T = typename Ring::value_type;
  std::error_code error;
  const auto ring = Ring::make(3, {}, error);
  expect(ring != nullptr, "the ring is there");
  for (std::uint64_t lap = 0; lap < 100; ++lap) {
    for (std::uint64_t i = 0; i < 3; ++i) expect(ring->try_push(T(lap + i)) == push_status::ok, "there is room for 3");
    expect(ring->try_push(T(0)) == push_status::full, "and for no fourth");
    T out(0);
    for (std::uint64_t i = 0; i < 3; ++i) {
      expect(ring->try_pop(out) == pop_status::ok && out == T(lap + i), "3 come out in order");
    }
    expect(ring->try_pop(out) == pop_status::empty, "and no fourth");
  }
  ring->close();
  expect(ring->try_push(T(1)) == push_status::closed, "a closed ring takes nothing");
}

template <class Ring>
void exchange_ring_is_exact_and_in_order() {
  using element = typename Ring::value_type;
  std::error_code error;
  const auto ring = Ring::make(3, ring_rows{2, 2}, {}, error);
  expect(ring != nullptr && !error, "the ring is there");
  for (std::uint64_t lap = 0; lap < 100; ++lap) {
    for (std::uint64_t i = 0; i < 3; ++i) {
      expect(ring->try_push(element(lap + i)) == push_status::ok, "there is room for 3");
    }
    expect(ring->try_push(element(0)) == push_status::full, "and for no fourth");
    element out(0);
    for (std::uint64_t i = 0; i < 3; ++i) {
      expect(ring->try_pop(out) == pop_status::ok && out == element(lap + i), "3 come out in order");
    }
    expect(ring->try_pop(out) == pop_status::empty, "and no fourth");
  }
  ring->close();
  expect(ring->try_push(element(1)) == push_status::closed, "a closed ring takes nothing");
  expect(Ring::make(0, {}, {}, error) == nullptr && error == std::errc::invalid_argument, "capacity 0 is refused");
}

void handles_are_values() {
  std::error_code error;
  const auto ring = make_mpmc_ring<std::unique_ptr<int>>(2, ring_rows{1, 1}, {}, error);
  auto producer = ring->try_make_producer();
  auto consumer = ring->try_make_consumer();
  expect(producer && consumer && !ring->try_make_producer(), "one row, one handle");
  std::unique_ptr<int> victim;
  for (int i = 0; i < 3; ++i) {
    const auto keep = [&](std::unique_ptr<int>&& oldest) noexcept { victim = std::move(oldest); };
    expect(accepted(producer.push_evict(std::make_unique<int>(i), keep)), "the newest is always accepted");
  }
  expect(victim != nullptr && *victim == 0, "and the oldest comes back");
  expect(consumer.try_hold() == pop_status::ok && **consumer.held() == 1, "an element is kept in place");
}

void moved_elements_keep_their_owner() {
  std::error_code error;
  const auto ring = make_spsc_ring<std::unique_ptr<int>>(1, {}, error);
  auto kept = std::make_unique<int>(7);
  expect(ring->try_push(std::make_unique<int>(1)) == push_status::ok, "there is room for 1");
  expect(ring->try_push(std::move(kept)) == push_status::full && kept != nullptr, "a refused argument is untouched");
}

void newest_value_wins() {
  latest<std::unique_ptr<int>> place;
  for (int i = 0; i < 3; ++i) expect(accepted(place.try_push(std::make_unique<int>(i))), "there is always room");
  expect(place.try_hold() == pop_status::ok && **place.held() == 2 && place.skipped() == 2, "the newest value is read");
  latest_queue<std::uint64_t> queue;
  std::jthread producer([&] {
    for (std::uint64_t i = 1; i <= 1000; ++i) expect(accepted(queue.push(std::uint64_t{i})), "a push never waits");
    queue.close();
  });
  std::uint64_t value = 0;
  while (queue.pop_for(value, 60s) == pop_status::ok) continue;
  expect(value == 1000 && queue.ended(), "the newest value always arrives");
}

void newest_value_of_each_key_wins() {
  std::error_code error;
  const auto queue = make_conflating_queue<int, std::unique_ptr<int>>({.capacity = 2}, error);
  expect(queue != nullptr && !error, "the queue is there");
  for (int i = 0; i < 4; ++i) expect(accepted(queue->try_push(i % 2, std::make_unique<int>(i))), "two keys fit");
  expect(queue->try_push(2, std::make_unique<int>(9)) == push_status::full, "and no third");
  int key = 9;
  std::unique_ptr<int> value;
  for (int i = 0; i < 2; ++i) {
    expect(queue->try_pop(key, value) == pop_status::ok && key == i && *value == i + 2, "the newest of each, in order");
  }
  expect(queue->try_pop(key, value) == pop_status::empty, "and nothing else");
}

void hand_off_is_received() {
  rendezvous<std::unique_ptr<int>> desk;
  auto kept = std::make_unique<int>(7);
  expect(desk.try_push(std::move(kept)) == push_status::full && kept != nullptr, "nobody is there: it is still ours");
  std::jthread worker([&] {
    std::unique_ptr<int> mine;
    expect(desk.pop_for(mine, 60s) == pop_status::ok && *mine == 7, "it is received");
    expect(desk.pop_for(mine, 60s) == pop_status::closed, "then it is closed");
  });
  expect(desk.push_for(std::move(kept), 60s) == push_status::ok, "a push waits for who receives it");
  desk.close();
}

void queue_passes_everything_between_threads() {
  constexpr std::uint64_t count = 100'000;
  std::error_code error;
  const auto queue = make_spsc_queue<std::uint64_t>({.capacity = 64}, error);
  expect(queue != nullptr, "the queue is there");
  std::jthread producer([&] {
    for (std::uint64_t i = 0; i < count; ++i) expect(queue->push(std::uint64_t{i}) == push_status::ok, "push waits");
    queue->close();
  });
  std::uint64_t value = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    expect(queue->pop_for(value, 60s) == pop_status::ok && value == i, "every element arrives, in order");
  }
  expect(queue->pop(value) == pop_status::closed, "then the queue says that it is closed");
}

/// Several threads a side, where the queue has several; each thread waits.
template <class Queue>
void queue_passes_everything_between_many(std::unique_ptr<Queue> queue, unsigned producers, unsigned consumers) {
  constexpr std::uint64_t each = 12'000;
  expect(queue != nullptr, "the queue is there");
  std::atomic<std::uint64_t> sum{0};
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < producers; ++i) {
      threads.emplace_back([&] {
        for (std::uint64_t k = 1; k <= each / producers; ++k) {
          expect(queue->push(std::uint64_t{k}) == push_status::ok, "push waits");
        }
      });
    }
    for (unsigned i = 0; i < consumers; ++i) {
      threads.emplace_back([&] {
        auto consumer = queue->try_make_consumer();
        expect(static_cast<bool>(consumer), "there is a row");
        std::uint64_t value = 0;
        for (std::uint64_t k = 0; k < each / consumers; ++k) {
          expect(consumer.pop_for(value, 60s) == pop_status::ok, "every element arrives");
          sum += value;
        }
      });
    }
  }
  const std::uint64_t last = each / producers;
  expect(sum == producers * last * (last + 1) / 2, "each once");
  queue->rebind_producer();  // this thread plays that role now
  queue->close();
  expect(queue->push(1) == push_status::closed, "then the queue says that it is closed");
}

/// Every reader gets every element, or knows how many it has lost; refusals are values.
void broadcast_reaches_every_reader() {
  std::error_code error;
  expect(make_broadcast_ring<int>(0, {}, {}, error) == nullptr && error == std::errc::invalid_argument, "no capacity");
  const auto queue = make_broadcast_queue<std::uint64_t>({.capacity = 4, .rows = {.consumers = 2}}, error);
  expect(queue != nullptr, "the queue is there");
  std::atomic<std::uint64_t> sum{0};
  {
    std::vector<std::jthread> readers;
    for (unsigned i = 0; i < 2; ++i) {
      readers.emplace_back([&sum, reader = queue->try_make_reader()]() mutable {
        std::uint64_t value = 0;
        while (reader.pop_for(value, 60s) == pop_status::ok) sum += value;
        expect(reader.ended(), "it reads to the end");
      });
    }
    for (std::uint64_t i = 1; i <= 1000; ++i) expect(queue->push(std::uint64_t{i}) == push_status::ok, "push waits");
    queue->close();
  }
  expect(sum == 2 * 500'500, "each gets all");
  constexpr broadcast_options lapping{.mode = broadcast_mode::lap, .publishers = publisher_count::many};
  const auto ring = make_broadcast_ring<int, lapping>(4, broadcast_rows{.publishers = 1}, {}, error);
  auto publisher = ring->try_make_publisher();
  expect(publisher && !ring->try_make_publisher(), "one row, one publisher");
  auto reader = ring->try_make_reader();
  for (int i = 0; i < 9; ++i) expect(publisher.try_push(i) == push_status::ok, "nobody holds it back");
  int out = 0;
  expect(reader.try_pop(out) == pop_status::lapped && reader.lost() == reader.last_lost(), "it has lost some");
}

void credits_are_taken_and_come_back() {
  expect(credits<>::check({.total = credits<>::max_total + 1}) == std::errc::invalid_argument, "too many");
  capacity_limiter limit(2);
  {
    const permit both = limit.acquire(2);
    expect(both && !limit.try_acquire(), "two, and no more");
  }
  expect(limit.free_hint() == 2, "they come back");
}

void overload_is_controlled() {
  mpmc_ring<stamped<int>> requests(4, ring_rows{1, 1});
  for (int i = 0; i < 3; ++i) {
    expect(requests.try_push({i, native_sync::now()}) == push_status::ok, "there is room");
  }
  codel<> shedder;
  stamped<int> request;
  expect(shedder.pop_fresh(requests, request) == pop_status::ok && request.value == 0, "fresh work is done");
  adaptive_lifo<stamped<int>> stack({.capacity = 4});
  const auto lost = [](stamped<int>&&, lifo_loss) noexcept {};
  expect(stack.pop(requests, request, lost) == pop_status::ok && request.value == 1, "in order while it is short");
  rate_limiter<> limit({.permits = 1, .period = 1h, .burst = 1});
  expect(limit.try_acquire() && limit.try_acquire().status == rate_status::limited, "one an hour");
  adaptive_limit driver(gradient2_limit{}, {.window = 1ns, .least_samples = 1});
  capacity_limiter permits(20);
  driver.record(1ms, 20);
  expect(driver.update(permits) && permits.total() == 10, "who begins under load looks how fast half of it is");
  static_assert(*sizing::capacity_for(100ms, 2000, 2ms) == 196);
}

void lanes_are_served_by_weight() {
  std::error_code error;
  expect(!make_lane_queue<int, 2>({.lanes = {{{.capacity = 0}, {.capacity = 1}}}}, error) && error, "no room");
  const auto lanes = make_lane_queue<int, 2>({.lanes = {{{.capacity = 4, .weight = 2}, {.capacity = 4}}}}, error);
  for (int i = 0; i < 3; ++i)
    expect(lanes->try_push(0, 1) == push_status::ok && lanes->try_push(1, 2) == push_status::ok, "there is room");
  int out = 0;
  std::size_t from = 9;
  for (const std::size_t lane : {0U, 0U, 1U, 0U, 1U, 1U})
    expect(lanes->try_pop(out, from) == pop_status::ok && from == lane, "two to one");
  expect(!make_fair_queue<int, int>({.buckets = 0, .capacity = 1}, error) && error, "no buckets");
  const auto fair = make_fair_queue<int, int>({.buckets = 4, .capacity = 1}, error);
  expect(fair->try_push(5, 1) == push_status::ok && fair->try_push(5, 1) == push_status::full, "its bucket is full");
  fair->close();
  expect(fair->pop(out) == pop_status::ok && fair->pop(out) == pop_status::closed, "and then the end");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "abort-rows") == 0) {
    mpmc_ring<int> ring(1, ring_rows{1, 1});
    const auto first = ring.make_producer();
    static_cast<void>(ring.make_producer());
    return 0;
  }
  if (argc == 2 && std::strcmp(argv[1], "abort") == 0) {
    const spsc_ring<int> ring(0);  // without exceptions there is nobody to tell
    return 0;
  }
  construction_errors_are_values();
  ring_is_exact_and_in_order<spsc_ring<std::uint64_t, ring_options{.layout = ring_layout::indexed}>>();
  ring_is_exact_and_in_order<spsc_ring<std::uint64_t, ring_options{.layout = ring_layout::packed}>>();
  ring_is_exact_and_in_order<spsc_ring<std::uint32_t, ring_options{.failures = failure_order::joint}>>();
  ring_is_exact_and_in_order<ticketed_ring<std::uint64_t>>();
  exchange_ring_is_exact_and_in_order<mpmc_ring<std::uint64_t>>();
  exchange_ring_is_exact_and_in_order<mpmc_ring<std::uint16_t, exchange_options{.attempts = 0}>>();
  exchange_ring_is_exact_and_in_order<mpsc_ring<std::uint64_t>>();
  exchange_ring_is_exact_and_in_order<spmc_ring<std::uint64_t>>();
  handles_are_values();
  moved_elements_keep_their_owner();
  overload_is_controlled();
  newest_value_wins();
  newest_value_of_each_key_wins();
  hand_off_is_received();
  queue_passes_everything_between_threads();
  broadcast_reaches_every_reader();
  credits_are_taken_and_come_back();
  lanes_are_served_by_weight();
  std::error_code error;
  records_pass(make_byte_queue({.capacity = 256}, error));
  records_pass(make_mpsc_byte_queue({.capacity = 256}, error));
  queue_passes_everything_between_many(make_mpmc_queue<std::uint64_t>({.capacity = 4}, error), 3, 2);
  queue_passes_everything_between_many(make_mpsc_queue<std::uint64_t>({.capacity = 4}, error), 3, 1);
  queue_passes_everything_between_many(make_spmc_queue<std::uint64_t>({.capacity = 4}, error), 1, 3);
}
