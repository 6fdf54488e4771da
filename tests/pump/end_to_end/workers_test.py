"""Workers: records of one source stay in order, and every record has its place in the account, whatever happens."""

import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess

from harness import BACKENDS, OPTIONS, Case, Stalled, eventually, main, most_in_tcp_buffers, pump

WORDS = [b"flood", b"ebb", b"tide", b"gate", b"lock", b"sluice", b"weir", b"foo.bar", b"a\xc3\xa4b", b"", b"\t", b"0"]


def fnv1a_64(data):
    value = 14695981039346656037
    for byte in data:
        value = (value ^ byte) * 1099511628211 % (1 << 64)
    return b"%016x" % value


def hashed(line):
    """A line as --hash delivers it."""
    return fnv1a_64(line.rstrip(b"\n")) + b" " + line


def text(seed, count, name=b"x"):
    """Lines that tell their source and number, of very different lengths."""
    source = random.Random(seed)
    lines = (b" ".join(source.choices(WORDS, k=source.randrange(12))) for _ in range(count))
    return b"".join(b"%s%06d %s\n" % (name, i, line) for i, line in enumerate(lines))


class Order(Case):
    def by_source(self, data, names):
        lines = data.splitlines(keepends=True)
        return [b"".join(line for line in lines if line.startswith(name)) for name in names]

    def test_three_sources_and_four_workers(self):
        names = [b"a", b"b", b"c"]
        for flags, count in (([], 10000), (["--capacity", "10"], 1000),  # a few threads woken for each record
                             (["--capacity-bytes", "64K", "--max-record", "4K"], 10000),
                             (["--capacity-bytes", "16K", "--max-record", "2K"], 10000),
                             (["--rate-limit", "50MB/s"], 10000)):
            sources = [text(seed, count, name) for seed, name in enumerate(names)]
            files = [f"file:{self.write(name.decode(), data)}" for name, data in zip(names, sources)]
            for workers in ("0", "1", "4"):
                result = pump("--workers", workers, "--json", *flags, *files, f"file:{self.path('out')}")
                self.assertEqual(result.code, 0, result)
                summary = self.expect_account(result, offered=3 * count, delivered=3 * count)
                self.assertEqual(summary["workers"]["count"], int(workers))
                self.assertEqual(summary["readers"], 1 if "--rate-limit" in flags else 2 if "16K" in flags else 3)
                self.assertEqual(self.by_source(self.read("out"), names), sources, flags)

    def test_more_sources_than_readers(self):
        names = [b"%c" % letter for letter in b"abcdefghijkl"]
        sources = [text(seed, 2000, name) for seed, name in enumerate(names)]
        files = [f"file:{self.write(name.decode(), data)}" for name, data in zip(names, sources)]
        for workers in ("0", "3"):
            result = pump("--workers", workers, "--json", *files, f"file:{self.path('out')}")
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.expect_account(result, delivered=24000)["readers"], 8)
            self.assertEqual(self.by_source(self.read("out"), names), sources)

    def test_one_source_arrives_as_it_is(self):
        data = text(1, 30000) + b"no newline at the end"
        for workers in ("1", "2", "64"):
            small = ["--capacity", "3", "--capacity-bytes", "64K", "--max-record", "4K"]
            for flags in ([], ["--capacity", "1"], small):
                data = data if "--capacity" not in flags else data[-100000:]
                result = pump("--workers", workers, *flags, "--json", "-", "-", data=data)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(result.out, data)
                self.expect_account(result, delivered=data.count(b"\n") + 1)

    def test_every_kind_of_record(self):
        source = random.Random(2)
        contents = [source.randbytes(source.randrange(300)) for _ in range(5000)]
        prefixed = b"".join(struct.pack("<I", len(content)) + content for content in contents)
        fixed = source.randbytes(7 * 20000)
        for flags, data, count in ((["--prefixed"], prefixed, 5000), (["--fixed", "7"], fixed, 20000),
                                   (["--max-record", "10", "--split"], b"x" * 99999 + b"\n", 10000)):
            for backend in BACKENDS:
                result = pump("--workers", "3", "--backend", backend, *flags, "--json", "-", "-", data=data)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(result.out, data)
                self.expect_account(result, delivered=count)


class Grep(Case):
    DATA = text(3, 8000)

    def test_as_grep_does(self):
        grep = shutil.which("grep")
        self.assertTrue(grep, "grep is part of every Debian")
        source = self.write("in", self.DATA)
        environment = {**os.environ, "LC_ALL": "C"}
        for pattern in ("tide", "flood|weir", "^x0000[0-9]+ (ebb|gate) ", "gate$", "foo.bar", r"foo\.bar",
                        "lock *lock", "(e)b+ .*0$", "[[:digit:]]{6} *$", "no such thing", "", "\xe4", "[^a-z0-9 ]"):
            for flags, options in (([], []), (["--invert"], ["-v"])):
                command = [grep, "-E", *options, "-e", pattern, source]
                expected = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=False).stdout
                for workers in ("1", "4"):
                    result = pump("--grep", pattern, *flags, "--workers", workers, "--json", f"file:{source}",
                                  f"file:{self.path('out')}")
                    self.assertEqual(result.code, 0, result)
                    self.assertEqual(self.read("out"), expected, pattern)
                    count = expected.count(b"\n")
                    summary = self.expect_account(result, offered=8000, delivered=count, filtered=8000 - count)
                    self.assertEqual(summary["bytes"]["filtered"], len(self.DATA) - len(expected))

    def test_summary_says_it(self):
        result = pump("--grep", "tide", "-", "null:", data=b"tide\nebb\nflood\n")
        self.assertIn(b"offered 3 = delivered 1 + filtered 2 + dropped 0", result.out)
        self.assertRegex(result.out, rb"(?m)^workers +1; --grep took 2 of 3 records out$")

    def test_with_drops(self):
        """What was dropped was never looked at; the rest is filtered or delivered."""
        source = self.write("in", self.DATA)
        slow = ["--throttle", "4kB/s", "--high", "4K", "--low", "1K"]  # all the time there is would not be enough
        flags = ["--grep", "tide", "--workers", "2", "--overflow", "drop-newest", "--capacity", "40", "--json"]
        result = pump(*flags, *slow, f"file:{source}", f"file:{self.path('out')}")
        self.assertEqual(result.code, 0, result)
        summary = self.expect_account(result, offered=8000)
        self.assertGreater(summary["records"]["dropped"], 0)
        lines = self.DATA.splitlines(keepends=True)
        numbers = [int(line[1:7]) for line in self.read("out").splitlines()]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual(self.read("out"), b"".join(lines[number] for number in numbers))
        self.assertTrue(all(b"tide" in lines[number] for number in numbers))


class Hash(Case):
    def test_known_vectors(self):
        data = b"a\nfoobar\n\nb"
        expected = b"af63dc4c8601ec8c a\n85944171f73967e8 foobar\ncbf29ce484222325 \naf63df4c8601f1a5 b"
        result = pump("--hash", "--json", "-", "-", data=data)
        self.assertEqual((result.code, result.out), (0, expected))
        summary = self.expect_account(result, delivered=4)
        self.assertEqual(summary["bytes"]["delivered"], len(data))
        self.assertEqual(summary["workers"]["added_bytes"], 4 * 17)

    def test_of_many_and_of_long_records(self):
        lines = text(4, 5000).splitlines(keepends=True) + [b"y" * (1 << 20) + b"\n", b"z" * 300000]
        for flags in (["--workers", "3"], ["--throttle", "1GB/s"], ["--capacity", "2"]):
            result = pump("--hash", *flags, "--json", "-", "-", data=b"".join(lines))
            self.assertEqual(result.code, 0, result)
            self.assertEqual(result.out.splitlines(keepends=True), [hashed(line) for line in lines])
            self.expect_account(result, delivered=5002)

    def test_prefixed_records_stay_readable(self):
        contents = [b"", b"foobar", b"x" * 1000]
        data = b"".join(struct.pack("<I", len(content)) + content for content in contents)
        result = pump("--prefixed", "--hash", "-", "-", data=data)
        whole = [fnv1a_64(content) + b" " + content for content in contents]
        self.assertEqual(result.out, b"".join(struct.pack("<I", len(each)) + each for each in whole))

    def test_after_grep(self):
        result = pump("--grep", "^f", "--hash", "-", "-", data=b"a\nfoobar\n")
        self.assertEqual(result.out, b"85944171f73967e8 foobar\n")


class EndlessCase(Case):
    def endless(self):
        """A source that never ends, as text."""
        read_end, write_end = os.pipe()
        feeder = subprocess.Popen(["yes", "some text to be worked on, and a bit more of it"], stdout=write_end)
        os.close(write_end)
        self.addCleanup(os.close, read_end)
        self.addCleanup(feeder.wait)
        self.addCleanup(feeder.kill)
        return read_end


class Ends(EndlessCase):
    """However it ends, the account balances, and what arrived is what it says."""

    def delivered_bytes(self):
        return os.path.getsize(self.path("out")) if os.path.exists(self.path("out")) else 0

    def test_interrupt_drains(self):
        for flags in (["--workers", "4"], ["--grep", "e.*x+t", "--workers", "2"], ["--hash", "--workers", "3"]):
            flags = [*flags, "--deadline", "60s", "--json"]
            process = self.running(*flags, "-", f"file:{self.path('out')}", stdin=self.endless())
            eventually(lambda: self.delivered_bytes() > 1 << 20, "a megabyte of output")
            process.signal(signal.SIGINT)
            result = process.result()
            self.expect_one_line(result, 3, "everything that was read is delivered")
            summary = self.expect_account(result, undelivered=0, filtered=0)
            size = summary["bytes"]["delivered"] + summary["workers"]["added_bytes"]
            self.assertEqual(os.path.getsize(self.path("out")), size)
            os.unlink(self.path("out"))

    def test_interrupt_with_a_stalled_sink_gives_up_at_the_deadline(self):
        for backend in BACKENDS:
            peer = Stalled()
            most = most_in_tcp_buffers()
            flags = ["--hash", "--workers", "4", "--backend", backend, "--deadline", "200ms", "--json",
                     "--capacity", str(most // 40), "--capacity-bytes", str(2 * most), "--max-record", "1K"]
            process = self.running(*flags, "-", peer.endpoint, stdin=self.endless())
            eventually(lambda: process.read_bytes() > most, "more is read than the kernel takes")
            process.signal(signal.SIGTERM)
            result = process.result()
            summary = self.expect_account(result)
            lost = self.left_over(summary)
            self.assertGreater(lost, 0)
            self.expect_one_line(result, 1, "the deadline passed", f"{lost:,} records")
            peer.release()
            sent = summary["bytes"]["delivered"] + summary["workers"]["added_bytes"] + summary["sink"]["cut_bytes"]
            received = peer.value()
            self.assertEqual(len(received), sent)
            whole = received.splitlines(keepends=True)[:summary["records"]["delivered"]]
            self.assertEqual(set(whole), {hashed(b"some text to be worked on, and a bit more of it\n")})

    def test_sink_that_fails(self):
        data = text(5, 60000)
        files = [f"file:{self.write(name, data)}" for name in "ab"]
        for flags in (["--workers", "4"], ["--grep", "e", "--workers", "2"], ["--hash"], ["--overflow", "drop-newest"]):
            result = pump(*flags, "--json", *files, "file:/dev/full")
            summary = self.expect_account(result, delivered=0)
            self.expect_one_line(result, 1, "No space left on device")
            self.assertGreater(summary["records"]["undelivered"], 0)

    def test_sources_that_fail_do_not_stop_the_others(self):
        data = text(6, 5000)
        result = pump("--workers", "2", "--json", "file:/proc/self/mem", f"file:{self.write('in', data)}",
                      f"file:{self.path('out')}")
        self.expect_one_line(result, 1, "cannot read on")
        self.assertEqual(self.read("out"), data)
        self.expect_account(result, delivered=5000)

    def test_listeners_and_files_together(self):
        path = self.path("socket")
        sources = [f"unix-listen:{path}", f"file:{self.write('in', text(7, 3000, b'f'))}"]
        receiver = self.running("--workers", "2", "--json", *sources, f"file:{self.path('out')}")
        receiver.address()
        self.assertEqual(pump("-", f"unix:{path}", data=text(8, 3000, b"s")).code, 0)
        result = receiver.result()
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.expect_account(result, delivered=6000)["connections"], 1)
        lines = self.read("out").splitlines(keepends=True)
        for name, seed in ((b"f", 7), (b"s", 8)):
            self.assertEqual(b"".join(line for line in lines if line.startswith(name)), text(seed, 3000, name))


class Bounds(EndlessCase):
    def test_memory_with_workers_and_a_stalled_sink(self):
        """The resident size stays within what the summary calls the bound, and the program itself."""
        for flags in (["--workers", "4"], ["--hash", "--workers", "2", "--overflow", "drop-newest"]):
            peer = Stalled(family=socket.AF_UNIX, address=self.path(f"peer{len(flags)}"))
            sources = [f"file:{self.write(name, text(9, 200000))}" for name in "ab"]
            limits = ["--capacity-bytes", "4M", "--max-record", "64K", "--deadline", "1ms", "--json"]
            process = self.running(*limits, *flags, "-", *sources, peer.endpoint, stdin=self.endless())
            eventually(lambda: process.read_bytes() > 2 << 20, "more is read than the kernel takes")
            process.signal(signal.SIGINT)
            summary = self.expect_account(process.result())
            self.assertGreater(summary["records"]["undelivered"], 0)
            if not OPTIONS.sanitized:
                program = 12 << 20
                self.assertLess(summary["memory"]["bound_bytes"], 20 << 20)
                self.assertLess(summary["memory"]["peak_resident_bytes"], summary["memory"]["bound_bytes"] + program)
            peer.release()

    def test_capacity_holds_behind_the_workers(self):
        """Nothing gets past the sink, so that no more is read than the capacity and what the sink holds itself."""
        peer = Stalled()
        self.write("in", b"x" * 99 + b"\n")
        flags = ["--workers", "4", "--capacity", "7", "--overflow", "drop-newest", "--high", "1K", "--low", "0"]
        process = self.running(*flags, "--deadline", "1ms", "--json", "-", peer.endpoint, stdin=subprocess.PIPE)
        data = (b"x" * 99 + b"\n") * 200000
        process.process.stdin.write(data)
        process.process.stdin.flush()
        process.signal(signal.SIGINT)
        process.process.wait(30)
        process.process.stdin.close()
        process.process.stdin = None
        records = self.expect_account(process.result())["records"]
        self.assertGreater(records["dropped"], 0)
        self.assertLessEqual(records["undelivered"], 7 + 3 * (4 << 20) // 100)
        peer.release()


class Usage(Case):
    def test_refusals(self):
        for flags, part in ((["--workers", "65"], "--workers '65'"), (["--workers", "x"], "from 0 to 64"),
                            (["--workers", "0", "--hash"], "nobody for --hash"), (["--grep", "a", "--raw"], "--raw"),
                            (["--hash", "--raw"], "--raw"), (["--workers", "2", "--raw"], "--raw"),
                            (["--grep", "a(b"], "--grep 'a(b'"), (["--invert"], "--invert")):
            result = pump(*flags, "-", f"file:{self.path('out')}")
            self.expect_refused(result, part, "accepted: ")
            self.assertFalse(os.path.exists(self.path("out")))

    def test_help(self):
        done = subprocess.run([OPTIONS.tidegate, "pump", "--help"], capture_output=True, check=False)
        for word in (b"--workers N", b"--grep PATTERN", b"--invert", b"--hash", b"FNV-1a", b"filtered"):
            self.assertIn(word, done.stdout)
        self.assertEqual(re.findall(rb".{121,}", done.stdout), [])


if __name__ == "__main__":
    main()
