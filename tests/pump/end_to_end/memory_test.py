"""Memory stays bounded whatever the sink and the peers do: the process stays below 64 MiB with the defaults."""

import contextlib
import subprocess
import threading
import time

from harness import BACKENDS, OPTIONS, Case, Stalled, connected, eventually, main

LIMIT = 64 << 20
LINES = (b"x" * 99 + b"\n") * 10000


class Bounded(Case):
    def expect_bounded(self, process):
        if not OPTIONS.sanitized:
            self.assertLessEqual(process.peak_resident_bytes(), LIMIT)

    def feed(self, process):
        """Writes without end; the result's last item is how many bytes were taken so far."""
        taken = [0]

        def write():
            with contextlib.suppress(BrokenPipeError, ValueError):
                while True:
                    process.process.stdin.write(LINES)
                    taken[0] += len(LINES)

        threading.Thread(target=write, daemon=True).start()
        return taken

    def until_quiet(self, taken):
        """Waits until nothing more is taken: the pressure has reached us."""
        last, since = -1, time.monotonic()
        while time.monotonic() - since < 0.7:
            if taken[0] != last:
                last, since = taken[0], time.monotonic()
            time.sleep(0.01)

    def stalled(self, *flags):
        """A pump whose sink reads nothing, being fed."""
        peer = Stalled()
        self.addCleanup(peer.release)
        process = self.running(*flags, "-", peer.endpoint, stdin=subprocess.PIPE)
        return process, self.feed(process)

    def test_stalled_sink_blocks_the_source_in_bounded_memory(self):
        for backend in BACKENDS:
            for flags in ([], ["--raw"], ["--fixed", "100"]):
                process, taken = self.stalled(*flags, "--backend", backend)
                eventually(lambda: taken[0] > 1 << 20, "a megabyte is taken")
                self.until_quiet(taken)
                self.assertLess(taken[0], LIMIT)
                self.expect_bounded(process)
                process.process.kill()

    def test_stalled_sink_with_drops_in_bounded_memory(self):
        for backend in BACKENDS:
            for capacity in ("65536", "10000000"):
                flags = ["--capacity", capacity, "--overflow", "drop-newest"]
                process, taken = self.stalled(*flags, "--backend", backend)
                eventually(lambda: taken[0] > 2 * LIMIT, "it goes on reading")
                self.expect_bounded(process)
                process.process.kill()

    def test_many_unfinished_records(self):
        """Peers that send most of a large record and then nothing: few are taken in, the others wait in the kernel."""
        process = self.running("--keep-listening", "--json", "tcp-listen:127.0.0.1:0", f"file:{self.path('out')}")
        port = process.port()
        peers = []
        for _ in range(60):
            scope = connected(port)
            connection = scope.__enter__()
            self.addCleanup(scope.__exit__, None, None, None)
            connection.setblocking(False)
            peers.append(connection)
        large = b"y" * 1_000_000
        left = {peer: large for peer in peers}
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 0.5:
            for peer, rest in left.items():
                try:
                    sent = peer.send(rest) if rest else 0
                except BlockingIOError:
                    sent = 0
                if sent:
                    left[peer] = rest[sent:]
                    quiet_since = time.monotonic()
            time.sleep(0.005)
        self.expect_bounded(process)
        with connected(port) as small:  # somebody with short lines is served all the same
            small.sendall(b"short\n")
            eventually(lambda: self.read("out") == b"short\n", "the short line")
        for peer, rest in left.items():  # and everybody is, in the end
            peer.setblocking(True)
            threading.Thread(target=lambda p=peer, r=rest: (p.sendall(r + b"\n"), p.shutdown(1)), daemon=True).start()
        eventually(lambda: len(self.read("out")) == 6 + 60 * 1_000_001, "every large line")
        self.assertEqual(sorted(self.read("out").splitlines()), sorted([b"short"] + 60 * [large]))
        self.expect_bounded(process)


if __name__ == "__main__":
    main()
