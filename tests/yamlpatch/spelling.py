"""One value in many spellings: the YAML that people and tools write for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from hypothesis import strategies as st

_PLAIN = re.compile(r"[a-zA-Z/][a-zA-Z0-9/.-]*\Z")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))

Value = Any


class Speller:
    """Writes one value as YAML text; of 100 lines, `comments` end in one.

    With `in_lines` all that can stand in lines of its own does, without anchors and aliases.
    """

    def __init__(self, draw: st.DrawFn, comments: int = 10, *, in_lines: bool = False) -> None:
        # One number for all choices: of hundreds, Hypothesis varies a few and leaves the rest.
        self.random = Random(draw(st.integers(0, 2**32)))  # noqa: S311 (seeded, no secret)
        self.in_lines = in_lines
        self.comments = comments
        self.anchors = 0
        self.anchored: list[tuple[str, Value]] = []
        self.behind_literal = False

    def chance(self, percent: int) -> bool:
        """Tell whether something that happens to `percent` in a hundred happens."""
        return self.random.randrange(100) < percent

    def document(self, value: Value) -> str:
        """Return a mapping as a whole document in block style."""
        return self.block(value, 0) + ("# the end\n" if self.chance(20) else "")

    def block(self, value: Value, indent: int) -> str:
        """Return a mapping or list that is not empty, in block style at `indent`."""
        pad = " " * indent
        return "".join(self.margin(pad) + pad + part() for part in self.parts(value, indent))

    def parts(self, value: Value, indent: int) -> list[Callable[[], str]]:
        """Return writers of the items or entries of a collection, without their indentation."""
        if isinstance(value, list):
            return [partial(self.item, item, indent) for item in value]
        return [partial(self.entry, key, item, indent) for key, item in value.items()]

    def entry(self, key: str, value: Value, indent: int) -> str:
        """Return a key and what it holds."""
        name = self.quoted(key)
        if self.chance(8):
            return f"? {name}{self.line_end()}" + self.explicit(value, indent)
        if value is None and self.chance(30):
            return f"{name}:{self.line_end()}"
        if not _has_content(value) or self.chance(0 if self.in_lines else 15):
            return f"{name}: {self.inline(value, indent + 2)}"
        anchor = self.anchor(value)
        head = f"{name}: {anchor}".rstrip() + self.line_end()
        if anchor.startswith("*"):
            return head
        deeper = 2 if isinstance(value, dict) or self.chance(50) else 0
        text = head + self.block(value, indent + deeper)
        if anchor:
            # Only now: no alias may stand inside its own anchor.
            self.anchored.append((anchor[1:], value))
        return text

    def explicit(self, value: Value, indent: int) -> str:
        """Return the value of an explicit key, with its colon."""
        pad = " " * indent
        if value is None and self.chance(30):
            return self.margin(pad)
        colon = self.margin(pad) + pad + ":"
        if not _has_content(value) or self.chance(0 if self.in_lines else 15):
            return f"{colon} {self.inline(value, indent + 2)}"
        if self.chance(30):
            first, *others = self.parts(value, indent + 2)
            pad += "  "
            rest = "".join(self.margin(pad) + pad + other() for other in others)
            return f"{colon} {first()}{rest}"
        deeper = 2 if isinstance(value, dict) or self.chance(50) else 0
        return colon + self.line_end() + self.block(value, indent + deeper)

    def item(self, value: Value, indent: int) -> str:
        """Return a dash and its item."""
        if not _has_content(value) or self.chance(0 if self.in_lines else 15):
            return f"- {self.inline(value, indent + 2)}"
        if isinstance(value, list) or self.chance(10):
            return f"-{self.line_end()}" + self.block(value, indent + 2)
        if self.chance(10):
            return "- # first\n" + self.block(value, indent + 2)
        first, *others = self.parts(value, indent + 2)
        pad = " " * (indent + 2)
        return "- " + first() + "".join(self.margin(pad) + pad + other() for other in others)

    def inline(self, value: Value, indent: int) -> str:
        """Return a value that begins on the line of its key, with the end of that line."""
        if isinstance(value, str) and value.strip() and self.chance(15) and value[0] not in " \t\n":
            return self.literal(value, indent)
        if _has_content(value) and self.chance(40):
            return self.flow_lines(value, indent, json_like=self.chance(30)) + self.line_end()
        return self.flow(value, json_like=self.chance(30)) + self.line_end()

    def literal(self, value: str, indent: int) -> str:
        """Return a string as a block scalar, with the chomping it needs."""
        self.behind_literal = True
        text = value.rstrip("\n")
        breaks = len(value) - len(text)
        chomping = ("-", "")[breaks] if breaks < 2 else "+"
        lines = (f"{' ' * indent}{line}" if line else "" for line in text.split("\n"))
        content = f"|{chomping}\n" + "\n".join(lines) + "\n" * max(1, breaks)
        if breaks < 2 and self.chance(20):
            content += " " * self.random.randint(0, indent) + "\n"
        return content

    def flow_lines(self, value: Value, indent: int, *, json_like: bool) -> str:
        """Return a value in braces and brackets, each member on its own line."""
        pad = " " * (indent + 2)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        inner = value if isinstance(value, list) else [{key: value[key]} for key in value]
        members = [
            self.flow(each, json_like=json_like)[slice(*((1, -1) if opening == "{" else (0, None)))]
            for each in inner
        ]
        comma_behind_all = not json_like and self.chance(30)
        lines = [
            pad + member + ("," if number < len(members) or comma_behind_all else "")
            for number, member in enumerate(members, 1)
        ]
        margins = ["" if json_like else self.margin(pad) for _ in lines]
        ends = ["\n" if json_like else self.line_end() for _ in lines]
        text = "".join(map("".join, zip(margins, lines, ends, strict=True)))
        return f"{opening}\n{text}{' ' * indent}{closing}"

    def flow(self, value: Value, *, json_like: bool) -> str:
        """Return a value on one line, in braces and brackets; quoted as JSON if asked for."""
        if isinstance(value, dict):
            entries = (self.flow_entry(*each, json_like=json_like) for each in value.items())
            return "{" + ", ".join(entries) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(item, json_like=json_like) for item in value) + "]"
        if isinstance(value, str) and not json_like:
            return self.quoted(value)
        return json.dumps(value, ensure_ascii=False)

    def flow_entry(self, key: str, value: Value, *, json_like: bool) -> str:
        """Return a key and a value between braces."""
        if json_like:
            return f"{json.dumps(key)}: {self.flow(value, json_like=True)}"
        name = self.quoted(key)
        if value is None and self.chance(40):
            return name + self.random.choice(["", ": ", " : "])
        mark = "? " if self.chance(5) else ""
        return f"{mark}{name}: {self.flow(value, json_like=False)}"

    def quoted(self, text: str) -> str:
        """Return a string, plain where that is safe, or in quotes."""
        if _PLAIN.match(text) and text.lower() not in _WORDS and self.chance(70):
            return text
        if text.isprintable() and self.chance(40):
            return "'" + text.replace("'", "''") + "'"
        return json.dumps(text, ensure_ascii=False)

    def anchor(self, value: Value) -> str:
        """Return an anchor to set, an alias to use, or nothing."""
        for name, known in self.anchored:
            if known == value and self.chance(70):
                return f"*{name}"
        if self.in_lines or not self.chance(25):
            return ""
        self.anchors += 1
        return f"&a{self.anchors}"

    def margin(self, pad: str) -> str:
        """Return the comment or blank line, if any, before a line at `pad`."""
        # Behind a literal, blank lines and deeper comments would be part of it.
        choices = 1 if self.behind_literal else 3
        self.behind_literal = False
        if not self.chance(12):
            return ""
        margins = [f"{pad}# note: - {{x\n", "\n", f"{pad}  # deeper\n"]
        return self.random.choice(margins[:choices])

    def line_end(self) -> str:
        """Return the end of a line, perhaps with a comment."""
        comments = ["  # why: [not]\n", "  # c82q {a\n", " # a, b: }\n"]
        return self.random.choice(comments) if self.chance(self.comments) else "\n"


def save(draw: st.DrawFn, text: str) -> bytes:
    """Return `text` as one editor or another saves it."""
    raw = (text.rstrip("\n") if draw(st.integers(0, 3)) == 0 else text).encode()
    if draw(st.integers(0, 3)) == 0:
        raw = raw.replace(b"\n", b"\r\n")
    return b"\xef\xbb\xbf" + raw if draw(st.integers(0, 5)) == 0 else raw


def _has_content(value: Value) -> bool:
    return isinstance(value, (dict, list)) and bool(value)
