"""The rules. A rule is a function from a Repo to (path, line, message); the first line of its docstring is its law."""
from . import atomics, docs, files, layers, shape

ALL = [rule for module in (layers, atomics, shape, files, docs) for rule in module.RULES]
