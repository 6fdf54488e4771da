// client.hpp: a small program that is explored: its threads, what it must reach, and how far the search goes.
//
// A client is a class template on an engine, so that other engines can run it too:
//
//   template <class Engine> struct hands_over {
//     static constexpr unsigned threads = 2;
//     static constexpr std::array probes{"full", "empty"};   // each must be reached; may be left out
//     static constexpr unsigned may_freeze = 0b01;           // threads that may stop for ever; left out: none
//     static constexpr bool is_large = true;                 // no surprises and no wide bounds, but in deep searches
//     void before();                  // alone, before the threads
//     void thread(unsigned index);    // the body of each thread
//     void after();                   // alone, when all have ended
//     spsc_ring<int, ring_options{}, typename Engine::sync> ring{2};
//   };
//
// It is constructed anew for every execution and must depend on nothing else.
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <utility>

namespace tidegate::model {

/// A client without its type.
struct client_type {
  std::string name;
  unsigned threads = 0;
  std::size_t bytes = 0;
  std::size_t alignment = 1;
  std::span<const char* const> probes;
  unsigned may_freeze = 0;  // a bit for each thread
  bool is_large = false;
  void (*construct)(void* where) = nullptr;
  void (*before)(void* client) = nullptr;
  void (*thread)(void* client, unsigned index) = nullptr;
  void (*after)(void* client) = nullptr;
  void (*destroy)(void* client) = nullptr;
};

template <class Client>
[[nodiscard]] client_type client_of(std::string name) {
  client_type made;
  made.name = std::move(name);
  made.threads = Client::threads;
  made.bytes = sizeof(Client);
  made.alignment = alignof(Client);
  if constexpr (requires { Client::probes; }) made.probes = Client::probes;
  if constexpr (requires { Client::may_freeze; }) made.may_freeze = Client::may_freeze;
  if constexpr (requires { Client::is_large; }) made.is_large = Client::is_large;
  made.construct = [](void* where) { ::new (where) Client; };
  made.before = [](void* client) { static_cast<Client*>(client)->before(); };
  made.thread = [](void* client, unsigned index) { static_cast<Client*>(client)->thread(index); };
  made.after = [](void* client) { static_cast<Client*>(client)->after(); };
  made.destroy = [](void* client) { static_cast<Client*>(client)->~Client(); };
  return made;
}

}  // namespace tidegate::model
