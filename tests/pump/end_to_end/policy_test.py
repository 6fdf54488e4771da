"""What happens when the queue is full: nothing is lost, or exactly what the account says."""

import os
import signal
import subprocess

from harness import BACKENDS, Case, Stalled, eventually, main, pump

COUNT = 400000


def line_of(number):
    """Lengths differ, so that a line put together from the wrong places shows."""
    return b"%07d" % number + b"." * (number % 91) + b"\n"


LINES = b"".join(line_of(number) for number in range(COUNT))


class Policies(Case):
    def run_throttled(self, *flags):
        source = self.write("in", LINES)
        return pump(*flags, "--json", f"file:{source}", f"file:{self.path('out')}")

    def expect_subsequence(self, lines):
        """Whole lines of the input, in their order, each at most once."""
        numbers = [int(line[:7]) for line in lines]
        self.assertEqual(numbers, sorted(set(numbers)))
        for number, line in zip(numbers, lines):
            self.assertEqual(line, line_of(number))

    def test_block_loses_nothing_and_paces_the_reader(self):
        result = self.run_throttled("--throttle", "40MB/s", "--capacity", "100")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.read("out"), LINES)
        summary = self.expect_account(result, delivered=COUNT)
        self.assertGreater(summary["queue"]["push_waits"], 0)

    def test_block_is_paced_by_bytes_too(self):
        limits = ["--capacity", "1000000", "--capacity-bytes", "64K", "--max-record", "1K"]
        result = self.run_throttled("--throttle", "40MB/s", *limits)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.read("out"), LINES)
        self.assertGreater(self.expect_account(result)["queue"]["block_waits"], 0)

    def test_drop_newest_balances_to_the_record(self):
        by_bytes = ["--capacity", "10000000", "--capacity-bytes", "256K", "--max-record", "1K"]
        for limits in (["--capacity", "1001"], by_bytes):  # odd: gaps fall into the middle of a batch
            result = self.run_throttled("--throttle", "20MB/s", "--overflow", "drop-newest", *limits)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(result.lines, [])
            delivered = self.read("out").splitlines(keepends=True)
            lost = COUNT - len(delivered)
            summary = self.expect_account(result, offered=COUNT, delivered=len(delivered), dropped=lost)
            self.assertGreater(summary["records"]["dropped"], 0)
            self.assertGreater(len(delivered), 0)
            self.expect_subsequence(delivered)

    def test_drop_oldest_keeps_the_newest_and_balances(self):
        by_bytes = ["--capacity", "1000000", "--capacity-bytes", "256K", "--max-record", "1K"]
        for limits in (["--capacity", "1001"], by_bytes):
            result = self.run_throttled("--throttle", "20MB/s", "--overflow", "drop-oldest", *limits)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(result.lines, [])
            delivered = self.read("out").splitlines(keepends=True)
            summary = self.expect_account(result, offered=COUNT, delivered=len(delivered))
            records = summary["records"]
            self.assertGreater(records["evicted"], 0)
            self.assertEqual(records["evicted"] + records["dropped"], COUNT - len(delivered))
            self.expect_subsequence(delivered)
            if limits != by_bytes:
                self.assertLess(records["dropped"], records["evicted"] / 100, "only when there was none to evict")
            if records["dropped"] == 0:
                self.assertEqual(delivered[-1], line_of(COUNT - 1), "the newest is never the one that leaves")

    def test_drop_oldest_of_several_sources(self):
        half = COUNT // 2
        sources = [self.write("a", b"".join(map(line_of, range(half)))),
                   self.write("b", b"".join(map(line_of, range(half, COUNT))))]
        result = pump("--overflow", "drop-oldest", "--capacity", "300", "--throttle", "20MB/s", "--json",
                      *(f"file:{each}" for each in sources), f"file:{self.path('out')}")
        self.assertEqual(result.code, 0, result)
        delivered = self.read("out").splitlines(keepends=True)
        summary = self.expect_account(result, offered=COUNT, delivered=len(delivered))
        records = summary["records"]
        self.assertEqual(records["evicted"] + records["dropped"], COUNT - len(delivered))
        self.assertLess(records["dropped"], records["evicted"] / 100, "only when there was none to evict")
        for first, last in ((0, half), (half, COUNT)):  # the order of each source
            self.expect_subsequence([line for line in delivered if first <= int(line[:7]) < last])

    def test_sample_keeps_one_of_n_while_it_is_half_full(self):
        result = self.run_throttled("--throttle", "5MB/s", "--overflow", "sample:50", "--capacity", "4000")
        self.assertEqual(result.code, 0, result)
        delivered = self.read("out").splitlines(keepends=True)
        summary = self.expect_account(result, offered=COUNT, delivered=len(delivered), dropped=COUNT - len(delivered))
        self.assertEqual(summary["queue"]["overflow"], "sample")
        self.assertEqual(summary["queue"]["sample_every"], 50)
        self.expect_subsequence(delivered)
        self.assertGreater(summary["records"]["dropped"], 0)
        numbers = [int(line[:7]) for line in delivered]
        gaps = [later - earlier for earlier, later in zip(numbers, numbers[1:])]
        self.assertEqual(max(gaps), 50, "of fifty one is kept, unless there is no room")

    def test_sample_of_workers(self):
        result = self.run_throttled("--throttle", "5MB/s", "--overflow", "sample:20", "--capacity", "4000", "--workers",
                                    "2")
        self.assertEqual(result.code, 0, result)
        delivered = self.read("out").splitlines(keepends=True)
        self.expect_account(result, offered=COUNT, delivered=len(delivered), dropped=COUNT - len(delivered))
        self.expect_subsequence(delivered)

    def test_records_expire_in_the_queue(self):
        for workers in ([], ["--workers", "2"]):
            result = self.run_throttled("--throttle", "10MB/s", "--deadline-per-record", "100ms", *workers)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(result.lines, [])
            delivered = self.read("out").splitlines(keepends=True)
            summary = self.expect_account(result, offered=COUNT, delivered=len(delivered),
                                          expired=COUNT - len(delivered))
            self.assertGreater(summary["records"]["expired"], 0)
            self.assertGreater(len(delivered), 0)
            self.assertAlmostEqual(summary["queue"]["deadline_per_record_seconds"], 0.1)
            self.expect_subsequence(delivered)

    def test_nothing_expires_that_is_in_time(self):
        result = self.run_throttled("--deadline-per-record", "10min")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.read("out"), LINES)
        self.expect_account(result, delivered=COUNT, expired=0)

    def test_no_source_waits_when_none_may(self):
        result = self.run_throttled("--throttle", "20MB/s", "--max-waiters", "0", "--capacity", "1000")
        delivered = self.read("out").splitlines(keepends=True)
        lost = COUNT - len(delivered)
        summary = self.expect_account(result, offered=COUNT, delivered=len(delivered), rejected=lost)
        self.expect_one_line(result, 1, f"{summary['records']['rejected']:,} records", "rejected by a full queue")
        self.assertEqual(summary["queue"]["max_waiters"], 0)
        self.assertEqual(summary["queue"]["push_waits"], 0)
        self.expect_subsequence(delivered)

    def test_one_source_waits_and_the_other_is_rejected(self):
        sources = [self.write(name, LINES) for name in "ab"]
        result = pump("--max-waiters", "1", "--capacity", "100", "--throttle", "20MB/s", "--json",
                      *(f"file:{each}" for each in sources), f"file:{self.path('out')}")
        self.assertEqual(result.code, 1, result)
        delivered = self.read("out").splitlines(keepends=True)
        summary = self.expect_account(result, offered=2 * COUNT, delivered=len(delivered))
        self.assertEqual(summary["records"]["rejected"], 2 * COUNT - len(delivered))
        self.assertGreater(summary["records"]["rejected"], 0)

    def test_every_policy_balances_when_it_is_interrupted(self):
        source = self.write("in", LINES)
        for flags in (["--overflow", "drop-oldest"], ["--overflow", "sample:10"], ["--deadline-per-record", "5ms"],
                      ["--max-waiters", "1"]):
            running = self.running("--throttle", "4MB/s", "--capacity", "500", "--deadline", "0s", "--rate-limit",
                                   "10MB/s", *flags, "--json", f"file:{source}", f"file:{self.path('out')}")
            out = self.path("out")
            eventually(lambda: os.path.exists(out) and os.path.getsize(out) > 100000, "output")
            running.signal(signal.SIGINT)
            result = running.result()
            self.assertIn(result.code, (1, 3), result)
            self.expect_account(result)

    def test_reject_counts_and_says_so(self):
        result = self.run_throttled("--throttle", "20MB/s", "--overflow", "reject", "--capacity", "1000")
        delivered = self.read("out").splitlines(keepends=True)
        lost = COUNT - len(delivered)
        summary = self.expect_account(result, offered=COUNT, delivered=len(delivered), rejected=lost)
        self.expect_one_line(result, 1, f"{summary['records']['rejected']:,} records", "rejected by a full queue")
        self.expect_subsequence(delivered)

    def test_drops_go_on_while_the_sink_stalls_and_end_when_it_does(self):
        for backend in BACKENDS:
            peer = Stalled()
            flags = ["--overflow", "drop-newest", "--capacity", "500", "--backend", backend, "--json"]
            pump_process = self.running(*flags, "-", peer.endpoint, stdin=subprocess.PIPE)
            feed = pump_process.process.stdin
            for _ in range(3):
                feed.write(LINES)  # far more than every buffer on the way holds
            feed.flush()
            peer.release()
            feed.close()
            pump_process.process.stdin = None
            result = pump_process.result()
            self.assertEqual(result.code, 0, result)
            delivered = peer.value().splitlines(keepends=True)
            summary = self.expect_account(result, offered=3 * COUNT, delivered=len(delivered))
            self.assertEqual(summary["records"]["dropped"], 3 * COUNT - len(delivered))
            self.assertGreater(summary["records"]["dropped"], 0)

    def test_rate_limit_paces_the_reader(self):
        result = self.run_throttled("--rate-limit", "60MB/s")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.read("out"), LINES)
        self.assertGreater(self.expect_account(result)["seconds"], 0.2)  # 21 MB: never faster than the limit

    def test_throttle_slows_the_sink(self):
        result = self.run_throttled("--throttle", "60MB/s")
        self.assertGreater(self.expect_account(result)["seconds"], 0.2)


if __name__ == "__main__":
    main()
