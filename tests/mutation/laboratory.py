"""Builds the explorer's clients against a changed copy of the headers and runs them."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sites

ROOT = Path(__file__).resolve().parents[2]
MODEL = "tests/model"
ENGINE = ("execution", "explore", "fiber", "memory", "search", "sync", "trace")

# Which clients can tell that a header was changed. Those that are left out are not linked: a program must not hold two
# versions of one function.
CLIENTS = ("ring", "history", "exchange", "exchange_many", "exchange_one", "block", "broadcast", "broadcast_many",
           "broadcast_queue",
           "ticketed", "event_count", "queue", "shared_queue")
CLIENTS_OF = {
    "base": ("exchange",),
    "ring": ("ring", "history"),
    "ring/detail/exchange": ("exchange",),
    "ring/exchange": ("exchange",),
    "ring/block": ("block",),
    "ring/broadcast": ("broadcast",),
    "ring/detail/broadcast": ("broadcast",),
    "ring/detail/broadcast/entry": ("broadcast_many",),
    "ring/detail/broadcast/lap_entries": ("broadcast_many",),
    "ring/detail/broadcast/gate_entries": ("broadcast_many",),
    "ring/detail/broadcast/reader_": ("broadcast", "broadcast_many"),
    "ring/detail/block": ("block",),
    "ring/ticketed": ("ticketed",),
    "ring/detail/ticket": ("ticketed",),
    "wait": ("event_count", "queue"),
    "queue": ("queue",),
    "queue/broadcast": ("broadcast_queue",),
    "queue/shared_": ("shared_queue",),
    "queue/detail/shared_": ("shared_queue",),
}

COMPILE_LIMIT_S = 120
RUN_LIMIT_S = 120


def clients_of(file):
    """Of the longest beginning of its name that is listed."""
    return CLIENTS_OF[max((name for name in CLIENTS_OF if file.startswith(name)), key=len)]


@dataclass(frozen=True)
class Verdict:
    fate: str  # killed, survived, or stillborn: it does not compile
    by: str = ""  # the client, and what it saw


class Laboratory:
    """A folder with the engine compiled once; every mutant gets a copy of include/ of its own in it."""

    def __init__(self, compiler, include):
        self.compiler = compiler
        self.place = Path(tempfile.mkdtemp(prefix="tidegate-mutation-"))
        self.include = self.place / "include"  # as it is now: somebody may go on working
        shutil.copytree(include, self.include)

    def __enter__(self):
        sources = [f"explorer/{name}" for name in ENGINE] + ["main"]
        for source in sources:
            self.compile(ROOT / MODEL / f"{source}.cpp", self.object_of(source), self.include, "-O2")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.place, ignore_errors=True)

    def object_of(self, source):
        return self.place / (source.replace("/", "_") + ".o")

    def compile(self, source, target, include, optimise="-O1"):
        subprocess.run(
            [self.compiler, "-std=c++20", optimise, "-w", f"-I{include}", f"-I{ROOT}", "-c", source, "-o", target],
            check=True, capture_output=True, text=True, timeout=COMPILE_LIMIT_S)

    def judge(self, mutant):
        """Changes one line, builds the clients that see it, and lets them look for a failure."""
        return self.with_changed_line(mutant, lambda folder, include: self.run(
            [self.build(folder, include, clients_of(mutant.file)), "--gate"]))

    def judge_by_relacy(self, mutant):
        """The same with the second engine, which runs the clients of the rings."""
        def run(folder, include):
            program = folder / "relacy"
            self.compile_and_link(ROOT / "tests/relacy/main.cpp", program, include)
            return self.run([program, "--schedules", "3000", "--preemptions", "2"])

        return self.with_changed_line(mutant, run)

    def with_changed_line(self, mutant, run):
        with tempfile.TemporaryDirectory(dir=self.place) as folder:
            include = Path(folder) / "include"
            shutil.copytree(self.include, include)
            header = include / "tidegate" / mutant.file
            header.write_text(sites.apply(mutant, header.read_text()))
            try:
                return run(Path(folder), include)
            except subprocess.CalledProcessError:
                return Verdict("stillborn")

    def compile_and_link(self, source, program, include):
        subprocess.run(
            [self.compiler, "-std=c++20", "-O1", "-w", f"-I{include}", f"-I{ROOT}", source, "-o", program],
            check=True, capture_output=True, text=True, timeout=COMPILE_LIMIT_S)

    def build(self, folder, include, clients):
        objects = [self.object_of(f"explorer/{name}") for name in ENGINE] + [self.object_of("main")]
        for name in clients:
            target = folder / f"{name}.o"
            self.compile(ROOT / MODEL / f"{name}_clients.cpp", target, include)
            objects.append(target)
        absent = folder / "absent.cpp"
        absent.write_text(
            '#include "tests/model/registry.hpp"\nnamespace tidegate::model {\n'
            + "".join(f"void add_{name}_clients(std::vector<registered_client>&) {{}}\n"
                      for name in CLIENTS if name not in clients)
            + "}\n")
        self.compile(absent, folder / "absent.o", include, "-O0")
        program = folder / "model"
        subprocess.run([self.compiler, *objects, folder / "absent.o", "-o", program], check=True, capture_output=True,
                       timeout=COMPILE_LIMIT_S)
        return program

    @staticmethod
    def run(command):
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=RUN_LIMIT_S)
        except subprocess.TimeoutExpired:
            return Verdict("killed", "a client that ran for ever")
        if result.returncode == 0:
            return Verdict("survived")
        failures = [line for line in result.stdout.split("\n") if "killed by" in line or ": failed:" in line]
        said = failures[0].removeprefix("killed by ").removeprefix("client ") if failures else ""
        return Verdict("killed", said or f"a client that ended by signal {-result.returncode}")
