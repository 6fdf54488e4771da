"""Sinks and sources that fail while data moves: exit code 1, one line, and an account that balances."""

import os
import resource
import signal
import socket
import subprocess
import threading

from harness import BACKENDS, OPTIONS, Case, Peer, Result, connected, eventually, in_tcp_buffers, main, pump, reset

LINES = b"".join(b"%08d\n" % i for i in range(500000))  # 9 bytes: limits cut one in the middle


class Sinks(Case):
    def lines(self):
        return f"file:{self.write('in', LINES)}"

    def expect_lost(self, result, *parts):
        """Part of the lines did not arrive, and the line gives the number."""
        summary = self.expect_account(result)
        lost = summary["records"]["undelivered"]
        self.assertGreater(lost, 0)
        self.expect_one_line(result, 1, f"{lost:,} record", *parts)
        return summary

    def test_full_device(self):
        for backend in BACKENDS:
            result = pump("--backend", backend, "--json", self.lines(), "file:/dev/full")
            summary = self.expect_lost(result, "sink file:/dev/full", "No space left on device")
            self.assertEqual(summary["records"]["delivered"], 0)

    def test_dead_sink_ends_reading(self):
        for overflow in ("block", "drop-newest"):
            result = pump("--raw", "--overflow", overflow, "--json", "file:/dev/zero", "file:/dev/full")
            self.assertEqual(result.code, 1, result)
            self.expect_account(result)

    def test_full_device_as_standard_output(self):
        with open("/dev/full", "wb") as full:
            result = pump("--json", self.lines(), "-", stdout=full)
        self.expect_lost(result, "standard output", "No space left on device")

    def test_small_file_system(self):
        mount = self.path("small")
        os.mkdir(mount)
        command = ["mount", "-t", "tmpfs", "-o", "size=1M", "tidegate-test", mount]
        made = subprocess.run(command, capture_output=True, check=False)
        if made.returncode != 0:
            self.skipTest("this user may not mount a small tmpfs")
        self.addCleanup(subprocess.run, ["umount", mount], check=True)
        source = self.lines()
        for backend in BACKENDS:
            result = pump("--backend", backend, "--json", source, f"file:{mount}/out")
            summary = self.expect_lost(result, "No space left on device")
            whole = summary["bytes"]["delivered"]
            with open(f"{mount}/out", "rb") as out:
                written = out.read()
            self.assertEqual(written[:whole], LINES[:whole])
            self.assertEqual(len(written), whole + summary["sink"]["cut_bytes"])
            self.assertGreater(summary["sink"]["cut_bytes"], 0)

    def test_file_size_limit(self):
        limit = 1 << 20
        result = pump("--json", self.lines(), f"file:{self.path('out')}",
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        summary = self.expect_lost(result, "File too large")
        self.assertEqual(self.read("out"), LINES[:limit])
        self.assertEqual(summary["bytes"]["delivered"] + summary["sink"]["cut_bytes"], limit)

    def test_reader_of_a_pipe_goes_away(self):
        for backend in BACKENDS:
            read_end, write_end = os.pipe()
            process = subprocess.Popen([OPTIONS.tidegate, "pump", "--backend", backend, "--json", self.lines(), "-"],
                                       stdout=write_end, stderr=subprocess.PIPE)
            os.close(write_end)
            self.assertEqual(os.read(read_end, 9), LINES[:9])
            os.close(read_end)
            err = process.communicate(timeout=60)[1]
            self.assertNotEqual(process.returncode, -signal.SIGPIPE)
            self.expect_lost(Result(process.returncode, b"", err), "standard output", "Broken pipe")

    def test_refused_connection(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            self.expect_refused(pump("-", f"tcp:127.0.0.1:{port}"), "cannot connect", "Connection refused")
        self.expect_refused(pump("-", f"unix:{self.path('nobody')}"), "cannot connect", "No such file")

    def test_address_that_cannot_be_resolved(self):
        self.expect_refused(pump("-", "tcp:no-such-host.invalid:80"), "cannot resolve")
        self.expect_refused(pump("-", "tcp:127.0.0.1:no-such-service"), "cannot resolve")

    def test_peer_that_resets(self):
        for backend in BACKENDS:
            def serve(connection):
                connection.recv(100)
                reset(connection)
            peer = Peer(serve, receive_buffer=4096)
            result = pump("--backend", backend, "--json", self.lines(), peer.endpoint)
            peer.value()
            self.expect_lost(result, f"sink {peer.endpoint}")

    def test_peer_that_resets_after_everything_was_sent(self):
        """Small enough for the kernel to take it all: only the missing acknowledgement tells."""
        received = threading.Event()

        def serve(connection):
            received.wait(60)
            reset(connection)

        peer = Peer(serve, receive_buffer=4096)
        pump_process = self.running("--json", "-", peer.endpoint, stdin=subprocess.PIPE)
        pump_process.process.stdin.write(LINES[:400000])
        pump_process.process.stdin.close()
        pump_process.process.stdin = None
        eventually(lambda: in_tcp_buffers(peer.name[1]) == 400000, "the kernel has everything")
        self.assertIsNone(pump_process.process.poll(), "it claims delivery")
        received.set()
        result = pump_process.result()
        self.expect_one_line(result, 1, "Connection reset by peer", "not confirmed by the peer")
        self.assertGreater(self.expect_account(result)["sink"]["unacknowledged_bytes"], 0)

    def test_unix_peer_that_goes_away(self):
        path = self.path("socket")
        peer = Peer(lambda connection: connection.recv(1), socket.AF_UNIX, path)
        result = pump("--json", self.lines(), f"unix:{path}")
        peer.value()
        self.expect_lost(result, "sink unix:")


class Sources(Case):
    def test_read_error(self):
        result = pump("--json", "file:/proc/self/mem", "null:")
        self.expect_one_line(result, 1, "source file:/proc/self/mem", "cannot read on", "Input/output error")
        self.expect_account(result, offered=0)

    def test_one_failing_source_does_not_stop_the_others(self):
        good = self.write("in", LINES)
        result = pump("--json", "file:/proc/self/mem", f"file:{good}", f"file:{self.path('out')}")
        self.expect_one_line(result, 1, "cannot read on")
        self.assertEqual(self.read("out"), LINES)

    def test_peer_closes_inside_a_record(self):
        pump_process = self.running("--prefixed", "--json", "tcp-listen:127.0.0.1:0", f"file:{self.path('out')}")
        with connected(pump_process.port()) as connection:
            connection.sendall(b"\2\0\0\0ab" + b"\5\0\0\0abc")
        result = pump_process.result()
        self.expect_one_line(result, 1, "connection from 127.0.0.1", "ended inside a record")
        self.assertEqual(self.read("out"), b"\2\0\0\0ab")
        self.assertEqual(self.expect_account(result, delivered=1)["unfinished"], {"records": 1, "bytes": 7})

    def test_peer_resets_inside_a_record(self):
        pump_process = self.running("--fixed", "10", "--json", "tcp-listen:127.0.0.1:0", f"file:{self.path('out')}")
        port = pump_process.port()
        with connected(port) as first:
            first.sendall(b"0123456789abc")
            with connected(port) as second:
                second.sendall(b"9876543210")
                eventually(lambda: os.path.getsize(self.path("out")) == 20, "both whole records")
                reset(first)
                first.close()
        result = pump_process.result()
        self.expect_one_line(result, 1, "Connection reset by peer")
        self.assertEqual(sorted(self.read("out")), sorted(b"01234567899876543210"))
        self.expect_account(result, delivered=2)


if __name__ == "__main__":
    main()
