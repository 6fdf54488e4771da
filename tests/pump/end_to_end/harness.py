"""Runs the tidegate binary and plays its peers. Standard library only.

Every test program takes --tidegate PATH (required) and --sanitized, then unittest's own arguments.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TIMEOUT_S = 60
_parser = argparse.ArgumentParser()
_parser.add_argument("--tidegate", required=True)
_parser.add_argument("--sanitized", action="store_true")
OPTIONS, _rest = _parser.parse_known_args()
BACKENDS = ("posix", "uring")


def main():
    unittest.main(argv=[sys.argv[0], *_rest], verbosity=2)


def stuck_pipe():
    """Both ends of a pipe that is full: whoever writes to it waits."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    return reading, writing


class Result:
    """What one run of the pump came to."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self):
        """Standard error without listening notes, decoded."""
        text = self.err.decode(errors="replace").splitlines()
        return [line for line in text if ": listening on " not in line and not line.startswith("{")]

    @property
    def summary(self):
        """The JSON account, wherever it was printed."""
        for stream in (self.out, self.err):
            for line in stream.splitlines():
                if line.startswith(b'{"command":"pump"'):
                    return json.loads(line)
        raise AssertionError(f"no summary in {self!r}")

    def __repr__(self):
        return f"exit {self.code}, out {self.out[-500:]!r}, err {self.err[-1000:]!r}"


class Running:
    """A pump in the background."""

    def __init__(self, *args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **more):
        command = [OPTIONS.tidegate, "pump", *args]
        self.process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, **more)
        self.early = b""

    def address(self):
        """Where it listens, once it does."""
        while True:
            line = self.process.stderr.readline()
            assert line, f"ended before it listened: {self.early!r}"
            self.early += line
            found = re.search(rb"listening on (.*)\n", line)
            if found:
                return found.group(1).decode()

    def port(self):
        return int(self.address().rsplit(":", 1)[1])

    def signal(self, which):
        """Sends it once it is handled: before, it would end the process as it ends any other."""
        def handled():
            with open(f"/proc/{self.process.pid}/status") as status:
                blocked = int(re.search(r"SigBlk:\s+([0-9a-f]+)", status.read()).group(1), 16)
            return blocked >> (which - 1) & 1
        eventually(handled, "signals are handled")
        self.process.send_signal(which)

    def read_bytes(self):
        """What it has read so far, all files together."""
        with open(f"/proc/{self.process.pid}/io") as counters:
            return int(re.search(r"rchar: (\d+)", counters.read()).group(1))

    def peak_resident_bytes(self):
        """Largest resident size so far."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) * 1024

    def end(self):
        """Whatever state it is in."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def result(self, timeout=TIMEOUT_S):
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"did not end: {Result(None, out or b'', err or b'')!r}") from None
        return Result(self.process.returncode, out or b"", self.early + (err or b""))


def pump(*args, data=None, timeout=TIMEOUT_S, **more):
    """Runs a pump to its end; `data` goes to its standard input."""
    command = [OPTIONS.tidegate, "pump", *args]
    given = {"input": data} if data is not None else {"stdin": more.pop("stdin", subprocess.DEVNULL)}
    more.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run(command, stderr=subprocess.PIPE, timeout=timeout, check=False, **given, **more)
    return Result(done.returncode, done.stdout or b"", done.stderr)


class Peer:
    """A listening socket whose one connection `serve(connection)` handles in a thread; its value is `value()`."""

    def __init__(self, serve, family=socket.AF_INET, address=("127.0.0.1", 0), receive_buffer=None):
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.listener.bind(address)
        self.listener.listen()
        self.name = self.listener.getsockname()
        self.thread = threading.Thread(target=self._run, args=(serve,), daemon=True)
        self._value = None
        self.thread.start()

    def _run(self, serve):
        with self.listener:
            connection, _ = self.listener.accept()
        with connection:
            self._value = serve(connection)

    @property
    def endpoint(self):
        if self.listener.family == socket.AF_UNIX:
            return f"unix:{self.name}"
        return f"tcp:127.0.0.1:{self.name[1]}"

    def value(self):
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive(), "the peer did not end"
        return self._value


def read_everything(connection):
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


class Stalled(Peer):
    """Accepts and reads nothing until `release()`; then everything."""

    def __init__(self, **more):
        self.released = threading.Event()
        super().__init__(self._wait, receive_buffer=16384, **more)

    def _wait(self, connection):
        self.released.wait(TIMEOUT_S)
        try:
            return read_everything(connection)
        except ConnectionError:
            return None

    def release(self):
        self.released.set()


def most_in_tcp_buffers():
    """More than the kernel takes for a peer that reads nothing and has a small buffer itself."""
    with open("/proc/sys/net/ipv4/tcp_wmem") as limits:
        return int(limits.read().split()[2]) + (1 << 20)


def in_tcp_buffers(port):
    """Bytes that the kernel holds of what was sent to this port and not read there."""
    with open("/proc/net/tcp") as connections:
        rows = [line.split() for line in connections.readlines()[1:]]
    held = 0
    for _, local, remote, _, queues, *_ in rows:
        sent, received = (int(part, 16) for part in queues.split(":"))
        held += sent * remote.endswith(f":{port:04X}") + received * local.endswith(f":{port:04X}")
    return held


def reset(connection):
    """Makes the coming close() a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def eventually(condition, what, timeout=TIMEOUT_S):
    """Waits until `condition()` is true; generous, for it is no measurement."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.01)


class Case(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tidegate-pump-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def running(self, *args, **more):
        pump_process = Running(*args, **more)
        self.addCleanup(pump_process.end)
        return pump_process

    def expect_account(self, result, **terms):
        """The identity holds, recomputed here, and the given terms have these numbers of records."""
        summary = result.summary
        for unit in ("records", "bytes"):
            account = dict(summary[unit])
            self.assertEqual(account.pop("offered"), sum(account.values()), f"{unit}: {summary}")
        self.assertEqual(summary["read_bytes"], summary["bytes"]["offered"] + summary["unfinished"]["bytes"])
        self.assertTrue(summary["balanced"])
        self.assertEqual(summary["exit_code"], result.code)
        for term, count in terms.items():
            self.assertEqual(summary["records"][term], count, f"{term}: {summary}")
        return summary

    @staticmethod
    def left_over(summary):
        """Records that the end of time, or of the sink, found on their way."""
        return summary["records"]["timed_out"] + summary["records"]["undelivered"]

    def expect_one_line(self, result, code, *parts):
        """This exit code, and one line on standard error that says all of `parts`."""
        self.assertEqual(result.code, code, result)
        self.assertEqual(len(result.lines), 1, result)
        self.assertTrue(result.lines[0].startswith("tidegate"), result)
        for part in parts:
            self.assertIn(part, result.lines[0])

    def expect_refused(self, result, *parts):
        """Bad usage or unusable input: exit 2, one line, nothing moved and nothing reported."""
        self.expect_one_line(result, 2, *parts)
        self.assertEqual(result.out, b"")


@contextlib.contextmanager
def connected(port):
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        yield connection
