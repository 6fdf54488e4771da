"""SIGINT and SIGTERM: reading stops, what was read is drained by the deadline, and losses are given by number."""

import contextlib
import os
import signal
import subprocess
import time

from harness import BACKENDS, Case, Stalled, eventually, in_tcp_buffers, main, most_in_tcp_buffers, stuck_pipe

LINE = b"a line of text that is a hundred bytes long ....................................................\n"


class Interrupts(Case):
    def feeding(self, *args):
        """A pump with room for more than the kernel takes for a stalled peer, on a pipe that stays open."""
        most = most_in_tcp_buffers()
        room = ["--capacity", str(most), "--capacity-bytes", str(2 * most), "--max-record", "1K"]
        process = self.running(*room, *args, stdin=subprocess.PIPE)
        os.set_blocking(process.process.stdin.fileno(), False)
        return process

    def fill(self, process):
        """Writes until more is read than the kernel takes for a stalled peer: the rest is in the pump."""
        def read_enough():
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(process.process.stdin.fileno(), LINE * 1000)
            return process.read_bytes() > most_in_tcp_buffers()
        eventually(read_enough, "it reads more than the kernel takes")

    def output(self):
        return f"file:{self.path('out')}"

    def wait_for_output(self, data):
        eventually(lambda: os.path.exists(self.path("out")) and self.read("out") == data, "the first record")

    def result(self, process):
        process.process.stdin.close()
        process.process.stdin = None
        return process.result()

    def test_stalled_sink_gives_up_at_the_deadline_with_numbers(self):
        for backend in BACKENDS:
            for which in (signal.SIGINT, signal.SIGTERM):
                peer = Stalled()
                process = self.feeding("--backend", backend, "--deadline", "200ms", "--json", "-", peer.endpoint)
                self.fill(process)
                process.signal(which)
                process.process.wait(30)
                result = self.result(process)
                summary = self.expect_account(result)
                lost = self.left_over(summary)
                self.assertGreater(lost, 0)
                self.expect_one_line(result, 1, "interrupted", "the deadline passed", f"{lost:,} records")
                peer.release()
                received = peer.value()
                self.assertEqual(len(received), summary["bytes"]["delivered"] + summary["sink"]["cut_bytes"])

    def test_sink_that_recovers_in_time_is_a_clean_drain(self):
        for backend in BACKENDS:
            peer = Stalled()
            process = self.feeding("--backend", backend, "--deadline", "60s", "--json", "-", peer.endpoint)
            self.fill(process)
            process.signal(signal.SIGINT)
            time.sleep(0.2)
            self.assertIsNone(process.process.poll())
            peer.release()
            process.process.wait(30)
            result = self.result(process)
            self.expect_one_line(result, 3, "interrupted", "everything that was read is delivered")
            summary = self.expect_account(result, undelivered=0)
            self.assertEqual(len(peer.value()), summary["bytes"]["delivered"])

    def test_sent_but_not_confirmed_is_no_clean_drain(self):
        """All of it fits the kernel's buffers, and the peer never reads."""
        for backend in BACKENDS:
            peer = Stalled()
            self.write("in", LINE * 4000)
            flags = ["--backend", backend, "--deadline", "200ms", "--json"]
            process = self.running(*flags, f"file:{self.path('in')}", peer.endpoint)
            eventually(lambda: in_tcp_buffers(peer.name[1]) == 4000 * len(LINE), "the kernel has everything")
            self.assertIsNone(process.process.poll())
            process.signal(signal.SIGINT)
            result = process.result()
            summary = self.expect_account(result, undelivered=0)
            unconfirmed = summary["sink"]["unacknowledged_bytes"]
            self.assertGreater(unconfirmed, 0)
            self.expect_one_line(result, 1, "the deadline passed", f"{unconfirmed:,} bytes sent but not confirmed")
            peer.release()

    def test_second_signal_does_not_wait(self):
        peer = Stalled()
        process = self.feeding("--deadline", "1000s", "--json", "-", peer.endpoint)
        self.fill(process)
        process.signal(signal.SIGTERM)
        time.sleep(0.2)
        self.assertIsNone(process.process.poll())
        process.signal(signal.SIGINT)  # another one: the first may still be pending
        process.process.wait(30)
        result = self.result(process)
        self.assertEqual(result.code, 1, result)
        self.assertGreater(self.expect_account(result)["records"]["undelivered"], 0)
        peer.release()

    def test_idle_pump_ends_cleanly(self):
        for source in ("-", "tcp-listen:127.0.0.1:0", f"unix-listen:{self.path('socket')}"):
            process = self.running("--json", source, self.output(), stdin=subprocess.PIPE)
            if source != "-":
                process.address()
            else:
                process.process.stdin.write(b"one\n")
                process.process.stdin.flush()
                self.wait_for_output(b"one\n")
            process.signal(signal.SIGINT)
            process.process.wait(30)
            result = self.result(process)
            self.expect_one_line(result, 3, "interrupted")
            self.expect_account(result)
        self.assertFalse(os.path.exists(self.path("socket")))

    def test_unfinished_line_is_reported_not_delivered(self):
        process = self.running("--json", "-", self.output(), stdin=subprocess.PIPE)
        process.process.stdin.write(b"one\ntw")
        process.process.stdin.flush()
        self.wait_for_output(b"one\n")
        process.signal(signal.SIGTERM)
        process.process.wait(30)
        result = self.result(process)
        self.assertEqual(result.code, 3, result)
        self.assertEqual(self.expect_account(result, offered=1)["unfinished"], {"records": 1, "bytes": 2})
        self.assertEqual(self.read("out"), b"one\n")

    def test_a_summary_that_nobody_reads_keeps_nobody(self):
        reading, writing = stuck_pipe()
        process = self.running("--json", "-", self.output(), stdout=writing)
        try:
            eventually(lambda: os.path.exists(self.path("out")), "it runs")
            process.signal(signal.SIGINT)

            def ended():  # as a person insists
                process.process.send_signal(signal.SIGTERM)
                return process.process.poll() is not None
            eventually(ended, "it ends")
            self.assertIn(process.process.returncode, (1, 3))
        finally:
            os.close(reading)
            os.close(writing)

    def test_throttled_sink_drains_at_its_rate(self):
        self.write("in", LINE * 60000)
        flags = ["--throttle", "90kB/s", "--deadline", "300ms", "--json"]  # all the time there is would not be enough
        process = self.running(*flags, f"file:{self.path('in')}", self.output())
        eventually(lambda: process.read_bytes() > 60000 * len(LINE), "it is read")
        eventually(lambda: len(self.read("out")) > 20_000, "some of it")
        process.signal(signal.SIGINT)
        result = process.result()
        summary = self.expect_account(result)
        self.expect_one_line(result, 1, f"{self.left_over(summary):,} records")
        self.assertEqual(self.read("out"), LINE * summary["records"]["delivered"])


if __name__ == "__main__":
    main()
