"""Command lines as Kubernetes expands them, and as Go's pflag, flag and kingpin read them."""

from __future__ import annotations

import re

from fix_ksm_probes.manifests.placeholders import find_placeholder, replace_placeholders
from fix_ksm_probes.manifests.pod import Argument, Container
from fix_ksm_probes.programs.listeners import BAD_VALUE, HIDDEN, POD_IP, Stopped, exits
from fix_ksm_probes.yamlpatch import BadInput, NamedTuple

# Compiled at first use, as most runs need few of them.
_REFERENCE = r"\$\$|\$\(([^()]*)\)"
# `NAME_PORT` alone is a URL, `tcp://...`: no host and no port, as the reference itself.
_OF_A_SERVICE = r"_SERVICE_(HOST|PORT)|_PORT_"
_FIELD = r'(?:\A|(?<=,))("(?:[^"]|"")*"|[^",]*)(?=,|\Z)'
_RECORD = r'(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*\Z'
_FIELDS = {"status.podIP": POD_IP, "status.hostIP": HIDDEN}
# Variables that refer to variables can double in size many times.
_LARGEST_EXPANSION = 100_000
# Linux starts no program with a longer argument.
_LONGEST_WORD = 131_071
# Each probe is compared with each listed path, letter by letter.
_LARGEST_SLICE = 4000

# The packages that read command lines.
PFLAG = "pflag"
GO_FLAG = "flag"
KINGPIN = "kingpin"

_LAUNCHERS = frozenset(("tini", "dumb-init", "catatonit"))
# Flags of inits that take the next word.
_OF_LAUNCHERS = frozenset(("-e", "-p", "-r", "--rewrite"))


class Word(NamedTuple):
    """One word of a command line, expanded, and the argument that it comes from."""

    text: str
    argument: Argument


class Flag(NamedTuple):
    """One flag as given; the last of its one or two `arguments` holds the value."""

    name: str
    value: str
    arguments: tuple[Argument, ...]

    @property
    def argument(self) -> Argument:
        """Return the word that holds the value."""
        return self.arguments[-1]

    @property
    def written(self) -> str:
        """Return the flag as the manifest gives it."""
        return " ".join(argument.text or "" for argument in self.arguments)

    @property
    def is_hidden(self) -> bool:
        """Tell whether its value is not known, or a part of it."""
        return HIDDEN in self.value


class FlagSet(NamedTuple):
    """The flags of a program, as far as needed to read its command line.

    `values` take a value, in the same word or the next; `shorthands` are their one-letter names;
    `switches` never take the next word. If `underscores` is set, they count as dashes. `style` is
    the package that reads them: PFLAG, GO_FLAG or KINGPIN.
    """

    values: frozenset[str]
    switches: frozenset[str]
    shorthands: frozenset[str]
    underscores: bool = False
    style: str = PFLAG


class CommandLine(NamedTuple):
    """The flags of a command line, in their order, and its other words.

    `is_cut` says that the last flag lacks its value.
    """

    flags: tuple[Flag, ...] = ()
    positionals: tuple[str, ...] = ()
    is_cut: bool = False

    @property
    def is_hidden(self) -> bool:
        """Tell whether a word may be any flag, because its text is hidden."""
        return any(HIDDEN in each for each in (*self.positionals, *(f.name for f in self.flags)))

    def last(self, name: str) -> Flag | None:
        """Return the flag that decides: the last one, if it is given several times."""
        for flag in reversed(self.flags):
            if flag.name == name:
                return flag
        return None

    def given(self, name: str) -> Flag | None:
        """Return the flag that decides; None if its value is empty."""
        flag = self.last(name)
        return flag if flag and flag.value else None

    def known(self, name: str) -> Flag | None:
        """Return the flag that decides; None if its value is empty or hidden."""
        flag = self.given(name)
        return None if flag is None or flag.is_hidden else flag

    def is_on(self, name: str) -> bool | None:
        """Tell whether a switch is set; None if that is hidden."""
        switch = self.last(name)
        if switch is None:
            return False
        return None if switch.is_hidden else go_bool(switch.value) is not False

    def elements(self, name: str) -> tuple[str, ...]:
        """Return the elements of a slice flag: of all its occurrences, each one a CSV record.

        Raises Stopped if one is no such record, and BadInput if they are too many.
        """
        flags = [flag for flag in self.flags if flag.name == name and flag.value]
        size = sum(len(flag.value) for flag in flags)
        if size > _LARGEST_SLICE:
            accepted = f"at most {_LARGEST_SLICE} are accepted"
            raise BadInput(f"an argument --{name} lists {size} characters; {accepted}")
        records = [_read_record(flag.value) for flag in flags]
        if None in records:
            raise exits(BAD_VALUE, f"--{name}")
        return tuple(element for record in records for element in record or ())


def expand(arguments: tuple[Argument, ...], container: Container) -> tuple[Word, ...]:
    """Return `arguments` with `$(VAR)` expanded from the env of `container`.

    POD_IP and HIDDEN stand for values that the manifest does not show. A reference to nothing stays
    as written, and `$$` is `$` (Kubernetes, `expansion.Expand`).
    """
    names_are_open = any(find_placeholder(each.name) for each in container.env)
    is_open = bool(container.env_from) or names_are_open
    expansion = _Expansion(container.variables, is_open=is_open)
    for variable in container.env:
        if variable.value is not None:
            expansion.known[variable.name] = expansion.expand(variable.value)
        else:
            expansion.known[variable.name] = _FIELDS.get(variable.field or "", HIDDEN)
    return tuple(
        Word(HIDDEN if argument.text is None else expansion.expand(argument.text), argument)
        for argument in arguments
    )


class _Expansion:
    def __init__(self, names: list[str] | None, *, is_open: bool) -> None:
        self.names = names
        self.known: dict[str, str] = {}
        self.is_open = is_open
        self.budget = _LARGEST_EXPANSION

    def expand(self, text: str) -> str:
        """Return `text` with its references expanded, HIDDEN if that grows too large."""
        text = replace_placeholders(text, HIDDEN, self.names)
        expanded = re.sub(_REFERENCE, self.value_of, text) if "$" in text else text
        return expanded if len(expanded) <= _LONGEST_WORD else HIDDEN

    def value_of(self, reference: re.Match[str]) -> str:
        """Return the text for `reference`, as long as the budget lasts."""
        name = reference[1]
        if name is None:
            return "$"
        if name in self.known:
            self.budget -= len(self.known[name])
            return self.known[name] if self.budget >= 0 else HIDDEN
        return HIDDEN if self.is_open or re.search(_OF_A_SERVICE, name) else reference[0]


def read_command_line(words: tuple[Word, ...], flag_set: FlagSet) -> CommandLine:
    """Return the flags in `words` as the package that `flag_set` names reads them.

    pflag 1.0 reads `--a=b`, `--a b`, `-a b`; Go's flag `-a=b`, `-a b`, both with one dash or two,
    up to the first other word; kingpin 2 as pflag, `--no-a` for a switch, and `@FILE` for more
    words. `--` ends the flags for all of them. A word after an unknown flag counts as its value.
    """
    flags: list[Flag] = []
    positionals: list[str] = []
    is_cut = False
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        name, value, has_value = _split_flag(word.text, flag_set)
        if word.text == "--" or (not name and flag_set.style == GO_FLAG):
            rest += () if word.text == "--" else (word,)
            positionals += (each.text for each in reversed(rest))
            break
        if not name:
            positionals.append(value or word.text)
        elif has_value or not _takes_next(rest, name, flag_set):
            flags.append(Flag(name, value, (word.argument,)))
        elif rest:
            following = rest.pop()
            flags.append(Flag(name, following.text, (word.argument, following.argument)))
        else:
            is_cut = True
    return CommandLine(tuple(flags), tuple(positionals), is_cut)


def _split_flag(text: str, flag_set: FlagSet) -> tuple[str, str, bool]:
    """Return name and value of a flag, and whether `text` has the value; no name if no flag."""
    is_long = text.startswith("--") or (flag_set.style == GO_FLAG and text[:1] == "-")
    if is_long and text != "-":
        name, equals, value = text.removeprefix("-").removeprefix("-").partition("=")
        if flag_set.style == KINGPIN and name.removeprefix("no-") in flag_set.switches - {name}:
            return name.removeprefix("no-"), "false", True
        return name.replace("_", "-") if flag_set.underscores else name, value, bool(equals)
    if text.startswith("-") and len(text) > 1:
        return text[:2], text[2:].removeprefix("="), bool(text[2:])
    # The file may contain any words.
    return "", HIDDEN if flag_set.style == KINGPIN and text.startswith("@") else "", False


def _takes_next(rest: list[Word], name: str, flag_set: FlagSet) -> bool:
    if name.startswith("-"):
        return name in flag_set.shorthands
    if name in flag_set.values:
        return True
    return name not in flag_set.switches and bool(rest) and not rest[-1].text.startswith("-")


def started_words(container: Container) -> tuple[Argument, ...]:
    """Return the program that `command` starts, and its arguments; nothing without a `command`.

    An init such as tini and its own flags are left out: it starts the words after them.
    """
    words = (*container.command, *container.args) if container.command else ()
    if not words or basename(words[0]) not in _LAUNCHERS:
        return words
    rest = 1
    while rest < len(words) and (text := words[rest].text or "").startswith("-"):
        rest += 2 if text in _OF_LAUNCHERS else 1
        if text == "--":
            break
    return words[rest:]


def basename(argument: Argument) -> str:
    """Return the last part of a path."""
    return (argument.text or "").rpartition("/")[2]


def _read_record(text: str) -> list[str] | None:
    line = text.partition("\n")[0]
    if '"' not in line:
        return line.split(",")
    if not re.match(_RECORD, line):
        return None
    return [
        field[1:-1].replace('""', '"') if field.startswith('"') else field
        for field in re.findall(_FIELD, line)
    ]


def refused(flag: Flag, why: str = BAD_VALUE) -> Stopped:
    """Return, to be raised, that a program exits because of a flag with its value."""
    return exits(why, flag.written)


def go_int(text: str) -> int | None:
    """Return an integer as Go's ParseInt with base 0 reads it (`010` is 8), else None."""
    if text != text.strip():
        return None
    digits = text.lstrip("+-")
    if digits[:1] == "0" and digits[1:].isdecimal():
        text = text.replace("0", "0o", 1)
    try:
        return int(text, 0)
    except ValueError:
        return None


def go_bool(text: str) -> bool | None:
    """Return a truth value as Go's ParseBool reads it, else None."""
    if text in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    return False if text in ("0", "f", "F", "false", "FALSE", "False") else None
