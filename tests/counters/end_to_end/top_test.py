"""`tidegate top` on a pseudo-terminal, as a person sees it; and that the terminal is as it was when it ends."""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../pump/end_to_end"))

from harness import OPTIONS, Case, Result, eventually, main
from image import Image, queue
from terminal import Terminal

MS = 1_000_000


class Top(Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("tidegate"), 0o700)
        self.image = Image(self.path("tidegate/feed.1"), age_s=83)
        self.publish(622)

    def publish(self, depth):
        self.image.publish([
            queue("records", depth, 1000, arrival_rate=120_340.0, drain_rate=98_200.0, slope=21_834.0,
                  slope_error=500.0, time_to_full_ns=18_400 * MS, oldest_age_ns=3_100_000, sojourn_p99_ns=8_220_000,
                  evicted=1204, max_bytes=4 << 20),
            queue("quiet", 12, 1000, slope=1.0, slope_error=40.0, sojourn_p99_ns=310_000),
            queue("brimful", 1000, 1000, slope=-5.0, slope_error=1.0, rejected=88_213)])

    def top(self, *arguments, columns=80, rows=24, shell=False, **environment):
        terminal = Terminal([OPTIONS.tidegate, "top", "--every", "50ms", *arguments], columns, rows, shell,
                            XDG_RUNTIME_DIR=self.folder, **environment)
        self.addCleanup(terminal.close)
        return terminal

    def expect_restored(self, terminal, code):
        """It has ended so, the modes are as before, and the screen that was there is back with a cursor."""
        self.assertEqual(terminal.wait(), code, terminal.process.stderr.read())
        self.assertEqual(terminal.modes(), terminal.modes_before)
        self.assertFalse(terminal.screen.cursor.hidden)
        self.assertEqual(terminal.process.stderr.read(), b"")

    def test_what_is_shown(self):
        top = self.top(columns=130)
        top.until_shows("records", "brimful", "q quit")
        lines = top.screen.display
        self.assertRegex(lines[0], rf"^sluice  pid {os.getpid()}  alive  up 8\d\.\d s  memory: 4.\d\d MiB at most, "
                                   r"[\d.]+ MiB resident  3 watched")
        self.assertRegex(lines[2], r"^records +█+▌?░+ +62% ↗ +622/1000 +\+21.8k/s +18.4 s +120k +98.2k +3.10 ms "
                                   r"+8.22 ms +1.20k +0")
        self.assertRegex(lines[3], r"^quiet +[▌░]+ +1% → +12/1000 +steady")
        self.assertRegex(lines[4], r"^brimful +█+ +100% ↘ +1000/1000 +-5/s .* 88.2k")

    def test_it_lives(self):
        top = self.top()
        top.until_shows("62%")
        self.publish(870)
        top.until_shows("87%")
        self.assertNotIn("62%", top.text())

    def test_colours(self):
        top = self.top()
        top.until_shows("q quit")
        self.assertLessEqual({"red", "green", "default"}, top.colours())
        self.publish(800)
        top.until(lambda: "brown" in top.colours(), "four fifths are a warning")
        number, _ = top.line_with("brimful")
        self.assertIn("red", {cell.fg for cell in top.screen.buffer[number].values()})

    def test_without_colour(self):
        for arguments, environment in ((("--no-color",), {}), ((), {"NO_COLOR": "1"}), ((), {"TERM": "vt100"})):
            with self.subTest(arguments=arguments, environment=environment):
                top = self.top(*arguments, **environment)
                top.until_shows("records", "62%", "q quit")
                self.assertEqual(top.colours(), {"default"})

    def test_unicode_where_the_locale_has_it(self):
        for arguments, environment in (((), {"LC_ALL": "C"}), (("--ascii",), {})):
            with self.subTest(arguments=arguments, environment=environment):
                top = self.top(*arguments, **environment)
                top.until_shows("records", "q quit")
                self.assertTrue(top.text().isascii(), top.text())
                self.assertRegex(top.line_with("records")[1], r"^records +\[#+ +\] +62% \^")

    def test_sizes(self):
        for columns, rows in ((40, 10), (20, 6), (8, 3), (1, 1), (300, 60)):
            with self.subTest(columns=columns, rows=rows):
                top = self.top(columns=columns, rows=rows)
                top.until(lambda: top.text().strip(), "something is there")
                if columns >= 20:
                    top.until_shows("records", "62%", "brimful", "100%")
                    self.assertIn("q quit", top.screen.display[rows - 1])
                top.type("q")
                self.expect_restored(top, 0)

    def test_resizing(self):
        top = self.top(columns=40, rows=10)
        top.until(lambda: "q quit" in top.screen.display[9], "the last line is the last")
        self.assertNotIn("REFUSED", top.text())
        top.resize(130, 30)
        top.until(lambda: "q quit" in top.screen.display[29] and "REFUSED" in top.screen.display[1], "it is large")
        top.resize(40, 10)
        top.until(lambda: "q quit" in top.screen.display[9] and "REFUSED" not in top.text(), "it is small again")

    def test_keys(self):
        top = self.top(rows=30)
        top.until_shows("q quit", "sort: added")
        names = lambda: [line.split()[0] for line in top.screen.display[2:5]]
        self.assertEqual(names(), ["records", "quiet", "brimful"])
        top.type("s")
        top.until_shows("sort: name")
        self.assertEqual(names(), ["brimful", "quiet", "records"])
        top.type("r")
        top.until_shows("name, reversed")
        self.assertEqual(names(), ["records", "quiet", "brimful"])
        top.type("\x1b[B\x1b[B\r")
        top.until_shows("── brimful ──", "rejected        88,213")
        top.type("h")
        top.until_shows("any key goes back", "FULL IN")
        top.type("x")
        top.until_shows("── brimful ──")
        top.type("p")
        top.until_shows("PAUSED")
        self.publish(111)
        top.read(0.3)
        self.assertIn("62%", top.text())
        top.type("p")
        top.until_shows("11%")
        top.type("q")
        self.expect_restored(top, 0)

    def test_the_selected_row_is_marked_also_without_colour(self):
        top = self.top("--no-color")
        top.until_shows("q quit")
        marked = lambda: [number for number, line in top.screen.buffer.items() if line[0].reverse]
        self.assertEqual(marked(), [2])
        top.type("j")
        top.until(lambda: marked() == [3], "the next one is marked")

    def test_ending(self):
        for how, code in (("q", 0), ("\x03", 3), ("\x1c", 3), (signal.SIGTERM, 3), (signal.SIGHUP, 3),
                          (signal.SIGINT, 3)):
            with self.subTest(how=how):
                top = self.top()
                top.until_shows("q quit")
                self.assertNotEqual(top.modes(), top.modes_before, "it took the terminal over")
                self.assertTrue(top.screen.cursor.hidden)
                top.type(how) if isinstance(how, str) else top.send(how)
                self.expect_restored(top, code)

    def test_the_window_is_closed(self):
        top = self.top()
        top.until_shows("q quit")
        top.hang_up()
        self.assertEqual(top.process.wait(60), 3)

    def test_a_stopped_terminal_keeps_nobody(self):
        top = self.top()
        top.until_shows("q quit")
        top.type("\x13")  # Ctrl-S: output stops
        for number in range(50):
            self.publish(100 + number)
        top.send(signal.SIGTERM)
        self.assertEqual(top.process.wait(60), 3)
        self.assertEqual(top.modes(), top.modes_before)

    def test_a_stopped_terminal_for_lines_keeps_nobody(self):
        top = self.top(TERM="dumb")
        top.until(lambda: b"records" in top.raw, "a table is there")
        top.type("\x13")  # Ctrl-S
        top.read(0.3)  # by now it waits in the next table
        top.send(signal.SIGTERM)
        self.assertEqual(top.process.wait(60), 3)

    def test_stopped_and_continued(self):
        top = self.top(shell=True)
        top.until_shows("q quit")
        top.type("\x1a")
        top.until(lambda: top.state() == "T", "it is stopped")
        self.assertEqual(top.modes()[3], top.modes_before[3], "the shell finds its own modes")
        top.screen.reset()
        top.send(signal.SIGCONT)
        top.until_shows("records", "62%", "q quit")
        self.assertNotEqual(top.modes()[3], top.modes_before[3])
        top.type("q")
        self.expect_restored(top, 0)

    def test_several_processes_come_and_go(self):
        top = self.top()
        top.until_shows("records")
        other = Image(self.path("tidegate/parse.2"), process="parser")
        other.publish([queue("lines", 300, 1000)])
        top.until_shows("2 processes", "parser", "lines", "30%")
        os.unlink(other.path)
        top.until(lambda: "parser" not in top.text() and "sluice" in top.screen.display[0], "it has gone")
        os.unlink(self.image.path)
        top.until_shows("ended", "records")

    def test_a_file_that_is_spoilt_meanwhile(self):
        top = self.top(self.image.path)
        top.until_shows("records")
        self.image.spoil(0, b"garbage!")
        top.until_shows("not a counters file", "records")
        os.truncate(self.image.path, 10)
        top.read(0.3)
        top.type("q")
        self.expect_restored(top, 0)

    def test_a_terminal_for_lines_only(self):
        top = self.top(TERM="dumb")
        top.until(lambda: top.raw.count(b"records") >= 3, "one table after the other")
        self.assertNotIn(b"\x1b", top.raw)
        self.assertRegex(top.line_with("records")[1], r"^records +\[#+ +\] +62% \^")
        top.send(signal.SIGTERM)
        self.expect_restored(top, 3)

    def test_refusals(self):
        top = self.top(TERM="nonsense")
        self.assertEqual(top.wait(), 2)
        self.assertRegex(top.process.stderr.read(),
                         rb"^tidegate top: the terminal 'nonsense' is not known; accepted: .*\n$")
        top = self.top(self.write("letter", b"dear grandmother"))
        self.assertEqual(top.wait(), 2)
        self.assertRegex(top.process.stderr.read(), rb"^tidegate top: .*letter: not a counters file; accepted: .*\n$")
        self.assertEqual(top.modes(), top.modes_before)
        for arguments, part in (((), "needs a terminal"), (("--every", "x"), "--every 'x'"),
                                (("--sort", "x"), "--sort 'x'"), (("--nonsense",), "--nonsense")):
            with self.subTest(arguments=arguments):
                done = subprocess.run([OPTIONS.tidegate, "top", *arguments], stdin=subprocess.DEVNULL,
                                      capture_output=True, check=False, timeout=60)
                self.expect_refused(Result(done.returncode, done.stdout, done.stderr), "tidegate top: ", part,
                                    "accepted: ")

    def test_nobody_publishes(self):
        os.unlink(self.image.path)
        top = self.top()
        self.assertEqual(top.wait(), 2)
        self.assertIn(b"no process publishes counters in", top.process.stderr.read())


if __name__ == "__main__":
    main()
