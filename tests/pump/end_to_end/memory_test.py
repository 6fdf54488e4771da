"""Memory stays bounded whatever the sink and the peers do: the process stays below 64 MiB with the defaults."""

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

    def feed(self, process, seconds):
        """Writes for a while or until the pressure stops us; returns the bytes that were taken."""
        taken = 0
        end = time.monotonic() + seconds

        def write():
            nonlocal taken
            try:
                while time.monotonic() < end:
                    process.process.stdin.write(LINES)
                    taken += len(LINES)
            except (BrokenPipeError, ValueError):
                pass

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        writer.join(seconds + 0.5)
        return taken

    def test_stalled_sink_blocks_the_source_in_bounded_memory(self):
        for backend in BACKENDS:
            for flags in ([], ["--raw"], ["--fixed", "100"]):
                peer = Stalled()
                process = self.running(*flags, "--backend", backend, "-", peer.endpoint, stdin=subprocess.PIPE)
                taken = self.feed(process, 1)
                self.assertLess(taken, LIMIT)  # the pressure arrived
                self.assertGreater(taken, 1 << 20)
                self.expect_bounded(process)
                process.process.kill()
                peer.release()

    def test_stalled_sink_with_drops_in_bounded_memory(self):
        for backend in BACKENDS:
            for flags in (["--capacity", "65536"], ["--capacity", "10000000"]):
                peer = Stalled()
                process = self.running(*flags, "--backend", backend, "--overflow", "drop-newest", "-", peer.endpoint,
                                       stdin=subprocess.PIPE)
                taken = self.feed(process, 1.5)
                if not OPTIONS.sanitized:
                    self.assertGreater(taken, LIMIT)  # it went on reading
                self.expect_bounded(process)
                process.process.kill()
                peer.release()

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
