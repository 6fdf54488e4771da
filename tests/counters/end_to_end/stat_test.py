"""`tidegate stat` over files that this program writes: what it shows, which one it means, what it refuses."""

import csv
import io
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../pump/end_to_end"))

from harness import OPTIONS, Case, Result, eventually, main, stuck_pipe
from image import COUNTER, FIELDS, GAUGE, LABEL, NONE, REAL, TEXT, WHOLE, Image, queue

MS = 1_000_000


class Fixture(Case):
    def setUp(self):
        super().setUp()
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self.folder)
        os.mkdir(self.path("tidegate"), 0o700)

    def stat(self, *arguments, **more):
        more.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run([OPTIONS.tidegate, "stat", *arguments], stderr=subprocess.PIPE, timeout=60, check=False,
                              env=self.environment, cwd=self.folder, **more)
        return Result(done.returncode, done.stdout or b"", done.stderr)

    def image(self, name="tidegate/feed.1", **more):
        return Image(self.path(name), **more)

    def sleeper(self):
        """A process that lives until it is told otherwise, or for ever dead."""
        process = subprocess.Popen(["sleep", "600"])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def records(self):
        return queue("records", 622, 1024, arrival_rate=120_340.0, drain_rate=98_200.0, slope=21_834.0,
                     slope_error=500.0, time_to_full_ns=18_400 * MS, oldest_age_ns=3_100_000,
                     sojourn_p99_ns=8_220_000, dropped=7, evicted=5, rejected=3, full_events=2, max_bytes=1 << 20)


class Stat(Fixture):
    def test_table(self):
        self.image().publish([self.records(), queue("idle", 0, 10, sojourn_count=0)], left_out=4)
        result = self.stat()
        self.assertEqual((result.code, result.err), (0, b""))
        head, names, records, idle = result.out.decode().splitlines()
        self.assertRegex(head, rf"^sluice \(pid {os.getpid()}\), up [\d.]+ [mu]?s, 2 watched, 4 more left out, "
                               r"1.00 MiB at most, alive$")
        self.assertEqual(names.split(), "NAME FULL DEPTH SLOPE FULL IN IN/S OUT/S OLDEST P99 DROPS REFUSED FILLED KIND"
                                        " POLICY".split())
        self.assertEqual(records.split(), "records 61% ^ 622/1024 +21.8k/s 18.4 s 120k 98.2k 3.10 ms 8.22 ms 12 3 2"
                                          " queue block".split())
        self.assertEqual(idle.split(), "idle 0% = 0/10 steady - 0 0 0 ns - 0 0 0 queue block".split())
        self.assertEqual(records.index("61%") + 3, names.index("FULL") + 4, "numbers are aligned to the right")

    def test_full_is_said_of_what_is_full_only(self):
        self.image().publish([queue("almost", 9999, 10000), queue("full", 10000, 10000)])
        almost, full = self.stat().out.decode().splitlines()[2:]
        self.assertEqual((almost.split()[1], full.split()[1]), ("99%", "100%"))

    def test_json_has_every_field_under_its_name(self):
        image = self.image()
        image.publish([self.records()])
        result = self.stat("--json")
        self.assertEqual((result.code, result.err, result.out.count(b"\n")), (0, b"", 1))
        sample = json.loads(result.out)
        self.assertEqual((sample["command"], sample["file"]), ("stat", image.path))
        self.assertEqual((sample["process"]["name"], sample["process"]["pid"]), ("sluice", os.getpid()))
        self.assertEqual((sample["process"]["state"], sample["sequence"], sample["left_out"]), ("alive", 2, 0))
        self.assertEqual(sample["max_bytes"], 1 << 20)
        row = sample["watched"][0]
        self.assertEqual(set(row), {"readable"} | {field[0] for field in FIELDS})
        self.assertEqual((row["depth"], row["slope"], row["name"]), (622, 21834.0, "records"))
        image.publish([queue("idle", 0, 10)])
        self.assertIsNone(json.loads(self.stat("--json").out)["watched"][0]["time_to_full_ns"])

    def test_csv(self):
        self.image().publish([self.records(), queue('a "b", c', 1, 2)])
        rows = list(csv.DictReader(io.StringIO(self.stat("--csv").out.decode())))
        self.assertEqual([row["name"] for row in rows], ["records", 'a "b", c'])
        self.assertEqual((rows[0]["depth"], rows[0]["slope"], rows[0]["state"]), ("622", "21834", "alive"))
        self.assertEqual(rows[1]["time_to_full_ns"], "", "none is nothing")
        self.assertEqual(rows[0]["pid"], str(os.getpid()))

    def test_all_fields_one_a_line(self):
        self.image().publish([self.records()])
        lines = self.stat("--all").out.decode().splitlines()[1:]
        self.assertEqual(len(lines), len(FIELDS))
        values = {line.split()[0]: line.split()[1:] for line in lines}
        self.assertEqual(values["records.arrival_rate"], ["120340", "1/s"])

    def test_every_and_count(self):
        self.image().publish([self.records()])
        result = self.stat("--every", "10ms", "--count", "3", "--json")
        self.assertEqual((result.code, result.out.count(b"\n")), (0, 3))
        result = self.stat("--every", "10ms", "--count", "3", "--csv")
        self.assertEqual((result.code, result.out.count(b"time_s"), result.out.count(b"\n")), (0, 1, 4))

    def test_interrupted(self):
        self.image().publish([self.records()])
        for which in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([OPTIONS.tidegate, "stat", "--every", "1h"], env=self.environment,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            while b"records" not in process.stdout.readline():
                pass
            process.send_signal(which)
            self.assertEqual(process.communicate(timeout=60)[1], b"")
            self.assertEqual(process.returncode, 3)

    def test_a_reader_that_has_stopped_keeps_nobody(self):
        self.image().publish([self.records()])
        reading, writing = stuck_pipe()
        process = subprocess.Popen([OPTIONS.tidegate, "stat", "--every", "1h"], env=self.environment, stdout=writing)
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        self.addCleanup(process.kill)

        def caught():
            with open(f"/proc/{process.pid}/status") as status:
                blocked = next(line for line in status if line.startswith("SigBlk:"))
            return int(blocked.split()[1], 16) >> (signal.SIGTERM - 1) & 1
        eventually(caught, "signals are handled")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 3)

    def test_a_reader_that_has_enough_ends_it(self):
        self.image().publish([self.records()])
        process = subprocess.Popen([OPTIONS.tidegate, "stat", "--every", "1h"], env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.assertIn(b"sluice", process.stdout.readline())
        process.stdout.close()
        self.assertEqual(process.wait(30), 0, "at once, not when it writes again")
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()

    def test_it_ends_with_the_process(self):
        image = self.image()
        process = subprocess.Popen([OPTIONS.tidegate, "stat", "--every", "10ms"], env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        process.stdout.readline()
        os.unlink(image.path)
        self.assertIn(b"its process has ended", process.communicate(timeout=60)[1])
        self.assertEqual(process.returncode, 0)

    def test_which_one(self):
        process = self.sleeper()
        self.image("tidegate/feed.1").publish([queue("one", 1)])
        self.image(f"tidegate/feed.{process.pid}", pid=process.pid).publish([queue("two", 2)])
        self.image("tidegate/other.3").publish([queue("three", 3)])
        self.image("elsewhere").publish([queue("four", 4)])
        for argument, name in ((str(process.pid), b"two"), ("other", b"three"), ("other.3", b"three"),
                               ("elsewhere", b"four"), ("./elsewhere", b"four"),
                               (self.path("tidegate/feed.1"), b"one")):
            with self.subTest(argument=argument):
                result = self.stat(argument)
                self.assertEqual(result.code, 0, result)
                self.assertIn(name, result.out)
        self.expect_refused(self.stat("feed"), "'feed'", "feed.1", f"feed.{process.pid}")
        self.expect_refused(self.stat("nobody"), "'nobody'", "accepted: ")
        self.expect_refused(self.stat("999999999"), "'999999999'", "accepted: ")
        process.kill()
        process.wait()
        self.assertIn(b"one", self.stat("feed").out, "of several of a name the one that lives")

    def test_several_are_listed_and_of_one_that_lives_it_is_that(self):
        process = self.sleeper()
        self.image("tidegate/feed.1", process="feed").publish([queue("one", 1)])
        self.image("tidegate/dead.2", pid=process.pid, process="dead").publish([queue("two", 2)] * 3)
        result = self.stat()
        self.assertEqual((result.code, result.err), (0, b""))
        names, dead, feed = result.out.decode().splitlines()
        self.assertEqual(names.split(), "FILE PROCESS PID UP WATCHED STATE".split())
        self.assertEqual(dead.split()[:3], [self.path("tidegate/dead.2"), "dead", str(process.pid)])
        self.assertEqual((dead.split()[-2:], feed.split()[-2:]), (["3", "alive"], ["1", "alive"]))
        listed = json.loads(self.stat("--list", "--json").out)["files"]
        self.assertEqual([each["watched"] for each in listed], [3, 1])
        process.kill()
        process.wait()
        self.assertIn(b"one", self.stat().out)
        self.assertIn(b"gone: its last sample is", self.stat("--list").out)

    def test_a_process_that_is_gone_or_stalled(self):
        process = self.sleeper()
        image = self.image(pid=process.pid)
        image.publish([queue("records", 5)], age_s=7.2)
        result = self.stat()
        self.expect_one_line(result, 1, image.path, "stalled: no sample for ")
        self.assertIn(b"records", result.out, "shown all the same")
        process.kill()  # and nobody waits for it: a zombie is gone, too
        eventually(lambda: self.stat().err.endswith(b" old\n"), "it is gone")
        result = self.stat()
        self.expect_one_line(result, 1, "is gone: its last sample is ")
        self.assertIn(b"records", result.out)
        self.assertEqual(json.loads(self.stat("--json").out)["process"]["state"], "gone")

    def test_an_unreadable_row(self):
        image = self.image()
        image.publish([queue("good", 1), queue("bad", 2)])
        image.publish([queue("good", 1), queue("bad", 2)])
        for sequence in (2, 3):
            image.spoil(image.frame_at(sequence) + 40 + image.row_bytes + 100, b"\xff")
        result = self.stat()
        self.expect_one_line(result, 1, "1 of 2 rows are unreadable")
        self.assertIn(b"(unreadable)", result.out)
        self.assertEqual([row["readable"] for row in json.loads(self.stat("--json").out)["watched"]], [True, False])

    def test_a_writer_with_other_fields(self):
        fields = [("name", "", LABEL, TEXT, 24), ("temperature", "mK", GAUGE, REAL, 8), ("depth", "", GAUGE, WHOLE, 8),
                  ("spins", "", COUNTER, WHOLE, 8)]
        self.image(fields=fields).publish([{"name": "from the future", "temperature": 1.5, "depth": 3, "spins": NONE}])
        result = self.stat()
        self.assertEqual((result.code, result.err), (0, b""))
        self.assertEqual(result.out.decode().splitlines()[2].split()[:5], "from the future - 3".split())
        self.assertRegex(self.stat("--all").out, rb"(?m)^from the future\.temperature +1\.5 +mK$")
        self.assertEqual(json.loads(self.stat("--json").out)["watched"][0],
                         {"readable": True, "name": "from the future", "temperature": 1.5, "depth": 3, "spins": None})

    def test_names_steer_no_terminal(self):
        self.image(process="\x1b[2J\n").publish([queue(b"evil\x1b[31m\nname", 1), queue(b"\xff\xfe", 2)])
        for arguments in ((), ("--all",), ("--json",)):
            self.assertNotIn(b"\x1b", self.stat(*arguments).out)
        self.assertIn(rb"evil\x1b[31m\nname", self.stat().out)
        json.loads(self.stat("--json").out.decode())

    def test_files_that_cannot_be_shown(self):
        good = self.image("good")
        good.publish([queue("records", 1)])
        whole = self.read("good")
        cases = {"empty": (b"", "not a counters file"), "zeros": (bytes(5000), "not a counters file"),
                 "text": (b"hello\n" * 100, "not a counters file"), "short": (whole[:100], "shorter than its header"),
                 "cut": (whole[:-8], "shorter than it says"), "half": (whole[:good.header_bytes] + bytes(
                     len(whole) - good.header_bytes), "holds no whole sample"),
                 "bit": (whole[:200] + b"\xff" + whole[201:], "its header is damaged"),
                 "rows": (whole[:48] + b"\xff\xff\xff\x7f" + whole[52:], "more rows or fields than any counters file")}
        for name, (content, part) in cases.items():
            with self.subTest(name=name):
                self.expect_refused(self.stat(self.write(name, content)), self.path(name), part, "accepted: ")
        self.image("newer", version=2)
        self.expect_refused(self.stat("newer"), "of another version")
        self.expect_refused(self.stat("./missing"), "./missing: No such file")
        self.expect_refused(self.stat("."), "not a regular file")

    def test_refusals(self):
        for arguments, part in ((("--every", "0"), "--every '0'"), (("--every", "x"), "--every 'x'"),
                                (("--count", "3"), "--count needs --every"),
                                (("--every", "1s", "--count", "0"), "--count '0'"),
                                (("--json", "--csv"), "exclude each other"),
                                (("--list", "feed"), "--list stands alone"),
                                (("--nonsense",), "--nonsense"), (("a", "b"), "b"), ((), "no process publishes")):
            with self.subTest(arguments=arguments):
                self.expect_refused(self.stat(*arguments), "tidegate stat: ", part, "accepted: ")

    def test_no_room_for_the_answer(self):
        self.image().publish([queue("records", 1)])
        with open("/dev/full", "wb") as full:
            self.expect_one_line(self.stat(stdout=full), 1, "standard output")


class PumpPublishes(Fixture):
    def test_a_pump_is_seen_while_it_runs(self):
        for where, argument in (("auto", None), (self.path("own"), self.path("own"))):
            with self.subTest(where=where):
                pump = subprocess.Popen([OPTIONS.tidegate, "pump", "-", "null:", "--capacity", "100", "--counters",
                                         where], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
                for pipe in (pump.stdin, pump.stdout, pump.stderr):
                    self.addCleanup(pipe.close)
                self.addCleanup(pump.kill)
                said = pump.stderr.readline()
                self.assertIn(b"counters: published in ", said)
                path = argument or said.decode().split(" in ")[1].strip()
                pump.stdin.write(b"a\nb\nc\n")
                pump.stdin.flush()

                def rows():
                    return {row["name"]: row for row in json.loads(self.stat(path, "--json").out)["watched"]}
                eventually(lambda: rows().get("pump", {}).get("left") == 3, "three records have passed")
                queue_row = rows()["pump"]
                self.assertEqual((queue_row["capacity"], queue_row["policy"]), (100, "block"))
                self.assertIn(str(pump.pid).encode(), self.stat(str(pump.pid) if argument is None else path).out)
                again = subprocess.run([OPTIONS.tidegate, "pump", "-", "null:", "--counters", path], check=False,
                                       capture_output=True, stdin=subprocess.DEVNULL, env=self.environment, timeout=60)
                self.expect_refused(Result(again.returncode, again.stdout, again.stderr), "--counters", path,
                                    "a living process publishes there", "accepted: ")
                pump.stdin.close()
                self.assertEqual(pump.wait(60), 0)
                self.assertFalse(os.path.exists(path), "the file goes with its process")

    def test_what_it_may_not_replace(self):
        letter = self.write("letter", b"dear grandmother")
        done = subprocess.run([OPTIONS.tidegate, "pump", "-", "null:", "--counters", letter], check=False,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
        self.expect_refused(Result(done.returncode, done.stdout, done.stderr), letter, "is no counters file")
        self.assertEqual(self.read("letter"), b"dear grandmother")


if __name__ == "__main__":
    main()
