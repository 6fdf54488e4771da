#include "bench/sink/measure.hpp"

#include <time.h>

#include <memory>
#include <optional>
#include <system_error>

#include "bench/harness/statistics.hpp"
#include "bench/sink/target.hpp"

namespace tidegate::bench::sink_bench {
namespace {

constexpr std::uint64_t proof_records = 10'000;  // ends in the middle of a batch of 64
constexpr std::uint64_t paced_proof_records = 3;
constexpr std::uint64_t durable_bytes = std::uint64_t{128} << 20;
constexpr std::uint64_t file_bytes_max = std::uint64_t{512} << 20;  // the page cache holds it, removal forgets it

bool is_socket(transport via) noexcept { return via == transport::tcp || via == transport::unix_socket; }

void expect(const std::string& problem) {
  if (!problem.empty()) throw wrong_result(problem);
}

/// What a run has used so far, until stopped.
class meter {
 public:
  [[nodiscard]] outcome stopped(std::uint64_t ended_ns, std::uint64_t others_cpu_ns, std::uint64_t records) const {
    const std::uint64_t cpu_ns = process_cpu_ns() - cpu_before_ns_ + others_cpu_ns;
    return {static_cast<double>(ended_ns - began_ns_) * 1e-9,
            static_cast<double>(cpu_ns) / static_cast<double>(records)};
  }

 private:
  std::uint64_t cpu_before_ns_ = process_cpu_ns();
  std::uint64_t began_ns_ = now_ns();
};

outcome run_to_socket(const sender& one, job todo, check_depth depth, const std::filesystem::path& folder) {
  loopback_peer peer(todo.via, folder, todo.record_bytes, depth);
  todo.address = peer.address();
  meter used;
  todo.opened = [&] { used = meter(); };
  const std::uint64_t others_cpu_ns = one.send(todo);
  const record_checker& seen = peer.finish();
  expect(seen.problem_after(todo.records));
  outcome result = used.stopped(peer.last_bytes_ns(), others_cpu_ns, todo.records);
  result.latencies_us = seen.latencies_us();
  return result;
}

outcome run_to_disk(const sender& one, job todo, check_depth depth, const std::filesystem::path& folder) {
  todo.address = todo.via == transport::durable ? folder : folder / "records";
  meter used;
  todo.opened = [&] { used = meter(); };
  const std::uint64_t others_cpu_ns = one.send(todo);
  const outcome result = used.stopped(now_ns(), others_cpu_ns, todo.records);
  const std::string left = todo.via == transport::durable ? todo.address + "/log" : todo.address;
  expect(one.verify ? one.verify(todo) : problem_of_file(left, todo.record_bytes, todo.records, depth));
  return result;
}

measurement throughput_of(const outcome& got, const question& asked, std::uint64_t records) {
  const double rate = static_cast<double>(records) / got.seconds;
  return {rate * 1e-6,
          got.seconds,
          {{"CPU ns/record", got.cpu_ns_per_record}, {"MB/s", rate * static_cast<double>(asked.record_bytes) * 1e-6}}};
}

measurement latency_of(const outcome& got) {
  const percentiles found = percentiles_of(got.latencies_us);
  return {found.p50,
          got.seconds,
          {{"p99 us", found.p99}, {"p99.9 us", found.p999}, {"CPU us/record", got.cpu_ns_per_record * 1e-3}}};
}

std::string title_of(const question& asked) {
  const std::string size = std::to_string(asked.record_bytes) + " B records";
  if (asked.paced) return "latency, " + size + ", one a millisecond, " + std::string(to_string(asked.via));
  switch (asked.via) {
    case transport::tcp: return size + " to a reader over loopback TCP";
    case transport::unix_socket: return size + " to a reader over a unix socket";
    case transport::file: return size + " into a new file (page cache)";
    case transport::durable: break;
  }
  return size + " durable on disk";
}

std::string method_of(const question& asked) {
  if (asked.paced) return "from the making of a record to the reader's look at it; p50, lower is better";
  switch (asked.via) {
    case transport::file: return "from the start to the last write; then every record is read back and checked";
    case transport::durable:
      return "128 MiB, from the open file or log until all is synced; then every record is read back and checked";
    default: return "from the start to the reader's last byte; the reader checks the number of every record twice";
  }
}

cell_info cell_of(const question& asked) {
  cell_info info;
  info.regime = asked.paced ? "latency" : to_string(asked.via);
  info.id =
      (asked.paced ? "latency-" : "") + std::string(to_string(asked.via)) + "-" + std::to_string(asked.record_bytes);
  info.rank = regime_rank(regimes, info.regime) + (asked.record_bytes > 64 ? 10U : 0U) +
              (asked.via == transport::unix_socket ? 1U : 0U);
  info.title = title_of(asked);
  info.unit = asked.paced ? "p50 us" : "M records/s";
  info.higher_is_better = !asked.paced;
  info.reference = asked.paced                       ? paced_reference_name
                   : asked.via == transport::durable ? durable_limit_name
                                                     : limit_name;
  info.method = method_of(asked);
  info.quick_count = asked.paced ? 20 : 5000;
  // As many for everybody: a single sync can outlast a sample, and a run of a few records would measure nothing else.
  if (asked.via == transport::durable) {
    info.count = durable_bytes / asked.record_bytes;
    info.cost = 5;
  }
  if (asked.via == transport::file) info.count_max = file_bytes_max / asked.record_bytes;
  return info;
}

/// Runs a sender in one cell; the first time also with every byte checked.
struct runner {
  sender one;
  question asked;
  std::filesystem::path parent;
  std::shared_ptr<bool> proved = std::make_shared<bool>(false);

  measurement operator()(const work& todo) const {
    confine_self({todo.cpus.first, todo.cpus.second});
    try {
      if (!std::exchange(*proved, true)) {
        static_cast<void>(run_once(one, asked, asked.paced ? paced_proof_records : proof_records, true, parent));
      }
      const outcome got = sink_bench::run_once(one, asked, todo.count, false, parent);
      return asked.paced ? latency_of(got) : throughput_of(got, asked, todo.count);
    } catch (const std::system_error& error) {
      throw wrong_result(error.what());
    }
  }
};

void enlist(registry& list, const question& asked, const std::filesystem::path& parent) {
  for (const sender& one : senders()) {
    if (!one.reaches(asked.via) || (asked.paced && !one.paces)) continue;
    list.add(cell_of(asked), {one.who, runner{one, asked, parent}});
  }
}

}  // namespace

std::uint64_t process_cpu_ns() noexcept {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(used.tv_nsec);
}

outcome run_once(const sender& one, const question& asked, std::uint64_t records, bool whole_check,
                 const std::filesystem::path& parent) {
  const scratch_folder folder(parent);
  job todo{asked.via, {}, asked.record_bytes, records};
  if (asked.paced) todo.pause = std::chrono::milliseconds(1);
  const check_depth depth = asked.paced ? check_depth::times : whole_check ? check_depth::whole : check_depth::ends;
  return is_socket(asked.via) ? run_to_socket(one, todo, depth, folder.path())
                              : run_to_disk(one, todo, depth, folder.path());
}

void enlist_cells(registry& list, const std::filesystem::path& parent) {
  for (const transport via : {transport::tcp, transport::unix_socket, transport::file, transport::durable}) {
    for (const std::size_t bytes : {std::size_t{64}, std::size_t{256}}) enlist(list, {via, bytes, false}, parent);
  }
  for (const transport via : {transport::tcp, transport::unix_socket}) enlist(list, {via, 64, true}, parent);
}

}  // namespace tidegate::bench::sink_bench
