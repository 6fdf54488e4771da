"""Finds function bodies in C++ text by their braces. A heuristic, good enough for code that clang-format has shaped."""
import collections
import re

Function = collections.namedtuple("Function", "name first last")

_MARK = re.compile("[{};]")
_TYPE = re.compile(r"^(?:\[\[.*?\]\]\s*|(?:inline|static|typedef)\s+)*(class|struct|union|enum|namespace|extern)\b")
_NAME = re.compile(r"(?!requires\b)([~\w:]+|operator\s*\S+?)\s*\(")
_STATEMENT = re.compile(r"^(?:if|for|while|switch|do|else|try|catch|return|static_assert|concept)\b")


def functions(code):
    """Outermost functions of the text: members and free functions, with lambdas and blocks inside counted as theirs."""
    scopes, start, offset = [], 0, 0  # a scope is ("type" | "function" | "other", name, first line)
    while found := _MARK.search(code, offset):
        offset = found.start()
        mark = code[offset]
        if mark == "{":
            head = _declaration(code[start:offset])
            if _is_member_initializer(head):
                offset = _skip_braces(code, offset)
                continue
            inside = any(kind == "function" for kind, _, _ in scopes)
            kind, name = ("other", "") if inside else _classify(head)
            first = code.count("\n", 0, start + _leading_blanks(code[start:offset])) + 1
            scopes.append((kind, name, first))
            start = offset + 1
        elif mark == "}":
            if scopes:
                kind, name, first = scopes.pop()
                if kind == "function":
                    yield Function(name, first, code.count("\n", 0, offset) + 1)
            start = offset + 1
        else:
            start = offset + 1
        offset += 1


def _leading_blanks(text):
    return len(text) - len(text.lstrip())


def _declaration(text):
    """The text before a brace without preprocessor lines, access labels and template parameters."""
    text = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\s*(?:public|private|protected)\s*:", "", text, flags=re.MULTILINE).strip()
    while match := re.match(r"template\s*<", text):
        text = text[_closing_angle(text, match.end()) :].strip()
    return text


def _closing_angle(text, begin):
    depth = 1
    for offset in range(begin, len(text)):
        depth += {"<": 1, ">": -1}.get(text[offset], 0)
        if depth == 0:
            return offset + 1
    return len(text)


def _is_member_initializer(head):
    """True at the brace of `: member{value}` in a constructor's list."""
    return bool(re.search(r"\)[^;{}]*[^:]:(?!:)", head, re.DOTALL) and re.search(r"[\w>]\s*$", head)) and "(" in head


def _skip_braces(code, offset):
    depth = 0
    while offset < len(code):
        depth += {"{": 1, "}": -1}.get(code[offset], 0)
        offset += 1
        if depth == 0:
            break
    return offset


def _classify(head):
    if _TYPE.match(head):
        return "type", ""
    if "(" not in head or _STATEMENT.match(head) or head.endswith(("=", ",", "(", "return")):
        return "other", ""
    match = _NAME.search(head)
    return "function", match[1] if match else "?"
