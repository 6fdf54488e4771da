"""What happens when the queue is full: nothing is lost, or exactly what the account says."""

import subprocess

from harness import BACKENDS, Case, Stalled, main, pump

COUNT = 400000
SLOW = ["--throttle", "300kB/s"]  # all the time a test has is too short to deliver everything, however slow the reader


def line_of(number):
    """Lengths differ, so that a line put together from the wrong places shows."""
    return b"%07d" % number + b"." * (number % 91) + b"\n"


LINES = b"".join(line_of(number) for number in range(COUNT))


class Policies(Case):
    def run_throttled(self, *flags, data=LINES):
        source = self.write("in", data)
        return pump(*flags, "--json", f"file:{source}", f"file:{self.path('out')}")

    def expect_subsequence(self, lines):
        """Whole lines of the input, in their order, each at most once."""
        numbers = [int(line[:7]) for line in lines]
        self.assertEqual(numbers, sorted(set(numbers)))
        for number, line in zip(numbers, lines):
            self.assertEqual(line, line_of(number))

    def test_block_loses_nothing(self):
        for limits in (["--capacity", "100"], ["--capacity-bytes", "64K", "--max-record", "1K"]):
            result = self.run_throttled("--throttle", "40MB/s", *limits)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.read("out"), LINES)
            self.expect_account(result, delivered=COUNT)

    def test_block_paces_the_reader(self):
        """Which has to cut what it got with one read, where the sink needs a second: so it waits for the sink."""
        data = LINES[:1_000_000]
        for limits, waits in ((["--capacity", "100"], "push_waits"),
                              (["--capacity-bytes", "64K", "--max-record", "1K"], "block_waits")):
            result = self.run_throttled("--throttle", "1MB/s", *limits, data=data)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.read("out"), data)
            self.assertGreater(self.expect_account(result)["queue"][waits], 0)

    def test_drop_newest_balances_to_the_record(self):
        by_bytes = ["--capacity", "10000000", "--capacity-bytes", "64K", "--max-record", "1K"]
        for limits in (["--capacity", "1001"], by_bytes):  # odd: gaps fall into the middle of a batch
            result = self.run_throttled(*SLOW, "--overflow", "drop-newest", *limits)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(result.lines, [])
            delivered = self.read("out").splitlines(keepends=True)
            lost = COUNT - len(delivered)
            summary = self.expect_account(result, offered=COUNT, delivered=len(delivered), dropped=lost)
            self.assertGreater(summary["records"]["dropped"], 0)
            self.assertGreater(len(delivered), 0)
            self.expect_subsequence(delivered)

    def test_reject_counts_and_says_so(self):
        result = self.run_throttled(*SLOW, "--overflow", "reject", "--capacity", "1000")
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
