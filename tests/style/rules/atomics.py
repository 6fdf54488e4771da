"""Every access to an atomic says its order, and every order says why."""
import collections
import re

SEAM = ("include/tidegate/base/sync.hpp", "include/tidegate/base/record_word.hpp")
LINES_ABOVE = 3

_CALL = re.compile(
    r"(?:\.|->)\s*(?:template\s+)?"
    r"(load|store|exchange|fetch_\w+|compare_exchange_\w+|test_and_set)\s*\("
    r"|\b(light_fence|heavy_fence|atomic_thread_fence)\s*\("
)
_ORDER = re.compile(r"\border::(\w+)|\b(\w+_order)\b")
_ALIAS = re.compile(r"\b(\w+_order)\s*=([^;]*\border::[^;]*);")
_TAG = re.compile(r"\[([a-z][a-z0-9_]*)\]")

Access = collections.namedtuple("Access", "file line last_line verb orders")


def accesses(file):
    """Every call on an atomic and every fence of the file."""
    aliases = {name: set(re.findall(r"\border::(\w+)", value)) for name, value in _ALIAS.findall(file.code)}
    for match in _CALL.finditer(file.code):
        if match[2] and _is_declaration(file.code, match.start()):
            continue
        end = _closing(file.code, match.end())
        orders = []
        for literal, alias in _ORDER.findall(file.code[match.end() : end]):
            orders.append({literal} if literal else aliases.get(alias, set()))
        yield Access(file, file.line_of(match.start()), file.line_of(end), match[1] or match[2], orders)


def _is_declaration(code, offset):
    """A fence name that follows a type name and not `.`, `::` or a keyword."""
    before = code[:offset].rstrip()
    return bool(re.search(r"\b(?:void|bool)$", before))


def _closing(code, begin):
    """Offset of the bracket that closes the one before `begin`."""
    depth = 1
    for offset in range(begin, len(code)):
        depth += {"(": 1, ")": -1}.get(code[offset], 0)
        if depth == 0:
            return offset
    return len(code) - 1


def is_fence(access):
    return access.verb.endswith("fence")


def strong(access):
    """The orders of the access that are stronger than relaxed; a fence always is."""
    return {"fence"} if is_fence(access) else set().union(*access.orders) - {"relaxed"} if access.orders else set()


def remarks(access):
    """The comments that speak about the access: on its lines, or alone on their line within three lines above."""
    file = access.file
    found = [file.comment_lines[number - 1] for number in range(access.line, access.last_line + 1)]
    number, code_seen = access.line - 1, 0
    while number >= 1 and code_seen < LINES_ABOVE:
        if file.code_lines[number - 1].strip() or not file.comment_lines[number - 1].strip():
            code_seen += 1
        else:
            found.append(file.comment_lines[number - 1])
        number -= 1
    return " ".join(found)


def library_accesses(repo):
    return [access for file in repo.library() if file.path not in SEAM for access in accesses(file)]


def order_is_explicit(repo):
    """Every load, store, exchange, fetch and compare-exchange names its order; a compare-exchange names both."""
    for access in library_accesses(repo):
        wanted = 0 if is_fence(access) else 2 if access.verb.startswith("compare") else 1
        if len(access.orders) < wanted:
            yield access.file.path, access.line, f"{access.verb}() names {len(access.orders)} of {wanted} orders"


def order_is_tagged(repo):
    """An order other than relaxed, and a fence, names its partner by a [tag] in a comment."""
    for access in library_accesses(repo):
        if strong(access) and not _TAG.search(remarks(access)):
            yield access.file.path, access.line, f"{access.verb}() has no [tag] that names its partner"


def relaxed_is_explained(repo):
    """A relaxed access says why that is enough, in a comment."""
    for access in library_accesses(repo):
        if access.orders and not strong(access) and not remarks(access).strip():
            yield access.file.path, access.line, f"{access.verb}() is relaxed and does not say why"


def sides(access):
    """Which ends of a pairing the access can be: it releases, it acquires, or both."""
    orders = strong(access)
    if not orders:
        return set()
    if is_fence(access):
        return {"releases", "acquires"}
    able = {"load": {"acquires"}, "store": {"releases"}}.get(access.verb, {"releases", "acquires"})
    by_order = {"acquire": {"acquires"}, "release": {"releases"}}
    return able & set().union(*(by_order.get(order, {"releases", "acquires"}) for order in orders))


def tags_are_paired(repo):
    """Each [tag] has two ends in the library: one access releases and another one acquires."""
    ends = collections.defaultdict(list)
    for access in library_accesses(repo):
        for tag in set(_TAG.findall(remarks(access))) if strong(access) else ():
            ends[tag].append(access)
    for tag, found in ends.items():
        releases = [access for access in found if "releases" in sides(access)]
        acquires = [access for access in found if "acquires" in sides(access)]
        if not any(one is not other for one in releases for other in acquires):
            missing = "acquires" if releases else "releases"
            yield found[0].file.path, found[0].line, f"[{tag}] has one end only: nothing else {missing}"


RULES = [order_is_explicit, order_is_tagged, relaxed_is_explained, tags_are_paired]
