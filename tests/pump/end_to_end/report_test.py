"""The live line, and where the summary goes."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

from harness import OPTIONS, Case, main, pump


class Reports(Case):
    def test_summary_goes_to_standard_output(self):
        result = pump("-", f"file:{self.path('out')}", data=b"a\nb\n")
        self.assertEqual((result.code, result.err), (0, b""))
        terms = (b"delivered 2 + filtered 0 + dropped 0 + rejected 0 + sampled 0 + evicted 0 + expired 0 + "
                 b"timed_out 0 + undelivered 0")
        self.assertIn(b"records  offered 2 = " + terms + b"\n", result.out)
        self.assertIn(b"account  balanced\n", result.out)

    def test_summary_goes_to_standard_error_when_standard_output_is_the_sink(self):
        result = pump("-", "-", data=b"a\nb\n")
        self.assertEqual(result.out, b"a\nb\n")
        self.assertIn(b"offered 2 = delivered 2", result.err)

    def test_no_summary(self):
        result = pump("--summary", "none", "-", "null:", data=b"a\n")
        self.assertEqual((result.code, result.out, result.err), (0, b"", b""))

    def test_nobody_listens_to_the_report(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        command = [OPTIONS.tidegate, "pump", "file:/dev/null", "null:"]
        done = subprocess.run(command, stdout=write_end, stderr=write_end, check=False)
        os.close(write_end)
        self.assertEqual(done.returncode, 0)  # and not killed by SIGPIPE

    def test_json_is_one_line(self):
        result = pump("--summary", "json", "-", "null:", data=b"a\n")
        self.assertEqual(result.out.count(b"\n"), 1)
        self.expect_account(result, delivered=1)
        self.assertGreater(result.summary["memory"]["bound_bytes"], 0)
        self.assertIn(result.summary["sink"]["backend"], ("uring", "posix"))

    def test_time_in_the_queue(self):
        """The sink takes 100 records a second out of a queue of ten."""
        self.write("in", (b"x" * 99 + b"\n") * 60)
        flags = ["--capacity", "10", "--throttle", "10kB", f"file:{self.path('in')}", "null:"]
        result = pump("--json", *flags)
        queue = self.expect_account(result, delivered=60)["queue"]
        self.assertGreater(queue["residence_samples"], 0)
        self.assertGreater(queue["residence_p99_seconds"], 0.02)
        self.assertLess(queue["residence_p99_seconds"], result.summary["seconds"] * 1.1)
        self.assertRegex(pump(*flags).out, rb"(?m)^stay +p99 \d[\d.]* m?s in the queue, from \d+ records sampled$")
        nothing = pump("--json", "file:/dev/null", "null:").summary["queue"]
        self.assertEqual((nothing["residence_samples"], nothing["residence_p99_seconds"]), (0, None))

    def test_backend_is_the_one_asked_for(self):
        for backend in ("uring", "posix"):
            result = pump("--backend", backend, "--json", "-", "null:", data=b"")
            self.assertEqual(result.summary["sink"]["backend"], backend)

    def on_a_terminal(self, columns, *flags):
        """What a run shows on a terminal of that width."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([OPTIONS.tidegate, "pump", *flags], stderr=follower)
        os.close(follower)
        shown = b""
        while True:
            try:
                shown += os.read(leader, 4096)
            except OSError:
                break  # the other end is closed
        os.close(leader)
        self.assertEqual(process.wait(60), 0)
        return shown

    def test_live_line_on_a_terminal_only(self):
        self.write("in", (b"x" * 99 + b"\n") * 600)
        flags = ["--stats", "--throttle", "40kB", "--summary", "none", f"file:{self.path('in')}", "null:"]
        shown = self.on_a_terminal(0, *flags)
        for part in (b"\r", b"/s", b"rec/s", b"queue [", b"%", b"p99 ", b"lost 0", b"left 0:"):
            self.assertIn(part, shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"), "the line is taken away at the end")
        self.assertEqual(pump(*flags).err, b"")
        self.assertNotIn(b"rec/s", self.on_a_terminal(80, *flags[1:]))  # only when asked for
        lines = self.on_a_terminal(40, *flags).split(b"\r\x1b[K")
        self.assertGreater(len(lines), 2)
        self.assertLess(max(map(len, lines)), 40, "a wrapped line could not be replaced")


if __name__ == "__main__":
    main()
