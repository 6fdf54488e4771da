"""Flow control: what waits, what is shed and why. The account names every reason, and balances."""

import os
import signal

from harness import Case, eventually, main, pump

COUNT = 200000


def line_of(number, name=b"a"):
    """Lengths differ, so that a line put together from the wrong places shows."""
    return name + b"%07d" % number + b"." * (number % 91) + b"\n"


def lines_of(name=b"a", count=COUNT):
    return b"".join(line_of(number, name) for number in range(count))


LINES = {name: lines_of(name) for name in (b"a", b"b")}


class FlowCase(Case):
    def files(self, *names):
        return [f"file:{self.write(name.decode(), LINES[name])}" for name in names]

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
        flags = [*flags, *self.ROOM, "--throttle", "10MB/s", "--deadline-per-record", deadline, "--json"]
        return pump(*flags, *sources, self.output())

    def test_what_waits_for_longer_is_dropped_and_that_was_asked_for(self):
        for names, flags in self.SETTINGS:
            result = self.run_with("200ms", names, flags)
            self.assertEqual((result.code, result.lines), (0, []), result)
            delivered = self.expect_subsequences(*(bytes([name]) for name in names))
            offered = COUNT * len(names)
            self.expect_account(result, offered=offered, delivered=delivered, expired=offered - delivered)
            self.assertGreater(delivered, 0)
            self.assertLess(delivered, offered)

    def test_a_generous_deadline_costs_nothing(self):
        for names, flags in self.SETTINGS:
            flags = [*flags, "--throttle", "40MB/s"]
            result = pump(*flags, "--deadline-per-record", "1h", "--capacity", "100", "--json",
                          *self.files(*(bytes([name]) for name in names)), self.output())
            self.assertEqual(result.code, 0, result)
            self.expect_account(result, delivered=COUNT * len(names), expired=0)
            self.expect_subsequences(*(bytes([name]) for name in names))

    def test_waiting_for_room_counts(self):
        """The queue is small, and what was read before there is room for it grows old, too."""
        result = pump("--capacity", "10", "--throttle", "1MB/s", "--deadline-per-record", "1ms", "--json",
                      *self.files(b"a"), self.output())
        self.assertEqual(result.code, 0, result)
        delivered = self.expect_subsequences(b"a")
        self.expect_account(result, offered=COUNT, delivered=delivered, expired=COUNT - delivered)
        self.assertLess(delivered, COUNT)

    def test_refusals(self):
        for text in ("0", "-1s", "soon"):
            result = pump(f"--deadline-per-record={text}", "-", "null:")
            self.expect_refused(result, f"--deadline-per-record '{text}'", "accepted: a duration such as 500ms")
        result = pump("--deadline-per-record", "1s", "--capacity", "10000000", "-", "null:")
        self.expect_refused(result, "--capacity 10000000", "--deadline-per-record", "accepted: at most ")


class DropOldest(FlowCase):
    def run_with(self, names, *limits):
        flags = ["--overflow", "drop-oldest", "--throttle", "20MB/s", "--json"]
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
            limits = ["--capacity", "1000000", "--capacity-bytes", "256K", "--max-record", "1K"]
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

    def test_refusals(self):
        result = pump("--overflow", "drop-oldest", "--workers", "1", "-", "null:")
        self.expect_refused(result, "--overflow drop-oldest", "accepted: without --workers")


class Lanes(FlowCase):
    def run_with(self, *flags):
        sources = [argument for weight, file in zip((8, 1), self.files(b"a", b"b"))
                   for argument in ("--lane", str(weight), file)]
        return pump("--throttle", "10MB/s", "--json", *flags, *sources, self.output())

    def test_the_heavy_one_goes_first_and_both_keep_their_order(self):
        """Lanes that hold much more than what the sink takes at once, so that both have something all the time."""
        small = ["--capacity-bytes", "2M", "--max-record", "1K"]
        for flags in (["--capacity", "20000"], small, ["--capacity", "20000", "--hash"]):
            result = self.run_with(*flags)
            self.assertEqual((result.code, result.lines), (0, []), result)
            summary = self.expect_account(result, delivered=2 * COUNT)
            lines = self.read("out").splitlines(keepends=True)
            if "--hash" in flags:
                lines = [line[17:] for line in lines]
            self.assertEqual(b"".join(line for line in lines if line.startswith(b"a")), LINES[b"a"])
            self.assertEqual(b"".join(line for line in lines if line.startswith(b"b")), LINES[b"b"])
            heavy = sum(line.startswith(b"a") for line in lines[:COUNT])
            self.assertGreater(heavy, 0.7 * COUNT)  # 8/9 while both have something
            self.assertLess(heavy, COUNT)
            self.assertEqual([(lane["weight"], lane["taken"]) for lane in summary["lanes"]],
                             [(8, COUNT), (1, COUNT)])

    def test_losses(self):
        for overflow in ("drop-newest", "sample:5"):
            result = self.run_with("--overflow", overflow, "--capacity", "1001")
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
                ["--deadline-per-record", "20ms", "--overflow", "drop-oldest"])

    def test_every_policy(self):
        for policy in self.POLICIES:
            for deadline, codes in (("60s", (1, 3)), ("0ms", (1,))):
                with self.subTest(policy=policy, deadline=deadline):
                    limits = ["--capacity", "1000", "--throttle", "2MB/s", "--high", "64K", "--low", "0"]
                    process = self.running(*policy, *limits, "--deadline", deadline, "--json", "file:/dev/zero",
                                           "--fixed", "100", "file:/dev/zero", f"file:{self.path('out')}")
                    eventually(lambda: self.delivered() > 100_000, "some of it")
                    process.signal(signal.SIGINT)
                    result = process.result()
                    self.assertIn(result.code, codes, result)
                    summary = self.expect_account(result)
                    self.assertEqual(self.delivered(), summary["bytes"]["delivered"] + summary["sink"]["cut_bytes"])
                    self.assertEqual(summary["records"]["undelivered"] > 0, deadline == "0ms")
                    os.unlink(self.path("out"))

    def delivered(self):
        return os.path.getsize(self.path("out")) if os.path.exists(self.path("out")) else 0


class Sampling(FlowCase):
    LIMITS = (["--capacity", "1001"], ["--capacity", "1000000", "--capacity-bytes", "256K", "--max-record", "1K"])

    def test_one_of_n_is_kept_and_the_weights_add_up(self):
        for limits in self.LIMITS:
            for names, flags in ((b"a", []), (b"ab", []), (b"ab", ["--workers", "2"])):
                flags = [*flags, *limits, "--overflow", "sample:7", "--throttle", "20MB/s", "--json"]
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
    FLAGS = ("--capacity", "100", "--throttle", "20MB/s", "--json")

    def test_beyond_it_records_are_rejected(self):
        for most, names in ((0, (b"a",)), (0, (b"a", b"b")), (1, (b"a", b"b"))):
            result = pump("--max-waiters", str(most), *self.FLAGS, *self.files(*names), self.output())
            delivered = self.expect_subsequences(*names)
            offered = COUNT * len(names)
            summary = self.expect_account(result, offered=offered, delivered=delivered, rejected=offered - delivered)
            self.assertGreater(summary["records"]["rejected"], 0)
            self.expect_one_line(result, 1, f"{offered - delivered:,} records", "rejected by a full queue")
            if most > 0:
                self.assertGreater(summary["queue"]["push_waits"], 0)

    def test_up_to_it_nothing_is_lost(self):
        for most, names in ((1, (b"a",)), (2, (b"a", b"b"))):
            result = pump("--max-waiters", str(most), *self.FLAGS, *self.files(*names), self.output())
            self.assertEqual(result.code, 0, result)
            self.expect_account(result, delivered=COUNT * len(names))
            self.expect_subsequences(*names)

    def test_refusals(self):
        self.expect_refused(pump("--max-waiters", "many", "-", "null:"), "--max-waiters 'many'", "from 0 to 512")
        self.expect_refused(pump("--max-waiters", "1", "--overflow", "reject", "-", "null:"), "--max-waiters 1",
                            "accepted: --overflow block")


if __name__ == "__main__":
    main()
