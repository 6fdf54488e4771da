"""Flow control: what waits, what is shed and why. The account names every reason, and balances."""

import os
import signal
import socket

from harness import Case, Stalled, eventually, main, pump

COUNT = 200000
FEW = COUNT // 10  # where a small queue makes threads wait for each other all the time
SLOW = ["--throttle", "150kB/s"]  # all the time a test has is too short to deliver everything, however slow the reader


def line_of(number, name=b"a"):
    """Lengths differ, so that a line put together from the wrong places shows."""
    return name + b"%07d" % number + b"." * (number % 91) + b"\n"


def lines_of(name=b"a", count=COUNT):
    return b"".join(line_of(number, name) for number in range(count))


LINES = {name: lines_of(name) for name in (b"a", b"b")}
BYTES = len(LINES[b"a"])


class FlowCase(Case):
    def files(self, *names, count=COUNT):
        return [f"file:{self.write(name.decode(), lines_of(name, count))}" for name in names]

    def output(self):
        return f"file:{self.path('out')}"

    def expect_subsequences(self, *names):
        """Whole lines of each source, in its order, each at most once; their number."""
        lines = self.read("out").splitlines(keepends=True)
        for name in names:
            numbers = [int(line[1:8]) for line in lines if line.startswith(name)]
            self.assertEqual(numbers, sorted(set(numbers)))
            for number, line in zip(numbers, (line for line in lines if line.startswith(name))):
                self.assertEqual(line, line_of(number, name))
        return len(lines)


class DeadlinePerRecord(FlowCase):
    SETTINGS = ((b"a", []), (b"ab", []), (b"a", ["--workers", "2"]), (b"ab", ["--workers", "1"]))
    ROOM = ["--capacity", "1000000", "--capacity-bytes", "64M"]  # for all of it: everything is read at once

    def run_with(self, deadline, names, flags):
        sources = self.files(*(bytes([name]) for name in names))
        flags = [*flags, *self.ROOM, *SLOW, "--deadline-per-record", deadline, "--json"]
        return pump(*flags, *sources, self.output())

    def test_what_waits_for_longer_is_dropped_and_that_was_asked_for(self):
        for names, flags in self.SETTINGS:
            result = self.run_with("200ms", names, flags)
            self.assertEqual((result.code, result.lines), (0, []), result)
            delivered = self.expect_subsequences(*(bytes([name]) for name in names))
            offered = COUNT * len(names)
            self.expect_account(result, offered=offered, delivered=delivered, expired=offered - delivered)
            self.assertLess(delivered, offered)

    def test_a_generous_deadline_costs_nothing(self):
        for names, flags in self.SETTINGS:
            result = pump(*flags, "--deadline-per-record", "1h", "--capacity", "100", "--json",
                          *self.files(*(bytes([name]) for name in names), count=FEW), self.output())
            self.assertEqual(result.code, 0, result)
            self.expect_account(result, delivered=FEW * len(names), expired=0)
            self.expect_subsequences(*(bytes([name]) for name in names))

    def test_waiting_for_room_counts(self):
        """The queue is small, and what was read before there is room for it grows old, too."""
        result = pump("--capacity", "10", "--throttle", "15kB/s", "--deadline-per-record", "1ms", "--json",
                      *self.files(b"a", count=FEW), self.output())
        self.assertEqual(result.code, 0, result)
        delivered = self.expect_subsequences(b"a")
        self.expect_account(result, offered=FEW, delivered=delivered, expired=FEW - delivered)
        self.assertLess(delivered, FEW)

    def test_refusals(self):
        for text in ("0", "-1s", "soon"):
            result = pump(f"--deadline-per-record={text}", "-", "null:")
            self.expect_refused(result, f"--deadline-per-record '{text}'", "accepted: a duration such as 500ms")
        result = pump("--deadline-per-record", "1s", "--capacity", "10000000", "-", "null:")
        self.expect_refused(result, "--capacity 10000000", "--deadline-per-record", "accepted: at most ")


class DropOldest(FlowCase):
    def run_with(self, names, *limits):
        flags = ["--overflow", "drop-oldest", *SLOW, "--json"]
        return pump(*flags, *limits, *self.files(*(bytes([name]) for name in names)), self.output())

    def test_the_newest_stay(self):
        """Exactly the last ones, as many as the queue holds, are there at the end."""
        for capacity in (1, 10, 1001):
            result = self.run_with(b"a", "--capacity", str(capacity))
            self.assertEqual((result.code, result.lines), (0, []), result)
            delivered = self.expect_subsequences(b"a")
            self.expect_account(result, offered=COUNT, delivered=delivered, evicted=COUNT - delivered)
            self.assertLess(delivered, COUNT)
            newest = b"".join(line_of(number) for number in range(COUNT - capacity, COUNT))
            self.assertTrue(self.read("out").endswith(newest))

    def test_several_sources(self):
        result = self.run_with(b"ab", "--capacity", "1001")
        self.assertEqual((result.code, result.lines), (0, []), result)
        delivered = self.expect_subsequences(b"a", b"b")
        summary = self.expect_account(result, offered=2 * COUNT, delivered=delivered)
        self.assertGreater(summary["records"]["evicted"], 0)

    def test_memory_is_room_too(self):
        for names in (b"a", b"ab"):
            limits = ["--capacity", "1000000", "--capacity-bytes", "64K", "--max-record", "1K"]
            result = self.run_with(names, *limits)
            self.assertEqual((result.code, result.lines), (0, []), result)
            delivered = self.expect_subsequences(*(bytes([name]) for name in names))
            summary = self.expect_account(result, offered=COUNT * len(names), delivered=delivered)
            self.assertGreater(summary["records"]["evicted"], 0)

    def test_a_sink_that_keeps_up_loses_nothing(self):
        result = pump("--overflow", "drop-oldest", "--capacity", "1000000", "--capacity-bytes", "64M", "--json",
                      *self.files(b"a"), self.output())
        self.assertEqual(result.code, 0, result)
        self.expect_account(result, delivered=COUNT)
        self.assertEqual(self.read("out"), LINES[b"a"])

    def test_with_workers(self):
        """These take records out, too: what they have stays, the oldest of the rest leave."""
        for names, workers, capacity in ((b"a", "2", 1001), (b"ab", "3", 100), (b"ab", "64", 200)):
            result = self.run_with(names, "--workers", workers, "--capacity", str(capacity))
            self.assertEqual((result.code, result.lines), (0, []), result)
            delivered = self.expect_subsequences(*(bytes([name]) for name in names))
            offered = COUNT * len(names)
            records = self.expect_account(result, offered=offered, delivered=delivered)["records"]
            self.assertEqual(records["evicted"] + records["dropped"], offered - delivered)
            self.assertGreater(records["evicted"], 0)
            if names == b"a":  # nobody else has a credit for a while without a record in the queue
                self.assertEqual(records["dropped"], 0)
                newest = b"".join(line_of(number) for number in range(COUNT - capacity // 2, COUNT))
                self.assertTrue(self.read("out").endswith(newest))

    def test_with_grep(self):
        result = self.run_with(b"ab", "--grep", "^a", "--capacity", "1001")
        self.assertEqual((result.code, result.lines), (0, []), result)
        delivered = self.expect_subsequences(b"a", b"b")
        summary = self.expect_account(result, offered=2 * COUNT, delivered=delivered)
        self.assertNotIn(b"b", self.read("out"))
        self.assertGreater(summary["records"]["evicted"], 0)


class Lanes(FlowCase):
    def sources(self):
        return [argument for weight, file in zip((8, 1), self.files(b"a", b"b"))
                for argument in ("--lane", str(weight), file)]

    def expect_all(self, result, data):
        """Each lane in its order, nothing lost; the lines in the order of both."""
        self.assertEqual((result.code, result.lines), (0, []), result)
        summary = self.expect_account(result, delivered=2 * COUNT)
        self.assertEqual([(lane["weight"], lane["taken"]) for lane in summary["lanes"]], [(8, COUNT), (1, COUNT)])
        lines = data.splitlines(keepends=True)
        if summary["workers"]["count"] > 0:
            lines = [line[17:] for line in lines]
        for name in (b"a", b"b"):
            self.assertEqual(b"".join(line for line in lines if line.startswith(name)), LINES[name])
        return lines

    def test_both_keep_their_order(self):
        small = ["--capacity-bytes", "2M", "--max-record", "1K"]
        for flags in (["--capacity", "20000"], small, ["--capacity", "20000", "--hash"]):
            result = pump("--json", *flags, *self.sources(), self.output())
            self.expect_all(result, self.read("out"))

    def test_the_heavy_one_goes_first(self):
        """Once both lanes hold all that there is, the sink is let go on. It and the kernel held little until then."""
        room = ["--capacity", str(2 * COUNT), "--capacity-bytes", "64M", "--high", "64K", "--low", "0"]
        for flags in ([], ["--hash"]):
            peer = Stalled(family=socket.AF_UNIX, address=self.path(f"peer{len(flags)}"))
            process = self.running("--json", *room, *flags, *self.sources(), peer.endpoint)
            eventually(lambda: process.read_bytes() >= 2 * BYTES, "everything is read")
            peer.release()
            lines = self.expect_all(process.result(), peer.value())
            middle = b"".join(lines)[BYTES * 4 // 10:BYTES * 9 // 10].splitlines(keepends=True)
            heavy = sum(len(line) for line in middle if line.startswith(b"a"))
            self.assertAlmostEqual(heavy / sum(map(len, middle)), 8 / 9, delta=0.03)

    def test_losses(self):
        for overflow in ("drop-newest", "sample:5"):
            flags = ["--overflow", overflow, "--capacity", "1001", *SLOW, "--json"]
            result = pump(*flags, *self.sources(), self.output())
            self.assertEqual((result.code, result.lines), (0, []), result)
            delivered = self.expect_subsequences(b"a", b"b")
            summary = self.expect_account(result, offered=2 * COUNT, delivered=delivered)
            lost = summary["records"]["dropped"] + summary["records"]["sampled"]
            self.assertEqual(lost, 2 * COUNT - delivered)
            self.assertGreater(lost, 0)

    def test_refusals(self):
        self.expect_refused(pump("--lane", "x", "-", "null:"), "--lane 'x'", "from 1 to 1000")
        result = pump("--lane", "1", "-", "file:/dev/null", "null:")
        self.expect_refused(result, "--lane is given 1 times", "accepted: ")


class Interrupted(FlowCase):
    """Whatever the policy, a signal in the middle leaves nothing unaccounted for."""

    POLICIES = (["--overflow", "block"], ["--overflow", "reject"], ["--overflow", "drop-newest"],
                ["--overflow", "drop-oldest"], ["--overflow", "sample:10"], ["--max-waiters", "1"],
                ["--deadline-per-record", "20ms"], ["--lane", "8", "--lane", "1"],
                ["--deadline-per-record", "20ms", "--workers", "2", "--overflow", "sample:10"],
                ["--deadline-per-record", "20ms", "--overflow", "drop-oldest"],
                ["--deadline-per-record", "20ms", "--overflow", "drop-oldest", "--workers", "2"])

    def test_every_policy(self):
        for policy in self.POLICIES:
            for deadline in ("60s", "0ms"):
                with self.subTest(policy=policy, deadline=deadline):
                    limits = ["--capacity", "1000", "--throttle", "2MB/s", "--high", "64K", "--low", "0"]
                    process = self.running(*policy, *limits, "--deadline", deadline, "--json", "file:/dev/zero",
                                           "--fixed", "100", "file:/dev/zero", f"file:{self.path('out')}")
                    eventually(lambda: process.read_bytes() > 1 << 20, "more than the queue holds")
                    process.signal(signal.SIGINT)
                    result = process.result()
                    summary = self.expect_account(result)
                    lost = self.left_over(summary)
                    if deadline == "60s":
                        self.assertEqual(lost, 0)
                    self.assertEqual(result.code, 1 if lost + summary["records"]["rejected"] > 0 else 3, result)
                    self.assertEqual(self.delivered(), summary["bytes"]["delivered"] + summary["sink"]["cut_bytes"])
                    os.unlink(self.path("out"))

    def delivered(self):
        return os.path.getsize(self.path("out")) if os.path.exists(self.path("out")) else 0


class Sampling(FlowCase):
    LIMITS = (["--capacity", "1001"], ["--capacity", "1000000", "--capacity-bytes", "64K", "--max-record", "1K"])

    def test_one_of_n_is_kept_and_the_weights_add_up(self):
        for limits in self.LIMITS:
            for names, flags in ((b"a", []), (b"ab", []), (b"ab", ["--workers", "2"])):
                flags = [*flags, *limits, "--overflow", "sample:7", *SLOW, "--json"]
                result = pump(*flags, *self.files(*(bytes([name]) for name in names)), self.output())
                self.assertEqual((result.code, result.lines), (0, []), result)
                delivered = self.expect_subsequences(*(bytes([name]) for name in names))
                offered = COUNT * len(names)
                summary = self.expect_account(result, offered=offered, delivered=delivered, sampled=offered - delivered)
                self.assertGreater(summary["records"]["sampled"], 0)
                sampling = summary["sampling"]
                self.assertEqual(sampling["every"], 7)
                self.assertEqual(sampling["kept_weight"] + sampling["unrepresented"], offered)

    def test_a_sink_that_keeps_up_loses_nothing(self):
        result = pump("--overflow", "sample:7", "--capacity", "1000000", "--capacity-bytes", "64M", "--json",
                      *self.files(b"a"), self.output())
        self.assertEqual(self.expect_account(result, delivered=COUNT)["sampling"]["kept_weight"], COUNT)

    def test_refusals(self):
        for text in ("sample", "sample:0", "sample:x"):
            self.expect_refused(pump("--overflow", text, "-", "null:"), f"--overflow '{text}'", "sample:N")


class MaxWaiters(FlowCase):
    def test_nobody_waits(self):
        for names in ((b"a",), (b"a", b"b")):
            flags = ["--max-waiters", "0", "--capacity", "100", *SLOW, "--json"]
            result = pump(*flags, *self.files(*names), self.output())
            delivered = self.expect_subsequences(*names)
            lost = COUNT * len(names) - delivered
            summary = self.expect_account(result, offered=COUNT * len(names), delivered=delivered, rejected=lost)
            self.expect_one_line(result, 1, f"{lost:,} records", "rejected by a full queue")
            self.assertEqual(summary["queue"]["push_waits"], 0)

    def test_one_waits_and_the_other_is_rejected(self):
        """The sink takes nothing: only because one is not let wait more is read than there is room for."""
        peer = Stalled(family=socket.AF_UNIX, address=self.path("peer"))
        flags = ["--max-waiters", "1", "--capacity", "100", "--high", "64K", "--low", "0", "--json"]
        process = self.running(*flags, *self.files(b"a", b"b"), peer.endpoint)
        eventually(lambda: process.read_bytes() >= BYTES, "all of one source is read")
        peer.release()
        result = process.result()
        delivered = peer.value().count(b"\n")
        lost = 2 * COUNT - delivered
        summary = self.expect_account(result, offered=2 * COUNT, delivered=delivered, rejected=lost)
        self.assertGreater(summary["queue"]["push_waits"] + summary["queue"]["block_waits"], 0)
        self.expect_one_line(result, 1, f"{lost:,} records", "rejected by a full queue")

    def test_up_to_it_nothing_is_lost(self):
        for most, names in ((1, (b"a",)), (2, (b"a", b"b"))):
            flags = ["--max-waiters", str(most), "--capacity", "100", "--throttle", "20MB/s", "--json"]
            result = pump(*flags, *self.files(*names, count=FEW), self.output())
            self.assertEqual(result.code, 0, result)
            self.expect_account(result, delivered=FEW * len(names))
            self.expect_subsequences(*names)

    def test_refusals(self):
        self.expect_refused(pump("--max-waiters", "many", "-", "null:"), "--max-waiters 'many'", "from 0 to 512")
        self.expect_refused(pump("--max-waiters", "1", "--overflow", "reject", "-", "null:"), "--max-waiters 1",
                            "accepted: --overflow block")


if __name__ == "__main__":
    main()
