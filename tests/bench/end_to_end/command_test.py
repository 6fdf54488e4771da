"""`tidegate bench` as it is used, with suites made up for it: what it writes, what it refuses, and who it outlives."""

import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../pump/end_to_end"))

from harness import OPTIONS, Case, Result, eventually, main

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_suite.py")


class Bench(Case):
    def programs(self, **faults):
        """A folder with a program for each suite."""
        folder = self.path("programs")
        os.makedirs(folder, exist_ok=True)
        for suite, fault in faults.items():
            path = os.path.join(folder, "tidegate_bench_" + suite)
            with open(path, "w", encoding="utf-8") as script:
                script.write(f'#!/bin/sh\nexec "{sys.executable}" -B "{FAKE}" {suite} {fault} "$@"\n')
            os.chmod(path, 0o755)
        return folder

    def bench(self, *arguments):
        command = [os.path.abspath(OPTIONS.tidegate), "bench", *arguments]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False, cwd=self.path("."))
        return Result(done.returncode, done.stdout, done.stderr)

    def measured(self, *arguments, code=0, **faults):
        result = self.bench("--programs", self.programs(**faults), "--budget", "5s", "--out", "got", *arguments)
        self.assertEqual(result.code, code, result)
        with open(self.path("got.json"), encoding="utf-8") as file:
            return result, json.load(file)

    def test_a_run_writes_results_and_report(self):
        result, got = self.measured(spsc="none", mpmc="none")
        self.assertEqual(result.err, b"")
        self.assertEqual([suite["suite"] for suite in got["suites"]], ["spsc", "mpmc"])
        cells = got["suites"][0]["cells"]
        self.assertEqual([cell["id"] for cell in cells], ["single/u64/1024/pause1", "bulk/u64/1024/32"])
        self.assertEqual(len(cells[0]["entries"]["tidegate::ring"]["values"]), 7)
        self.assertEqual(cells[0]["modes"], "nnnnnnn")
        self.assertIn(b"ahead of the best peer in 4 of 4 questions", result.out)
        with open(self.path("got.html"), encoding="utf-8") as page:
            self.assertIn("made up single/u64/1024/pause1", page.read())

    def test_time_is_shared_out(self):
        _, got = self.measured(spsc="none", mpmc="none")
        given = [suite["cells"][0]["sample_s"] for suite in got["suites"]]  # the fake tells what it was given
        self.assertAlmostEqual(given[0], 2.5, delta=0.5)  # half
        self.assertTrue(given[0] < given[1] <= 5, given)  # what the first one has left: it does not take its time

    def test_choices(self):
        _, got = self.measured("--suite", "mpmc", "--regime", "bulk", "--rounds", "5", "--cpus", "0,1,2",
                               spsc="none", mpmc="none")
        self.assertEqual([suite["suite"] for suite in got["suites"]], ["mpmc"])
        self.assertEqual([cell["id"] for cell in got["suites"][0]["cells"]], ["bulk/u64/1024/32"])
        self.assertEqual((got["kind"], got["suites"][0]["rounds"]), ("chosen", 5))
        listed = self.bench("--programs", self.programs(spsc="none"), "--list")
        self.assertEqual(listed.code, 0)
        self.assertIn(b"rogue", listed.out)

    def test_a_queue_without_an_end_costs_its_cells_only(self):
        result, got = self.measured(code=1, spsc="hangs")
        cells = got["suites"][0]["cells"]
        self.assertEqual(len(cells), 2)
        for cell in cells:
            self.assertIn("no end in sight", cell["entries"]["rogue"]["failure"])
            self.assertEqual(len(cell["entries"]["peer"]["values"]), 7)
        self.assertIn(b"it is left out from now on", result.err)
        self.assertIn(b"NOT TIMED: spsc bulk/u64/1024/32: rogue", result.out)

    def test_wrong_elements_are_a_failure(self):
        result, got = self.measured(code=1, spsc="wrong")
        self.assertEqual(got["suites"][0]["cells"][0]["entries"]["rogue"]["failure"], "lost one")
        self.assertIn(b"lost one", result.out)

    def test_a_program_that_dies_is_told(self):
        result = self.bench("--programs", self.programs(spsc="dies"), "--out", "got")
        self.expect_one_line(result, 1, "ended with status 3")

    def test_an_interrupt_keeps_what_is_there(self):
        folder = self.programs(spsc="sleeps")
        command = [os.path.abspath(OPTIONS.tidegate), "bench", "--programs", folder, "--out", "got"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder) as running:
            eventually(lambda: os.path.exists(self.path("asleep")), "the second cell has begun")
            running.send_signal(signal.SIGINT)
            out, _ = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 3)
        self.assertIn(b"are written", out)
        with open(self.path("got.json"), encoding="utf-8") as file:
            got = json.load(file)
        self.assertTrue(got["interrupted"])
        self.assertEqual(len(got["suites"][0]["cells"]), 1)

    def test_compare_and_gate(self):
        self.measured(spsc="none")
        os.rename(self.path("got.json"), self.path("old.json"))
        with open(self.path("old.json"), encoding="utf-8") as file:
            worse = json.load(file)
        values = worse["suites"][0]["cells"][0]["entries"]["tidegate::ring"]["values"]
        worse["suites"][0]["cells"][0]["entries"]["tidegate::ring"]["values"] = [value / 2 for value in values]
        with open(self.path("new.json"), "w", encoding="utf-8") as file:
            json.dump(worse, file)
        told = self.bench("compare", "old.json", "new.json")
        self.assertEqual((told.code, told.err), (0, b""))
        self.assertIn(b"WORSE", told.out)
        self.assertEqual(self.bench("compare", "old.json", "new.json", "--gate").code, 1)
        self.assertEqual(self.bench("compare", "new.json", "old.json", "--gate").code, 0)
        found = json.loads(self.bench("compare", "old.json", "new.json", "--json").out)
        self.assertEqual((found["regression"], found["changes"][0]["yardstick"]), (True, "limit"))
        self.assertAlmostEqual(found["changes"][0]["factor"], 0.5, places=2)

    def test_report_and_table_of_an_earlier_run(self):
        self.measured(spsc="none")
        self.assertEqual(self.bench("report", "got.json", "--html", "again.html").code, 0)
        self.assertGreater(os.path.getsize(self.path("again.html")), 1000)
        table = self.bench("table", "got.json")
        self.assertIn(b"| `tidegate::ring` 20.0 M/s | `peer` 10.0 M/s | 2.00x [", table.out)

    def test_refusals(self):
        folder = self.programs(spsc="none")
        for arguments, part in (
                (("--programs", "/nonexistent"), "--programs '/nonexistent'"),
                (("--programs", folder, "--regime", "x"), "--regime 'x' is not there; accepted: bulk, single"),
                (("--programs", folder, "--suite", "mpmc"), "--suite 'mpmc' is not there; accepted: spsc"),
                (("--programs", folder, "--cell", "x"), "--cell 'x'"),
                (("--programs", folder, "--out", "/nonexistent/x"), "'/nonexistent/x.json'"),
                (("--budget", "soon"), "--budget 'soon'"), (("--rounds", "0"), "--rounds '0'"),
                (("--cpus", "0"), "--cpus names one CPU"), (("--nonsense",), "--nonsense")):
            with self.subTest(arguments=arguments):
                self.expect_refused(self.bench(*arguments), "tidegate bench: ", part, "accepted: ")
        for arguments, part in ((("compare", "a"), "NEW"), (("compare", "/nonexistent", "b"), "'/nonexistent'"),
                                (("table", FAKE), "is not a file of results"),
                                (("compare", FAKE, FAKE, "--least", "x"), "--least 'x'")):
            with self.subTest(arguments=arguments):
                self.expect_refused(self.bench(*arguments), f"tidegate bench {arguments[0]}: ", part, "accepted: ")

    def test_help(self):
        for arguments, word in ((("--help",), b"--budget"), (("compare", "--help"), b"--gate"),
                                (("--version",), b"tidegate ")):
            result = self.bench(*arguments)
            self.assertEqual((result.code, result.err), (0, b""))
            self.assertIn(word, result.out)


if __name__ == "__main__":
    main()
