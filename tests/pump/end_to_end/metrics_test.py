"""--metrics and --pressure-log: what is shown while a run lasts, and that no client of the endpoint disturbs it."""

import contextlib
import gzip
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys

from harness import Case, connected, eventually, main, pump


class Watched(Case):
    """A pump that is fed through a pipe and scraped meanwhile."""

    def watched(self, *args):
        process = self.running("--metrics", "0", "--json", *args, stdin=subprocess.PIPE)
        address = process.address()
        self.assertRegex(address, r"^127\.0\.0\.1:\d+$")
        self.port = int(address.rsplit(":", 1)[1])
        return process

    def feed(self, process, lines):
        process.process.stdin.write(b"a line of text\n" * lines)
        process.process.stdin.flush()

    def finish(self, process):
        process.process.stdin.close()
        process.process.stdin = None
        return process.result()

    def interrupt(self, process):
        """Its input stays open until it has ended: else that could end it first."""
        process.signal(signal.SIGINT)
        process.process.wait(60)
        return self.finish(process)

    def get(self, path, method="GET", port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()

    def scrape(self):
        status, headers, text = self.get("/metrics")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        return text

    def value(self, text, name, *labels):
        """The sum of the samples of this name that have these labels."""
        samples = re.findall(rf"^tidegate_{name}(?:\{{(.*)\}})? (\S+)$", text, re.MULTILINE)
        return sum(float(number) for found, number in samples if all(label in found for label in labels))


class Numbers(Watched):
    def test_they_are_those_of_the_summary(self):
        process = self.watched("-", f"file:{self.path('out')}")
        self.feed(process, 5000)

        def all_written():
            self.text = self.scrape()
            return self.value(self.text, "sink_written_records_total") == 5000
        eventually(all_written, "the sampler sees all records written")
        self.assertEqual(self.value(self.text, "sink_written_bytes_total"), 5000 * 15)
        self.assertEqual(self.value(self.text, "queue_capacity_items", 'queue="pump"'), 65536)
        self.assertIn('tidegate_queue_info{queue="pump",kind="byte_queue",policy="block"} 1\n', self.text)
        self.assertIn('tidegate_readiness_state{state="ready"} 1\n', self.text)
        self.assertLess(self.value(self.text, "sample_age_seconds"), 60)
        summary = self.expect_account(self.finish(process), delivered=5000)
        self.assertEqual(summary["queue"]["pushed"], self.value(self.text, "queue_pushed_total"))
        self.assertEqual(summary["queue"]["popped"], self.value(self.text, "queue_popped_total"))

    def test_what_is_lost_is_told_by_reason(self):
        for policy, term, family, label in (("drop-newest", "dropped", "queue_dropped_total", 'policy="newest"'),
                                            ("drop-oldest", "evicted", "queue_dropped_total", 'policy="oldest"'),
                                            ("sample:3", "sampled", "queue_dropped_total", 'policy="sampled"'),
                                            ("reject", "rejected", "queue_rejected_total", 'reason="full"')):
            process = self.watched("--overflow", policy, "--capacity", "10", "--throttle", "1", "--deadline", "0s", "-",
                                   "null:")
            self.feed(process, 500)

            def all_offered():
                self.text = self.scrape()
                count = sum(self.value(self.text, name) for name in ("queue_pushed_total", "queue_rejected_total"))
                return count + self.value(self.text, "queue_dropped_total") - self.value(
                    self.text, "queue_dropped_total", 'policy="oldest"') == 500
            eventually(all_offered, f"{policy}: the sampler sees all records offered")
            summary = self.expect_account(self.interrupt(process), offered=500)
            self.assertGreater(summary["records"][term], 0, policy)
            self.assertEqual(summary["records"][term], self.value(self.text, family, label), policy)

    def test_prometheus_accepts_them(self):
        if not shutil.which("promtool"):
            print("*** SKIPPED: promtool is not installed, a scrape was not checked by it ***", file=sys.stderr)
            self.skipTest("promtool is in Debian's package prometheus")
        odd = self.path('a "b"\\c\xff\n').encode(errors="surrogateescape")
        process = self.watched("--tee", b"file:" + odd, "-", "null:")
        self.feed(process, 10)
        eventually(lambda: self.value(self.scrape(), "queue_popped_total") == 10, "the sampler sees all records")
        done = subprocess.run(["promtool", "check", "metrics"], input=self.scrape(), capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.finish(process).code, 0)

    def test_inventory(self):
        process = self.watched("-", f"file:{self.path('out')}")
        _, headers, text = self.get("/inventory")
        self.assertEqual(headers["Content-Type"], "application/json")
        inventory = json.loads(text)
        self.assertEqual([(each["name"], each["kind"]) for each in inventory["things"]],
                         [(f"file:{self.path('out')}", "sink"), ("pump", "byte_queue")])
        self.assertEqual(inventory["total_bytes"], sum(each["max_bytes"] for each in inventory["things"]))
        self.assertEqual(self.value(self.scrape(), "inventory_bytes"), inventory["total_bytes"])
        self.assertEqual(self.finish(process).code, 0)

    def test_a_full_queue_is_not_ready_and_alive(self):
        slowly = ["--capacity", "10", "--throttle", "1", "--deadline", "0s"]
        process = self.watched("--pressure-log", *slowly, "-", "null:")
        self.assertEqual(self.get("/readyz")[::2], (200, "ready\n"))
        self.feed(process, 500)
        eventually(lambda: self.get("/readyz")[0] == 503, "it is not ready")
        _, headers, text = self.get("/readyz")
        self.assertGreaterEqual(int(headers["Retry-After"]), 1)
        self.assertTrue(text.startswith("not_ready: "), text)
        self.assertEqual(self.get("/healthz")[::2], (200, "ok\n"))
        result = self.interrupt(process)
        events = [line for line in result.lines if line.startswith("tidegate pump: pressure: ")]
        for part in ("event=saturated byte_queue=pump saturation=1.00 depth=10 ", "event=readiness state=not_ready "):
            self.assertTrue(any(part in line for line in events), result)

    def test_a_calm_run_logs_nothing(self):
        self.assertEqual(pump("--pressure-log", "--json", "-", "null:", data=b"a\n" * 1000).lines, [])


class Clients(Watched):
    def test_unknown_paths_and_methods(self):
        process = self.watched("-", "null:")
        self.assertEqual(self.get("/nothing")[0], 404)
        for method in ("DELETE", "POST", "PUT", "OPTIONS"):
            status, headers, _ = self.get("/metrics", method)
            self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"), method)
        self.assertEqual(self.get("/metrics", "HEAD")[::2], (200, ""))
        self.assertIn("/readyz\n", self.get("/")[2])
        self.assertEqual(self.finish(process).code, 0)

    def test_malformed_requests_are_refused_and_nothing_else_happens(self):
        process = self.watched("-", "null:")
        for request in (b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0\xff" * 100 + b"\r\n\r\n", b"\r\n" * 4,
                        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
                        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
                        b"POST /metrics HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 50_000):
            with connected(self.port) as client, contextlib.suppress(ConnectionError):
                client.sendall(request)
                answer = client.recv(100)
                self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 4"), (request[:20], answer))
        self.feed(process, 100)
        eventually(lambda: self.value(self.scrape(), "queue_popped_total") == 100, "scrapes go on")
        self.assertEqual(self.expect_account(self.finish(process), delivered=100)["exit_code"], 0)

    def test_a_request_chooses_neither_stack_nor_memory(self):
        def little_stack():
            resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))
        process = self.running("--metrics", "0", "--json", "-", "null:", stdin=subprocess.PIPE,
                               preexec_fn=little_stack)
        self.port = process.port()
        bomb = gzip.compress(bytes(10_000_000))
        packed = b"POST /metrics HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
        for request, status in ((b"GET /metrics HTTP/1.1\r\nRange: bytes=" + b"0-," * 2600 + b"0-\r\n\r\n", b"200"),
                                (b"GET /metrics HTTP/1.1\r\nrange: bytes=" + b"1" * 8000 + b"-\r\n\r\n", b"200"),
                                (packed + bomb, b"405")):
            with connected(self.port) as client:
                client.sendall(request)
                answer = b"".join(iter(lambda: client.recv(100_000), b""))
            self.assertTrue(answer.startswith(b"HTTP/1.1 " + status), (request[:60], answer[:60]))
            self.assertLess(len(answer), 100_000)
        self.feed(process, 100)
        self.assertEqual(self.expect_account(self.finish(process), delivered=100)["exit_code"], 0)

    def test_slow_clients_are_cut_off_and_hold_up_nothing(self):
        process = self.watched("-", f"file:{self.path('out')}")
        with contextlib.ExitStack() as clients:
            slow = [clients.enter_context(connected(self.port)) for _ in range(4)]
            for each in slow[:2]:
                each.sendall(b"GET /metrics HTTP/1.1\r\nA: ")
            self.feed(process, 100)
            eventually(lambda: os.path.getsize(self.path("out")) == 1500, "the pump goes on")

            def cut_off(client):
                client.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    try:
                        client.send(b"b")  # a byte now and then keeps nobody connected
                        return client.recv(1000) == b""
                    except ConnectionError:
                        return True
                return False
            for each in slow:
                eventually(lambda client=each: cut_off(client), "a slow client is cut off")
        self.assertEqual(self.value(self.scrape(), "queue_popped_total"), 100)
        self.assertEqual(self.finish(process).code, 0)

    def test_the_end_waits_for_nobody(self):
        for end, code in ((self.finish, 0), (self.interrupt, 3)):
            process = self.watched("-", "null:")
            with connected(self.port) as first, connected(self.port) as second, connected(self.port):
                for each in (first, second):
                    each.sendall(b"GET /metrics HTTP/1.1\r\n")
                self.assertEqual(end(process).code, code)


class Addresses(Watched):
    def test_bad_values(self):
        for text in ("", ":", "x", "-1", "65536", "1.2.3.4", "1:2:3", "localhost:", "[::1", "::1", ":+1",
                     "127.0.0.1:70000"):
            result = pump("--metrics", text, "-", f"file:{self.path('out')}")
            self.expect_refused(result, f"--metrics '{text}'", "accepted: PORT, :PORT or ADDR:PORT")
        for text in ("192.0.2.1:0", "[2001:db8::1]:0"):
            self.expect_refused(pump("--metrics", text, "-", f"file:{self.path('out')}"), f"--metrics {text}: cannot ")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_a_busy_port(self):
        output = self.write("precious", b"old")
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            for text in (f"{port}", f":{port}", f"127.0.0.1:{port}"):
                result = pump("--metrics", text, "-", f"file:{output}")
                self.expect_refused(result, f"--metrics {text}: cannot listen: Address already in use")
        process = self.watched("-", "null:")
        self.expect_refused(pump("--metrics", str(self.port), "-", f"file:{output}"), "Address already in use")
        self.assertEqual(self.read("precious"), b"old")
        self.assertEqual(self.finish(process).code, 0)

    def test_where_it_listens(self):
        for text, address in (("0", "127.0.0.1"), (":0", "127.0.0.1"), ("localhost:0", r"(127\.0\.0\.1|\[::1\])"),
                              ("0.0.0.0:0", "0.0.0.0")):
            process = self.running("--metrics", text, "-", "null:", stdin=subprocess.PIPE)
            self.assertRegex(process.address(), rf"^{address}:\d+$", text)
            self.assertEqual(self.finish(process).code, 0)

    def test_the_port_is_free_again(self):
        process = self.watched("-", "null:")
        self.scrape()
        self.assertEqual(self.finish(process).code, 0)
        again = self.running("--metrics", str(self.port), "-", "null:", stdin=subprocess.PIPE)
        self.assertEqual(again.port(), self.port)
        self.assertEqual(self.finish(again).code, 0)


if __name__ == "__main__":
    main()
