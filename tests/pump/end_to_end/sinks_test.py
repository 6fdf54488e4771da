"""Logs as sinks, several sinks at once, and sinks that are given up."""

import os
import random
import signal
import struct
import subprocess
import sys
import threading

from harness import (OPTIONS, BACKENDS, Case, Peer, Result, Stalled, eventually, main, most_in_tcp_buffers, pump,
                     read_everything, reset)

LINES = b"".join(b"line %d %s\n" % (number, b"x" * (number % 97)) for number in range(20_000))


def log(*arguments):
    done = subprocess.run([OPTIONS.tidegate, "log", *arguments], capture_output=True, timeout=60, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


class Sinks(Case):
    def directory(self, name="log"):
        os.mkdir(self.path(name))
        return self.path(name)

    def kept(self, directory):
        """What the log holds, one record behind the other."""
        result = log("cat", "--raw", directory)
        self.assertEqual(result.code, 0, result)
        return result.out

    def verified(self, directory, code=0):
        """Records of the whole log."""
        result = log("verify", "--json", directory)
        self.assertEqual(result.code, code, result)
        return result

    def expect_sinks(self, result, *sinks):
        """The account of each sink, recomputed: what came to it, and that it balances. Returns them by name."""
        summary = self.expect_account(result)
        self.assertEqual([each["sink"] for each in summary["sinks"]], list(sinks))
        for each in summary["sinks"]:
            for unit in ("records", "bytes"):
                account = dict(each[unit])
                self.assertEqual(account.pop("taken"), sum(account.values()), f"{unit}: {each}")
                self.assertEqual(each[unit]["taken"], summary["sinks"][0][unit]["taken"])
            self.assertEqual(each["end"] == "complete", each["records"]["undelivered"] == 0 and not each["error"], each)
        return {each["sink"]: each for each in summary["sinks"]}


class Logs(Sinks):
    def test_every_framing_comes_back_as_it_was(self):
        noise = random.Random(7)
        parts = [noise.randbytes(noise.randrange(200)) for _ in range(500)]
        framings = {
            "lines": ((), LINES + b"no newline at the end"),
            "fixed": (("--fixed", "100"), noise.randbytes(100 * 300)),
            "prefixed": (("--prefixed",), b"".join(struct.pack("<I", len(part)) + part for part in parts)),
            "raw": (("--raw",), noise.randbytes(300_000)),
        }
        for name, (flags, data) in framings.items():
            for engine in ("buffered", "inline", "direct"):
                with self.subTest(framing=name, engine=engine):
                    where = self.directory(f"{name}-{engine}")
                    result = pump(*flags, "--engine", engine, "--json", "-", f"log:{where}", data=data)
                    self.assertEqual((result.code, result.lines), (0, []), result)
                    sink = self.expect_sinks(result, f"log:{where}")[f"log:{where}"]
                    self.assertEqual(sink["log"]["durable_records"], result.summary["records"]["offered"])
                    self.assertEqual(self.kept(where), data)

    def test_a_log_goes_on_where_it_ended(self):
        where = self.directory()
        for sync in ("none", "interval:5", "batch"):
            result = pump("--sync", sync, "--json", "-", f"log:{where}", data=b"%s\n" % sync.encode())
            self.assertEqual(result.code, 0, result)
            durable = self.expect_sinks(result, f"log:{where}")[f"log:{where}"]["log"]["durable_records"]
            self.assertEqual(durable, 0 if sync == "none" else 1)
        self.assertEqual(self.kept(where), b"none\ninterval:5\nbatch\n")

    def test_records_with_hashes(self):
        where = self.directory()
        flags = ("--hash", "--tee", f"file:{self.path('out')}", "--json")
        result = pump(*flags, "-", f"log:{where}", data=LINES)
        self.assertEqual(result.code, 0, result)
        self.expect_sinks(result, f"log:{where}", f"file:{self.path('out')}")
        self.assertEqual(self.kept(where), self.read("out"))

    def test_killed_in_the_middle(self):
        """What had left by the log's account before the kill is there, and the log can be written on."""
        where = self.directory()
        process = self.running("--sync", "batch", "-", f"log:{where}", stdin=subprocess.PIPE)
        written = b""
        for number in range(20):  # one after the other, so that the log is in the middle of something
            line = b"record %d\n" % number
            process.process.stdin.write(line)
            process.process.stdin.flush()
            written += line
            eventually(lambda: self.in_file(where, line), "it is in the file")
        process.process.stdin.write(LINES)
        process.process.kill()
        process.process.wait()
        self.assertIn(log("verify", where).code, (0, 1))
        result = pump("-", f"log:{where}", data=b"after\n")
        self.assertEqual(result.code, 0, result)
        kept = self.kept(where)
        self.assertTrue(kept.startswith(written))
        self.assertTrue((written + LINES).startswith(kept[:-len(b"after\n")]))
        self.assertTrue(kept.endswith(b"after\n"))
        self.verified(where)

    def in_file(self, where, line):
        found = False
        for name in os.listdir(where):
            with open(os.path.join(where, name), "rb") as file:
                found = found or line in file.read(1 << 16)
        return found

    def test_interrupted_it_syncs_what_was_read(self):
        where = self.directory()
        flags = ("--sync", "interval:3600000", "--deadline", "60s", "--json")  # nothing else would sync it
        process = self.running(*flags, "-", f"log:{where}", stdin=subprocess.PIPE)
        process.process.stdin.write(b"one\ntwo\n")
        process.process.stdin.flush()
        eventually(lambda: self.in_file(where, b"two\n"), "they are written")
        process.signal(signal.SIGINT)
        process.process.wait(60)
        result = process.result()
        self.expect_one_line(result, 3, "everything that was read is delivered")
        sink = self.expect_sinks(result, f"log:{where}")[f"log:{where}"]
        self.assertEqual((sink["records"]["delivered"], sink["log"]["durable_records"]), (2, 2))

    def test_repairs_are_told(self):
        where = self.directory()
        pump("-", f"log:{where}", data=b"one\ntwo\n")
        name = os.path.join(where, sorted(os.listdir(where))[0])
        with open(name, "r+b") as file:
            file.truncate(os.path.getsize(name))
            file.seek(0, os.SEEK_END)
            file.write(b"\x08\0\0\0torn")
        result = pump("--summary", "none", "-", f"log:{where}", data=b"three\n")
        self.expect_one_line(result, 0, f"log:{where}", "recovered: 8 bytes", "2 records are kept")
        self.assertEqual(self.kept(where), b"one\ntwo\nthree\n")

    def test_logs_that_cannot_be_used(self):
        where = self.directory()
        self.write("file", b"")
        for sink, part in ((f"log:{self.path('nowhere')}", "No such file"), (f"log:{self.path('file')}", "not a dir")):
            self.expect_refused(pump("-", sink, data=b"x\n"), sink, part)
        self.expect_refused(pump("--failover", self.path("no"), "-", f"log:{where}", data=b""), self.path("no"))
        writer = self.running("-", f"log:{where}", stdin=subprocess.PIPE)
        eventually(lambda: any(name.endswith(".log") for name in os.listdir(where)), "the log is open")
        self.expect_refused(pump("-", f"log:{where}", data=b""), f"log:{where}", "another process")
        writer.end()

    def test_a_corrupt_log_is_left_alone(self):
        where = self.directory()
        pump("-", f"log:{where}", data=LINES)
        name = os.path.join(where, sorted(os.listdir(where))[0])
        with open(name, "r+b") as file:
            file.seek(5000)
            byte = file.read(1)
            file.seek(5000)
            file.write(bytes([byte[0] ^ 1]))
        with open(name, "rb") as file:
            before = file.read()
        out = f"file:{self.write('out', b'precious')}"
        self.expect_refused(pump("--tee", out, "-", f"log:{where}", data=b"x\n"), name, "accepted: a whole log")
        with open(name, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(self.read("out"), b"precious")


class FullDisks(Sinks):
    """A file system of its own, which only root can make. One segment of a log fits."""

    def full_disk(self):
        disk = self.directory("disk")
        command = ["mount", "-t", "tmpfs", "-o", "size=70m", "tidegate-test", disk]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            print("NOT TESTED: a full disk, as this user may not mount a tmpfs", file=sys.stderr)
            self.skipTest("this user may not mount a tmpfs")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        self.ballast = os.path.join(disk, "ballast")
        with open(self.ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 69 << 20)
        return self.directory("disk/log")

    def started(self, *args):
        """A pump that has said that the disk is full."""
        process = self.running("--capacity-bytes", "4M", "--max-record", "64K", "--json", *args, stdin=subprocess.PIPE)
        process.process.stdin.write(b"first\n")
        process.process.stdin.flush()
        line = process.process.stderr.readline()
        self.assertIn(b"the disk is full", line)
        process.early += line
        return process

    def test_it_waits_for_room(self):
        where = self.full_disk()
        process = self.started("-", f"log:{where}")
        data = LINES * 12  # more than queue and sink hold together
        feeder = threading.Thread(target=lambda: (process.process.stdin.write(data), process.process.stdin.close()))
        feeder.start()
        eventually(lambda: process.read_bytes() > 2 << 20, "it reads as long as there is room")
        self.assertIsNone(process.process.poll())
        os.unlink(self.ballast)
        feeder.join()
        process.process.stdin = None
        result = process.result()
        self.expect_one_line(result, 0, f"log:{where}: the disk is full; waiting for room")
        sink = self.expect_sinks(result, f"log:{where}")[f"log:{where}"]
        self.assertGreaterEqual(sink["log"]["suspensions"], 1)
        self.assertEqual(self.kept(where), b"first\n" + data)

    def test_it_drops(self):
        where = self.full_disk()
        out = f"file:{self.path('out')}"
        process = self.started("--on-disk-full", "drop", "--tee", out, "-", f"log:{where}")
        data = LINES * 12
        process.process.stdin.write(data)  # ends: the disk holds nobody up
        process.process.stdin.close()
        process.process.stdin = None
        os.unlink(self.ballast)
        result = process.result()
        self.expect_one_line(result, 0, "the disk is full; dropping")
        sinks = self.expect_sinks(result, f"log:{where}", out)
        dropped = sinks[f"log:{where}"]["records"]["dropped"]
        self.assertGreater(dropped, 0)
        self.assertEqual(result.summary["records"]["dropped"], dropped)
        self.assertEqual(self.read("out"), b"first\n" + data)
        self.assertEqual(len(self.kept(where)), sinks[f"log:{where}"]["bytes"]["delivered"])

    def test_interrupted_it_gives_up_at_the_deadline(self):
        where = self.full_disk()
        process = self.started("--deadline", "100ms", "-", f"log:{where}")
        process.signal(signal.SIGINT)
        process.process.wait(60)
        result = process.result()
        self.assertEqual(result.code, 1, result)
        self.assertIn("the deadline passed: 1 record (6 bytes) not delivered", result.lines[-1])
        self.expect_sinks(result, f"log:{where}")

    def test_it_fails(self):
        where = self.full_disk()
        self.expect_refused(pump("--on-disk-full", "fail", "-", f"log:{where}", data=b""), where, "No space left")


class FailingDisks(Sinks):
    """ext4 on a loop device over a tmpfs that is too small for it: writes succeed, and a sync fails."""

    def failing_disk(self):
        below, disk = self.directory("below"), self.directory("disk")
        image = os.path.join(below, "image")

        def run(*command):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                print(f"NOT TESTED: a disk that fails, as {command[0]}: {done.stderr.strip()}", file=sys.stderr)
                self.skipTest(f"{command[0]} is refused here")
            return done.stdout.strip()

        run("mount", "-t", "tmpfs", "-o", "size=12m,huge=never", "tidegate-test", below)
        self.addCleanup(subprocess.run, ["umount", "-l", below], check=True)
        with open(image, "wb") as file:
            file.truncate(256 << 20)
        run("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=1,nodiscard", image)
        loop = run("losetup", "--find", "--show", image)
        self.addCleanup(subprocess.run, ["losetup", "--detach", loop], check=True)
        # whole pages: of a larger request that was cut short the loop driver says that all is well
        setting = f"/sys/block/{os.path.basename(loop)}/queue/max_sectors_kb"
        with open(setting) as file:
            before = file.read()

        def set_largest_request(kibibytes):
            with open(setting, "w") as file:
                file.write(kibibytes)

        set_largest_request("4")
        self.addCleanup(set_largest_request, before)
        run("mount", "-o", "errors=continue", loop, disk)
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        return self.directory("disk/log")

    def test_a_log_goes_on_in_its_other_directory(self):
        where, other = self.failing_disk(), self.directory("other")
        data = LINES * 30  # more than the disk takes
        flags = ("--sync", "interval:50", "--failover", other, "--json")
        result = pump(*flags, "-", f"log:{where}", data=data)
        self.assertEqual(result.code, 0, result)
        sink = self.expect_sinks(result, f"log:{where}")[f"log:{where}"]
        self.assertEqual(sink["log"]["durable_records"], result.summary["records"]["offered"])
        self.assertEqual(sink["log"]["poisoned_segments"], 1)
        self.assertTrue(any(name.endswith(".log") for name in os.listdir(other)))
        result = log("cat", "--raw", "--failover", other, where)
        self.assertEqual((result.code, result.out == data), (0, True), result)

    def test_a_log_without_another_directory_fails_and_says_what_is_durable(self):
        where = self.failing_disk()
        result = pump("--sync", "interval:50", "--json", "-", f"log:{where}", data=LINES * 30)
        self.assertEqual(result.code, 1, result)
        records = self.expect_sinks(result, f"log:{where}")[f"log:{where}"]["records"]
        self.assertGreater(records["undelivered"], 0)
        kept = log("cat", "--raw", where).out
        lines = kept.splitlines()[:records["delivered"]]
        self.assertEqual(lines, (LINES * 30).splitlines()[:records["delivered"]])


class SeveralSinks(Sinks):
    def test_all_get_the_same(self):
        for backend in BACKENDS:
            where = self.directory(f"log-{backend}")
            peers = [Peer(read_everything), Peer(read_everything)]
            names = [f"file:{self.path('out')}", *(peer.endpoint for peer in peers), f"log:{where}", "-"]
            tees = [word for name in names[1:] for word in ("--tee", name)]
            result = pump("--backend", backend, *tees, "--json", "-", names[0], data=LINES)
            self.assertEqual((result.code, result.lines), (0, []), result)
            for sink in self.expect_sinks(result, *names).values():
                self.assertEqual((sink["end"], sink["bytes"]["delivered"]), ("complete", len(LINES)))
            for arrived in (self.read("out"), result.out, self.kept(where), *(peer.value() for peer in peers)):
                self.assertEqual(arrived, LINES)

    def test_the_slowest_sets_the_pace(self):
        """Nobody reads from one of them: the other one waits, too."""
        peer = Stalled()
        most = most_in_tcp_buffers()
        flags = ["--capacity-bytes", "1M", "--max-record", "64K", "--json"]
        source = self.write("in", LINES * (1 + (most + (8 << 20)) // len(LINES)))
        process = self.running(*flags, f"file:{source}", f"file:{self.path('out')}", "--tee", peer.endpoint)
        eventually(lambda: os.path.exists(self.path("out")) and self.read("out"), "the first records")
        self.assertIsNone(process.process.poll())
        self.assertLess(len(self.read("out")), os.path.getsize(source))
        peer.release()
        result = process.result()
        self.assertEqual(result.code, 0, result)
        self.expect_sinks(result, f"file:{self.path('out')}", peer.endpoint)
        self.assertEqual(self.read("out"), self.read("in"))
        self.assertEqual(peer.value(), self.read("in"))

    def test_who_is_stuck_is_evicted(self):
        data = LINES * (1 + (most_in_tcp_buffers() + (2 << 20)) // len(LINES))
        source = self.write("in", data)
        for backend in BACKENDS:
            peer = Stalled()
            where = self.directory(f"log-{backend}")
            flags = ["--backend", backend, "--evict-stuck", "200ms", "--json"]
            names = [peer.endpoint, f"file:{self.path('out')}", f"log:{where}"]
            result = pump(*flags, f"file:{source}", names[0], "--tee", names[1], "--tee", names[2])
            self.assertEqual(result.code, 1, result)
            sinks = self.expect_sinks(result, *names)
            self.assertEqual([sinks[name]["end"] for name in names], ["evicted", "complete", "complete"])
            lost = sinks[peer.endpoint]["records"]["undelivered"]
            self.assertGreater(lost, 0)
            self.assertEqual(result.summary["records"]["undelivered"], lost)
            self.assertIn(f"sink {peer.endpoint}: the peer took nothing for too long; the other sinks go on",
                          result.lines[0])
            self.assertIn(f"{lost:,} records", result.lines[1])
            self.assertEqual(len(result.lines), 2)
            self.assertEqual(self.read("out"), data)
            self.assertEqual(self.kept(where), data)
            peer.release()

    def test_when_the_last_one_is_evicted_the_run_ends(self):
        for tee in ((), ("--tee", "null:")):
            peer = Stalled()
            process = self.running("--evict-stuck", "200ms", "--json", "--raw", "file:/dev/zero", peer.endpoint, *tee)
            if tee:  # the other one goes on
                eventually(lambda: b"go on" in process.process.stderr.readline(), "the eviction")
                process.signal(signal.SIGINT)
            result = process.result()
            self.assertEqual(result.code, 1, result)
            sinks = self.expect_sinks(result, peer.endpoint, *tee[1:])
            self.assertEqual(sinks[peer.endpoint]["end"], "evicted")
            self.assertGreater(sinks[peer.endpoint]["records"]["undelivered"], 0)
            peer.release()

    def test_what_is_sent_and_never_confirmed_is_no_delivery(self):
        peer = Stalled()
        result = pump("--evict-stuck", "200ms", "--json", "-", peer.endpoint, data=LINES[:200_000])
        sink = self.expect_sinks(result, peer.endpoint)[peer.endpoint]
        self.assertEqual(sink["end"], "evicted")
        self.assertGreater(sink["unacknowledged_bytes"], 0)
        self.expect_one_line(result, 1, "the peer took nothing for too long", "bytes sent but not confirmed")
        peer.release()

    def test_who_fails_does_not_end_the_others(self):
        source = self.write("in", LINES * 20)
        for backend in BACKENDS:
            names = [f"file:{self.path('out')}", "file:/dev/full", Peer(reset).endpoint]
            flags = ["--backend", backend, "--json", "--tee", names[1], "--tee", names[2]]
            result = pump(*flags, f"file:{source}", names[0])
            self.assertEqual(result.code, 1, result)
            sinks = self.expect_sinks(result, *names)
            self.assertEqual([sinks[name]["end"] for name in names], ["complete", "failed", "failed"])
            self.assertEqual(self.read("out"), LINES * 20)
            self.assertIn("No space left on device", result.lines[-1])
            self.assertIn(names[2], result.lines[-1])

    def test_interrupted_all_are_drained(self):
        out = f"file:{self.path('out')}"
        process = self.running("--json", "-", out, "--tee", "null:", stdin=subprocess.PIPE)
        process.process.stdin.write(b"one\n")
        process.process.stdin.flush()
        eventually(lambda: os.path.exists(self.path("out")) and self.read("out") == b"one\n", "the first record")
        process.signal(signal.SIGINT)
        process.process.wait(60)
        result = process.result()
        self.expect_one_line(result, 3, "everything that was read is delivered")
        self.expect_sinks(result, out, "null:")

    def test_files_that_are_one(self):
        """Found before anything is emptied."""
        self.write("out", b"precious")
        os.link(self.path("out"), self.path("link"))
        result = pump("-", f"file:{self.path('out')}", "--tee", f"file:{self.path('link')}", data=b"x\n")
        self.expect_refused(result, "is the same file as", self.path("out"), "accepted: another file")
        self.assertEqual(self.read("out"), b"precious")

    def test_the_summary_has_a_line_for_each(self):
        result = pump("-", "null:", "--tee", f"log:{self.directory()}", data=b"a\nb\n")
        lines = [line for line in result.out.splitlines() if line.startswith(b"sink ")]
        self.assertEqual(len(lines), 2, result)
        self.assertIn(b"null: complete: taken 2 = delivered 2 + dropped 0 + undelivered 0", lines[0])
        self.assertIn(b"durable 2", lines[1])


if __name__ == "__main__":
    main()
