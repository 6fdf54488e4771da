"""Who may include whom, and who may touch the machine."""
import re

# Lowest first. A layer includes itself and what lies below.
LAYERS = ["base", "memory", "ring", "wait", "flow", "queue", "pipeline", "observe", "io"]
CORE = LAYERS[: LAYERS.index("observe")]
UMBRELLA = "include/tidegate/tidegate.hpp"
SEAM = tuple(
    f"include/tidegate/base/{name}.hpp"
    for name in ("sync", "kernel", "cell", "order", "event_bell", "living_threads", "record_word"))
KERNEL_USERS = (
    "include/tidegate/base/event_bell.hpp", "include/tidegate/base/sync.hpp", "include/tidegate/memory/", "src/memory/")

_MACHINE = re.compile(
    r"std::atomic\w*|std::memory_order\w*|<atomic>|\bsyscall\s*\(|\bSYS_\w+|\bclock_gettime\b|\bgettimeofday\b"
    r"|\w*_clock::now\b|std::(?:mutex|condition_variable\w*)|std::this_thread::\w+|__builtin_ia32_pause"
    r"|\b(?:asm|__asm__)\b"
)


def layer_of(path):
    """The layer of a file of the library or of an include path; None outside all layers."""
    match = re.match(r"(?:include/tidegate|tidegate|src)/(\w+)/", path)
    return match[1] if match and match[1] in LAYERS else None


def include_direction(repo):
    """A layer includes only itself and the layers below it."""
    for file in repo.library():
        own = layer_of(file.path)
        for line, path, _ in file.includes:
            other = layer_of(path)
            if own and other and LAYERS.index(other) > LAYERS.index(own):
                yield file.path, line, f"{own} may not include {other}: {path}"


def umbrella_is_core(repo):
    """tidegate.hpp includes the core only."""
    for file in repo.headers():
        for line, path, _ in file.includes if file.path == UMBRELLA else ():
            if layer_of(path) not in (None, *CORE):
                yield file.path, line, f"{path} is not part of the core"


def include_spelling(repo):
    """The library includes its own headers as "tidegate/...", not the umbrella, and nothing outside its folders."""
    for file in repo.library():
        for line, path, quoted in file.includes:
            ours = path.startswith("tidegate/")
            if ours and not quoted:
                yield file.path, line, f'write #include "{path}"'
            if "include/" + path == UMBRELLA:
                yield file.path, line, "include the header that is meant, not the umbrella"
            foreign = path.startswith((".", "tools", "bench", "tests"))
            if quoted and not ours and (foreign or file.path.startswith("include/")):
                yield file.path, line, f"{path} is not part of the library"


def liburing_stays_in_io(repo):
    """Only src/io includes liburing and ISA-L."""
    for file in repo.library():
        for line, path, _ in file.includes:
            if path.startswith(("liburing", "isa-l")) and not file.path.startswith("src/io/"):
                yield file.path, line, f"only src/io includes {path}"


def kernel_is_part_of_the_seam(repo):
    """base/kernel.hpp is included by the seam and memory/ only."""
    for file in repo.library():
        for line, path, _ in file.includes:
            if path == "tidegate/base/kernel.hpp" and not file.path.startswith(KERNEL_USERS):
                yield file.path, line, "go through the Sync policy of base/sync.hpp"


def machine_behind_the_seam(repo):
    """Atomics, system call numbers, clocks, locks and assembly appear in base/sync.hpp and what it is made of only."""
    for file in repo.library():
        if file.path in SEAM:
            continue
        for number, line in enumerate(file.code_lines, 1):
            if match := _MACHINE.search(line):
                yield file.path, number, f"'{match[0]}' belongs behind base/sync.hpp"


RULES = [
    include_direction,
    umbrella_is_core,
    include_spelling,
    liburing_stays_in_io,
    kernel_is_part_of_the_seam,
    machine_behind_the_seam,
]
