#!/usr/bin/env python3
"""Looks for expensive instructions in the functions of an object file.

usage: check.py OBJDUMP OBJECT.o

Functions named `lean_...` must hold none: no locked instruction, no xchg with memory, no mfence, no call and no jump
into another function. Functions named `single_...` must hold one locked instruction and nothing else of these.
Functions named `costly_...` are the control: each must hold one, or the check sees nothing.
Parts that the compiler moved out of line (`lean_x.cold`) belong to their function.
"""
import re
import subprocess
import sys

FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\t(.+)$")
RELOCATION = re.compile(r"^\s+[0-9a-f]+: R_X86_64_(\w+)\t(\S+)")
COSTLY = re.compile(r"^(lock\b|mfence\b|call\b|xchg\b.*\()")


def disassemble(objdump, path):
    command = [objdump, "--disassemble", "--reloc", "--no-show-raw-insn", path]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def costly_instructions(text):
    """Costly lines by function, as {name: [line]}; a function without any has an empty list."""
    found, function = {}, None
    for line in text.splitlines():
        if match := FUNCTION.match(line):
            function = found.setdefault(match[1].removesuffix(".cold"), [])
        elif function is None:
            continue
        elif match := INSTRUCTION.match(line):
            if COSTLY.match(match[1]):
                function.append(match[1])
        elif (match := RELOCATION.match(line)) and match[1] == "PLT32":
            function.append(f"leaves for {match[2]}")
    return found


def problems(found):
    lean = {name: lines for name, lines in found.items() if name.startswith("lean_")}
    single = {name: lines for name, lines in found.items() if name.startswith("single_")}
    costly = {name: lines for name, lines in found.items() if name.startswith("costly_")}
    if not lean or not costly:
        yield f"expected lean_ and costly_ functions, found only: {', '.join(found) or 'none'}"
    for name, lines in lean.items():
        yield from (f"{name}: {line}" for line in lines)
    for name, lines in single.items():
        if len(lines) != 1 or not lines[0].startswith("lock"):
            yield f"{name}: one locked instruction was expected, found: {', '.join(lines) or 'nothing costly'}"
    yield from (f"{name}: the control holds nothing costly" for name, lines in costly.items() if not lines)


def main(objdump, path):
    bad = list(problems(costly_instructions(disassemble(objdump, path))))
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
