"""The command line: settings, how the outcome is to be written, and files.

It is read here and not by argparse, which takes 2.7 ms of processor time to know these flags, a
tenth of a run, against 0.15; whose errors name neither what is accepted nor what is meant; and
whose help is another one in each version of Python.
"""

from __future__ import annotations

from fix_ksm_probes.settings.fields import FIELDS
from fix_ksm_probes.settings.kinds import Field, nearest, not_one_of
from fix_ksm_probes.yamlpatch import BadInput
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

ON, OFF = "true", "false"


class Option(NamedTuple):
    """A flag that is no setting; `choices` are its values, none for any text.

    It may stand without a value where `alone` says what it then means; an empty one says that the
    next word may be its value. `short` is its other name.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    alone: str | None = None
    short: str = ""

    @property
    def flag(self) -> str:
        """Return the flag as it is written."""
        return f"--{self.name}"


def options(outputs: tuple[str, ...]) -> tuple[Option, ...]:
    """Return the flags that are no settings, `outputs` being what can go to stdout."""
    switch = (ON, OFF)
    return (
        Option("write", "replace the files in PATH with the repaired ones", switch, ON),
        Option("output", "what goes to stdout", outputs, short="-o"),
        Option(
            "explain", "draw the route of each probe from the kubelet", ("text", "mermaid"), "text"
        ),
        Option("stdin-filename", "the file name of stdin, in outputs that show one"),
        Option("quiet", "write only errors to stderr", switch, ON, "-q"),
        Option("rule", "explain a reason; without a value, list all of them", (), ""),
        Option("schema", "print the JSON Schema of the settings", ("json", "definition"), "json"),
        Option("version", "print the version", switch, ON, "-V"),
        Option("help", "print this help", switch, ON, "-h"),
    )


class Arguments(NamedTuple):
    """The command line, read: files, settings and how they were typed, and other flags by name."""

    paths: tuple[str, ...]
    settings: dict[str, object]
    typed: dict[str, str]
    options: dict[str, str]


def read_arguments(words: list[str], outputs: tuple[str, ...]) -> Arguments:
    """Return what the arguments `words` ask for. Raises BadInput.

    Flags and paths may stand in any order; what stands behind `--` is a path.
    """
    known: dict[str, Option | Field] = {}
    for option in options(outputs):
        known |= dict.fromkeys(filter(None, (option.flag, option.short)), option)
    for field in FIELDS:
        known |= dict.fromkeys((field.flag, f"--{field.name}"), field)
    paths: list[str] = []
    settings: dict[str, object] = {}
    typed: dict[str, str] = {}
    given: dict[str, str] = {}
    rest = words[::-1]
    while rest:
        word = rest.pop()
        if word == "--":
            paths += reversed(rest)
            break
        if not _is_flag(word):
            paths.append(word)
            continue
        name, value = _read_flag(word, known, rest)
        flag = known[name]
        if isinstance(flag, Field):
            settings[flag.name] = flag.read(flag.from_text(value), name)
            typed[flag.name] = name
        elif flag.choices and value not in flag.choices:
            raise BadInput(f"{flag.flag}: {not_one_of(flag.choices, value)}")
        else:
            given[flag.name] = value
    # A switch that is off is as good as none.
    given = {name: value for name, value in given.items() if value != OFF}
    if "explain" in given and "output" in given:
        raise BadInput("--explain: not accepted with --output; it is an output itself")
    return Arguments(tuple(paths), settings, typed, given)


def _is_flag(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _read_flag(word: str, known: dict[str, Option | Field], rest: list[str]) -> tuple[str, str]:
    """Return the name and the value of a flag, taken from `rest`, the last first, if need be."""
    name, attached, value = word.partition("=")
    if not word.startswith("--"):
        name, attached = word[:2], word[2:]
        value = attached.removeprefix("=")
    flag = known.get(name)
    if flag is None:
        raise BadInput(f"{name}: unknown{nearest(name, tuple(known)) or '; see --help'}")
    if attached and flag.alone == ON and not attached.startswith("="):
        # -qo diff is -q -o diff.
        rest.append(f"-{value}")
        return name, ON
    if attached:
        return name, value
    if not flag.alone and rest and not _is_flag(rest[-1]):
        return name, rest.pop()
    if flag.alone is None:
        accepted = ", ".join(flag.choices) or getattr(flag, "accepted", "text")
        raise BadInput(f"{name}: a value is required; accepted: {accepted}")
    return name, flag.alone
