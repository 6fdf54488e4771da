"""A program on a terminal of its own: a pseudo-terminal, and what a person would see on it (pyte)."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.append("/usr/lib/python3/dist-packages")  # where Debian's python3-pyte is, whichever Python runs this
import pyte


# As a shell with job control starts a program: only what has a parent in its session can be stopped by Ctrl-Z.
SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


class Terminal:
    """Runs `command` on a terminal of this size, by itself or from a shell; `screen` is what it shows."""

    def __init__(self, command, columns=80, rows=24, shell=False, **environment):
        self.master, slave = pty.openpty()
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.set_size(columns, rows)
        self.slave_name = os.ttyname(slave)
        self.modes_before = termios.tcgetattr(slave)
        self.slave = slave
        given = {"PATH": os.environ["PATH"], "TERM": "linux", "LC_ALL": "C.UTF-8", **environment}
        self.raw = b""
        self.shell = shell
        if shell:
            command = [sys.executable, "-c", SHELL, *command]
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.PIPE, env=given,
                                        start_new_session=True, preexec_fn=self._take_terminal)

    @staticmethod
    def _take_terminal():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def set_size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        """As a window does it: the kernel sends SIGWINCH."""
        self.screen.resize(rows, columns)
        self.set_size(columns, rows)

    def type(self, keys):
        os.write(self.master, keys if isinstance(keys, bytes) else keys.encode())

    def read(self, seconds=0.05):
        """Shows what has arrived within that time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.raw += data
            self.stream.feed(data)

    def until(self, condition, what, timeout=30):
        """Reads until `condition()` is true; generous, for it is no measurement."""
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, f"never happened: {what}\n{self.text()}"
            self.read()

    def until_shows(self, *parts):
        self.until(lambda: all(part in self.text() for part in parts), f"shows {parts}")

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def line_with(self, part):
        """Number and text of the first line that has it."""
        for number, line in enumerate(self.screen.display):
            if part in line:
                return number, line
        raise AssertionError(f"no line with {part!r}\n{self.text()}")

    def colours(self):
        """Every foreground colour on the screen."""
        return {cell.fg for line in self.screen.buffer.values() for cell in line.values()}

    def modes(self):
        return termios.tcgetattr(self.slave)

    def wait(self, timeout=30):
        """Reads until the process has ended; its exit code."""
        self.until(lambda: self.process.poll() is not None, "it ends", timeout)
        self.read(0.1)
        return self.process.returncode

    @property
    def pid(self):
        if not self.shell:
            return self.process.pid
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
            return int(children.read().split()[0])

    def state(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]

    def send(self, which):
        os.kill(self.pid, which)

    def close(self):
        if self.process.poll() is None:
            self.send(signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
        os.close(self.slave)
        if self.master >= 0:
            os.close(self.master)

    def hang_up(self):
        """The window is closed."""
        os.close(self.slave)
        self.slave = os.open(os.devnull, os.O_RDWR)
        os.close(self.master)
        self.master = -1
