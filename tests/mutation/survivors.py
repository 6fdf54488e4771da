"""The list of mutants that may survive, and whether the verdicts agree with it.

Each entry is the mutant's name on a line of its own, and below it, indented, the reason.
"""


def listed_in(path):
    """Name -> reason."""
    reasons = {}
    name = None
    for line in path.read_text().split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] != " ":
            name = line.strip()
            reasons[name] = ""
        elif name is not None:
            reasons[name] = (reasons[name] + " " + line.strip()).strip()
    return reasons


def names_in(path):
    return set(listed_in(path))


def compare(verdicts, reasons, everything):
    """What is wrong, a line each; nothing when all is as it should be."""
    problems = []
    existing = {mutant.name for mutant in everything}
    for mutant, verdict in verdicts.items():
        listed = mutant.name in reasons
        if verdict.fate == "survived" and not listed:
            problems.append(f"survived, and nobody says why it may: {mutant.name}")
        if verdict.fate == "survived" and listed and not reasons[mutant.name]:
            problems.append(f"survived, and its entry gives no reason: {mutant.name}")
        if verdict.fate != "survived" and listed:
            problems.append(f"listed as a survivor, but it was {verdict.fate}: {mutant.name}")
        if verdict.fate == "stillborn":
            problems.append(f"does not compile, so that it shows nothing: {mutant.name}")
    for name in reasons:
        if name not in existing:
            problems.append(f"listed as a survivor, but there is no such mutant any more: {name}")
    return problems
