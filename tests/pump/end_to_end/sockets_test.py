"""TCP and Unix sockets on both sides, many connections, and what a listener leaves behind."""

import contextlib
import os
import random
import resource
import signal
import socket
import threading
import time

from harness import BACKENDS, OPTIONS, Case, Peer, connected, eventually, main, pump, read_everything

LINES = b"".join(b"%07d: some text\n" % i for i in range(200000))


class Sockets(Case):
    def test_file_through_tcp_and_back_into_a_file(self):
        self.write("in", LINES)
        for backend in BACKENDS:
            flags = ["--backend", backend, "--json"]
            receiver = self.running(*flags, "tcp-listen:127.0.0.1:0", f"file:{self.path('out')}")
            sent = pump(*flags, f"file:{self.path('in')}", f"tcp:127.0.0.1:{receiver.port()}")
            received = receiver.result()
            self.assertEqual((sent.code, received.code), (0, 0), (sent, received))
            self.assertEqual(self.read("out"), LINES)
            self.expect_account(sent, delivered=200000)
            self.assertEqual(self.expect_account(received, delivered=200000)["connections"], 1)

    def test_unix_sockets(self):
        self.write("in", LINES)
        path = self.path("socket")
        receiver = self.running("--json", f"unix-listen:{path}", f"file:{self.path('out')}")
        self.assertEqual(receiver.address(), path)
        sent = pump("--json", f"file:{self.path('in')}", f"unix:{path}")
        self.assertEqual((sent.code, receiver.result().code), (0, 0), sent)
        self.assertEqual(self.read("out"), LINES)
        self.assertFalse(os.path.exists(path), "the socket is removed")

    def test_slow_reader_paces_and_loses_nothing(self):
        def serve(connection):
            parts = []
            source = random.Random(8)
            while part := connection.recv(source.choice((1, 100, 65536, 262144))):
                parts.append(part)
            return b"".join(parts)
        self.write("in", LINES)
        for backend in BACKENDS:
            peer = Peer(serve)
            result = pump("--backend", backend, "--json", f"file:{self.path('in')}", peer.endpoint)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(peer.value(), LINES)

    def test_many_connections_are_merged_line_by_line(self):
        receiver = self.running("--json", "tcp-listen:127.0.0.1:0", f"file:{self.path('out')}")
        port = receiver.port()
        start = threading.Barrier(20)

        def send(who):
            source = random.Random(who)
            data = b"".join(b"%02d %05d\n" % (who, i) for i in range(5000))
            with connected(port) as connection:
                start.wait(30)  # nobody ends before everybody is connected
                while data:
                    size = source.randrange(1, 3000)
                    connection.sendall(data[:size])
                    data = data[size:]

        senders = [threading.Thread(target=send, args=(who,)) for who in range(20)]
        for each in senders:
            each.start()
        for each in senders:
            each.join()
        result = receiver.result()
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.expect_account(result, delivered=100000)["connections"], 20)
        lines = self.read("out").splitlines(keepends=True)
        for who in range(20):
            own = [line for line in lines if line.startswith(b"%02d " % who)]
            self.assertEqual(own, [b"%02d %05d\n" % (who, i) for i in range(5000)])

    def test_listener_ends_with_its_last_connection(self):
        receiver = self.running("--json", "tcp-listen:127.0.0.1:0", "-")
        port = receiver.port()
        with connected(port) as first, connected(port) as second:
            first.sendall(b"a\n")
            first.shutdown(socket.SHUT_WR)
            second.sendall(b"b\n")
        result = receiver.result()
        self.assertEqual((result.code, sorted(result.out.split())), (0, [b"a", b"b"]))

    def test_keep_listening(self):
        flags = ["--keep-listening", "--json"]
        receiver = self.running(*flags, "tcp-listen:127.0.0.1:0", f"file:{self.path('out')}")
        port = receiver.port()
        for text in (b"a\n", b"b\n"):
            with connected(port) as connection:
                connection.sendall(text)
            eventually(lambda: self.read("out").endswith(text), "the line")
        self.assertIsNone(receiver.process.poll())
        receiver.signal(signal.SIGINT)
        self.assertEqual(receiver.result().code, 3)
        self.assertEqual(self.read("out"), b"a\nb\n")

    def test_file_and_connection_together(self):
        self.write("in", b"file\n" * 1000)
        sources = [f"file:{self.path('in')}", "tcp-listen:127.0.0.1:0"]
        receiver = self.running("--json", *sources, f"file:{self.path('out')}")
        with connected(receiver.port()) as connection:
            connection.sendall(b"peer\n" * 1000)
        self.assertEqual(receiver.result().code, 0)
        self.assertEqual(sorted(self.read("out").split()), [b"file"] * 1000 + [b"peer"] * 1000)

    def test_ipv6(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            self.skipTest("no IPv6 here")
        receiver = self.running("tcp-listen:[::1]:0", f"file:{self.path('out')}")
        address = receiver.address()
        self.assertTrue(address.startswith("[::1]:"), address)
        self.assertEqual(pump("-", f"tcp:{address}", data=b"six\n").code, 0)
        self.assertEqual(receiver.result().code, 0)
        self.assertEqual(self.read("out"), b"six\n")

    def test_address_in_use(self):
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            result = pump(f"tcp-listen:127.0.0.1:{port}", "null:")
            self.expect_refused(result, "cannot listen", "Address already in use")

    def test_abandoned_unix_socket_is_replaced_and_a_living_one_is_not(self):
        path = self.path("socket")
        with socket.socket(socket.AF_UNIX) as old:
            old.bind(path)
            old.listen()
            self.expect_refused(pump(f"unix-listen:{path}", "null:"), "cannot listen", "Address already in use")
            self.assertTrue(os.path.exists(path))
        receiver = self.running(f"unix-listen:{path}", "-")
        receiver.address()
        self.assertEqual(pump("-", f"unix:{path}", data=b"new\n").code, 0)
        self.assertEqual(receiver.result().code, 0)

    def test_socket_of_somebody_else_on_our_path_is_left_alone(self):
        """It took the place of ours while we ran, as a second program does that unlinks before it binds."""
        path = self.path("socket")
        receiver = self.running(f"unix-listen:{path}", "null:")
        receiver.address()
        with socket.socket(socket.AF_UNIX) as client, socket.socket(socket.AF_UNIX) as other:
            client.connect(path)
            os.unlink(path)
            other.bind(path)
            other.listen()
            client.close()
            self.assertEqual(receiver.result().code, 0)
            self.assertTrue(os.path.exists(path), "the other socket was removed")

    def test_unix_path_that_is_a_file_is_left_alone(self):
        path = self.write("precious", b"data")
        self.expect_refused(pump(f"unix-listen:{path}", "null:"), "cannot listen", "Address already in use")
        self.assertEqual(self.read("precious"), b"data")

    def test_unix_path_too_long(self):
        self.expect_refused(pump("-", "unix:/" + "x" * 200), "too long", "at most 107 bytes")

    def test_long_line_ends_its_connection_only(self):
        flags = ["--max-record", "100", "--json"]
        receiver = self.running(*flags, "tcp-listen:127.0.0.1:0", f"file:{self.path('out')}")
        port = receiver.port()
        with connected(port) as good:
            good.sendall(b"one\n")
            with connected(port) as bad:
                bad.sendall(b"x" * 1000)
                self.assertEqual(read_everything(bad), b"")  # it is closed
            good.sendall(b"two\n")
        result = receiver.result()
        self.expect_one_line(result, 2, "connection from", "longer than --max-record 100")
        self.assertEqual(self.read("out"), b"one\ntwo\n")


def processor_seconds(pid):
    """User and system time of a process so far."""
    with open(f"/proc/{pid}/stat") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Shortage(Case):
    def test_connections_wait_while_descriptors_are_short(self):
        """Nor is the pump done meanwhile, although all that it ever served has ended."""
        if OPTIONS.sanitized:
            self.skipTest("sanitizers need descriptors for their own checks")
        receiver = self.running("--json", "tcp-listen:127.0.0.1:0", f"file:{self.path('out')}")
        port, pid = receiver.port(), receiver.process.pid
        usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        with contextlib.ExitStack() as late:
            with connected(port) as first:
                first.sendall(b"first\n")
                eventually(lambda: self.read("out") == b"first\n", "the first line")
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (4, usual[1]))
                second = late.enter_context(connected(port))
                second.sendall(b"second\n")
                receiver.early += receiver.process.stderr.readline()
                self.assertIn(b"Too many open files", receiver.early)
            before = processor_seconds(pid)
            time.sleep(0.6)
            self.assertLess(processor_seconds(pid) - before, 0.3, "it waits busily")
            self.assertIsNone(receiver.process.poll())
            resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
        result = receiver.result()
        self.expect_one_line(result, 0, "cannot take another connection", "tried again")  # and said once
        self.assertEqual(self.expect_account(result, delivered=2)["connections"], 2)
        self.assertEqual(self.read("out"), b"first\nsecond\n")


if __name__ == "__main__":
    main()
