"""Care with what is not the pump's own: terminals and pipes nobody reads, files that exist, descriptors, peers."""

import contextlib
import os
import resource
import select
import signal
import socket
import subprocess
import time

from harness import BACKENDS, OPTIONS, Case, Peer, Running, eventually, main, pump, reset


class Unread(Running):
    """A pump whose standard error is a pipe that nobody needs to read."""

    def __init__(self, *args, full=False):
        self.early = b""
        self.err, self.write_end = os.pipe()
        if full:
            fill(self.write_end)
        self.process = subprocess.Popen([OPTIONS.tidegate, "pump", *args], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.write_end)

    def end(self):
        super().end()
        os.close(self.err)
        os.close(self.write_end)


def fill(pipe):
    """Until not one byte more fits; blocking again afterwards, as whoever shares it expects."""
    os.set_blocking(pipe, False)
    for size in (4096, 1):
        try:
            while True:
                os.write(pipe, b"." * size)
        except BlockingIOError:
            pass
    os.set_blocking(pipe, True)


def unix_client(path):
    """Connected, though the listener has not accepted it; gives up after a while if even the backlog is full."""
    client = socket.socket(socket.AF_UNIX)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, (30).to_bytes(8, "little") + bytes(8))
    client.connect(path)
    return client


class NobodyReads(Case):
    def test_terminal_as_sink(self):
        ours, terminal = os.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, terminal)
        process = self.running("--raw", "--deadline", "200ms", "--json", "file:/dev/zero", "-", stdout=terminal)
        eventually(lambda: process.read_bytes() > 1 << 20, "more is read than a terminal takes")
        process.signal(signal.SIGTERM)
        result = process.result(20)
        self.assertEqual(result.code, 1, result)
        self.assertGreater(self.expect_account(result)["records"]["undelivered"], 0)

    def test_uring_is_refused_on_a_terminal(self):
        """There it would sleep inside the kernel, where no deadline reaches it."""
        ours, terminal = os.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, terminal)
        for sink in ("-", f"file:{os.ttyname(terminal)}"):
            for flags, env in ((["--backend", "uring"], {}), ([], {"TIDEGATE_BACKEND": "uring"})):
                result = pump(*flags, "file:/dev/null", sink, stdout=terminal, env={**os.environ, **env}, timeout=20)
                self.expect_refused(result, "terminal", "accepted: --backend posix")
            for backend in ("auto", "posix"):
                flags = ["--backend", backend, "--summary", "none"]
                result = pump(*flags, "file:/dev/null", sink, stdout=terminal, timeout=20)
                self.assertEqual((result.code, result.err), (0, b""), result)

    def unread(self, **more):
        process = Unread("--json", "tcp-listen:127.0.0.1:0", "null:", **more)
        self.addCleanup(process.end)
        return process

    def expect_end(self, process):
        process.signal(signal.SIGTERM)
        self.assertIn(process.result(20).code, (1, 3))

    def test_standard_error_full_from_the_start(self):
        self.expect_end(self.unread(full=True))

    def test_standard_error_full_later(self):
        process = self.unread()
        self.assertTrue(select.select([process.err], [], [], 30)[0], "it never said where it listens")
        self.assertIn(b"listening on", os.read(process.err, 4096))
        fill(process.write_end)
        self.expect_end(process)


class Listeners(Case):
    def test_few_descriptors_and_many_clients(self):
        count, limit = 30, 36
        for backend in BACKENDS:
            path = self.path(f"socket-{backend}")
            process = self.running("--backend", backend, "--json", f"unix-listen:{path}", f"file:{self.path('out')}",
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            process.address()
            clients = []
            try:
                for _ in range(count):
                    clients.append(unix_client(path))
                time.sleep(0.3)  # it accepts as many as it can, none of which is done
                for i, client in enumerate(clients):
                    client.sendall(b"client %d\n" % i)
            finally:
                for client in clients:
                    client.close()
            result = process.result()
            self.assertEqual(result.code, 0, result)
            self.expect_account(result, offered=count, delivered=count)
            expected = [b"client %d" % i for i in range(count)]
            self.assertEqual(sorted(self.read("out").splitlines()), sorted(expected))

    def test_second_pump_on_a_path_does_not_disturb_the_first(self):
        path = self.path("socket")
        first = self.running("--json", f"unix-listen:{path}", f"file:{self.path('out')}")
        first.address()
        for _ in range(2):
            result = pump(f"unix-listen:{path}", "null:", timeout=20)
            self.expect_refused(result, "cannot listen", "Address already in use")
        time.sleep(0.3)
        self.assertIsNone(first.process.poll(), "the first pump ended")
        with unix_client(path) as client:
            client.sendall(b"still here\n")
        result = first.result()
        self.assertEqual((result.code, result.lines), (0, []), result)
        self.expect_account(result, offered=1, delivered=1)
        self.assertEqual(self.read("out"), b"still here\n")


class Files(Case):
    def expect_kept(self, *args, part, **more):
        source = self.write("in", b"one\n")
        self.write("out", b"precious\n")
        result = pump(*args, f"file:{source}", f"file:{self.path('out')}", **more)
        self.expect_refused(result, part)
        self.assertEqual(self.read("out"), b"precious\n")

    def test_output_survives_an_unknown_backend(self):
        self.expect_kept(part="TIDEGATE_BACKEND", env={**os.environ, "TIDEGATE_BACKEND": "bogus"})

    def test_output_survives_an_absurd_capacity(self):
        self.expect_kept("--capacity", "1000000000000000", part="--capacity")

    def test_output_survives_memory_that_cannot_be_had(self):
        if OPTIONS.sanitized:
            self.skipTest("sanitizers need the address space themselves")
        limit = 4_000_000_000
        self.expect_kept("--capacity-bytes", "64G", part="accepted: a smaller --capacity",
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))

    def test_standard_output_by_its_path(self):
        data = b"".join(b"line %d\n" % i for i in range(1000))
        source = self.write("in", data)
        for backend in BACKENDS:
            with open(self.path("out"), "wb") as out:
                result = pump("--backend", backend, "--json", f"file:{source}", "file:/dev/stdout", stdout=out)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.read("out"), data)
            self.assertIn(b'{"command":"pump"', result.err)
            self.expect_account(result, delivered=1000)

    def test_summary_that_cannot_be_written(self):
        source = self.write("in", b"one\n")
        for form in ("text", "json"):
            with open("/dev/full", "wb") as full:
                result = pump("--summary", form, f"file:{source}", f"file:{self.path('out')}", stdout=full)
            self.expect_one_line(result, 1, "summary")
            self.assertEqual(self.read("out"), b"one\n")


class Values(Case):
    def test_ports_out_of_range(self):
        source = self.write("in", b"one\n")
        for port in ("99999", "65536", " 80", "-1"):
            for ends in ((f"file:{source}", f"tcp:127.0.0.1:{port}"), (f"tcp-listen:127.0.0.1:{port}", "null:")):
                with self.subTest(ends=ends):
                    self.expect_refused(pump(*ends, timeout=20), "65535")

    def test_automatic_backend_by_the_name_its_option_has(self):
        source = self.write("in", b"one\n")
        result = pump("--json", f"file:{source}", f"file:{self.path('out')}",
                      env={**os.environ, "TIDEGATE_BACKEND": "auto"})
        self.assertEqual((result.code, result.err), (0, b""), result)
        self.expect_account(result, delivered=1)
        self.assertEqual(self.read("out"), b"one\n")

    def test_empty_values(self):
        source = self.write("in", b"one\n")
        for option in ("--fixed", "--throttle"):
            with self.subTest(option=option):
                result = pump(option, "", f"file:{source}", f"file:{self.path('out')}")
                self.expect_refused(result, option)
                self.assertFalse(os.path.exists(self.path("out")))


class Resets(Case):
    def expect_nothing_claimed(self, result):
        """The peer read nothing: either nothing counts as delivered, or what was sent is not confirmed."""
        self.assertEqual(result.code, 1, result)
        summary = self.expect_account(result)
        claimed = summary["records"]["delivered"] > 0 and summary["sink"]["unacknowledged_bytes"] == 0
        self.assertFalse(claimed, summary)

    def test_right_after_accept(self):
        source = self.write("in", b"a line of text\n" * 300000)  # more than the peer's kernel takes
        for backend in BACKENDS * 5:  # which end is faster differs from time to time
            peer = Peer(reset, receive_buffer=4096)
            result = pump("--backend", backend, "--json", f"file:{source}", peer.endpoint)
            peer.value()
            self.expect_nothing_claimed(result)

    def test_between_records(self):
        """The first record lies unread at the peer when it resets; then comes the end."""
        def serve(connection):
            select.select([connection], [], [], 30)
            reset(connection)

        for backend in BACKENDS:
            peer = Peer(serve)
            process = self.running("--backend", backend, "--json", "-", peer.endpoint, stdin=subprocess.PIPE)
            process.process.stdin.write(b"one\n")
            process.process.stdin.flush()
            peer.value()
            with self.subTest(backend=backend):
                self.expect_nothing_claimed(self.rest_and_result(process, b""))

    def test_before_anything_is_sent(self):
        for backend in BACKENDS:
            peer = Peer(reset)
            process = self.running("--backend", backend, "--json", "-", peer.endpoint, stdin=subprocess.PIPE)
            peer.value()  # connected and reset
            self.expect_nothing_claimed(self.rest_and_result(process, b"one\n"))

    def rest_and_result(self, process, rest):
        """It may have ended by itself already."""
        with contextlib.suppress(BrokenPipeError):
            process.process.stdin.write(rest)
            process.process.stdin.flush()
        with contextlib.suppress(BrokenPipeError):
            process.process.stdin.close()
        process.process.stdin = None
        return process.result()


if __name__ == "__main__":
    main()
