"""The command line: settings, how the outcome is to be written, and files."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator

from fix_ksm_probes.settings.fields import FIELDS
from fix_ksm_probes.settings.kinds import Switch, nearest, not_one_of
from fix_ksm_probes.yamlpatch import BadInput
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

# Read as true by mypy; to import typing would take as long as a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

PROGRAM = "fix-ksm-probes"
ON, OFF = "true", "false"
_USAGE = """\
fix-ksm-probes [OPTIONS] < MANIFESTS
       fix-ksm-probes [OPTIONS] PATH..."""


class Option(NamedTuple):
    """A flag that is no setting; `choices` are its values, none for any text.

    It may stand without a value where `alone` says what it then means; `short` is its other name.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    alone: str | None = None
    short: str = ""


def options(outputs: tuple[str, ...]) -> tuple[Option, ...]:
    """Return the flags that are no settings, `outputs` being what can go to stdout."""
    return (
        Option("write", "replace the files in PATH with the repaired ones", (ON,), ON),
        Option("output", "what goes to stdout", outputs, short="-o"),
        Option(
            "explain", "draw the route of each probe from the kubelet", ("text", "mermaid"), "text"
        ),
        Option("stdin-filename", "the file name of stdin, in outputs that show one"),
        Option("quiet", "write only errors to stderr", (ON, OFF), ON, "-q"),
        Option("rule", "explain a reason; without a value, list all of them", (), ""),
        Option("schema", "print the JSON Schema of the settings", ("json", "definition"), "json"),
        Option("version", "print the version", (ON,), ON, "-V"),
        Option("help", "print this help", (ON,), ON, "-h"),
    )


class Arguments(NamedTuple):
    """The command line, read: files, settings and how they were typed, and other flags by name."""

    paths: tuple[str, ...]
    settings: dict[str, object]
    typed: dict[str, str]
    options: dict[str, str]


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(message)


def parser(outputs: tuple[str, ...]) -> ArgumentParser:
    """Return the parser of the command line, which also writes its help."""
    made = _Parser(PROGRAM, _USAGE, add_help=False, allow_abbrev=False, formatter_class=_formatter)
    made.add_argument("paths", nargs="*", metavar="PATH", help="a file, a folder, or - for stdin")
    given = made.add_argument_group("options")
    for option in options(outputs):
        metavar = "|".join(option.choices) if 0 < len(option.choices) < 4 else option.name.upper()
        name = f"--{option.name}"
        if option.choices[:1] == (ON,):
            given.add_argument(
                *filter(None, (option.short, name)),
                dest=option.name,
                action="store_const",
                const=ON,
                help=option.help,
            )
            continue
        given.add_argument(
            *filter(None, (option.short, name)),
            dest=option.name,
            nargs=None if option.alone is None else "?",
            const=option.alone,
            metavar=metavar,
            help=option.help
            + (f": {', '.join(option.choices)}" if len(option.choices) > 3 else ""),
        )
    settings = made.add_argument_group(
        "settings", "same as in a functionConfig; --answeredBy means --answered-by"
    )
    for field in FIELDS:
        about = [field.help]
        if field.choices:
            about.append(f"accepted: {', '.join(field.choices)}")
        if field.shown_default not in ("", OFF, ",".join(field.choices)):
            about.append(f"default: {field.shown_default}")
        if field.modes:
            about.append(f"mode: {', '.join(field.modes)}")
        kind = "" if isinstance(field, Switch) else field.place[-1]
        settings.add_argument(
            field.flag,
            dest=field.name,
            metavar=str(kind).upper(),
            help="; ".join(about).replace("%", "%%"),
        )
    return made


def _formatter(prog: str) -> RawDescriptionHelpFormatter:
    return RawDescriptionHelpFormatter(prog, max_help_position=28, width=80)


def read_arguments(words: list[str], outputs: tuple[str, ...]) -> Arguments:
    """Return what the arguments `words` ask for. Raises BadInput."""
    typed: dict[str, str] = {}
    known = {f"--{option.name}": option for option in options(outputs)}
    found = vars(parser(outputs).parse_intermixed_args(list(_spelled(words, known, typed))))
    wanted = {
        option.name: value for option in known.values() if (value := found[option.name]) is not None
    }
    for name, value in wanted.items():
        choices = known[f"--{name}"].choices
        if choices and value not in choices:
            raise BadInput(f"--{name}: {not_one_of(choices, value)}")
    if "explain" in wanted and "output" in wanted:
        raise BadInput("--explain: not accepted with --output; it is an output itself")
    settings: dict[str, object] = {}
    for field in FIELDS:
        text = found[field.name]
        if text is not None:
            settings[field.name] = field.read(field.from_text(text), typed[field.name])
    return Arguments(tuple(found["paths"]), settings, typed, wanted)


def _spelled(words: list[str], known: dict[str, Option], typed: dict[str, str]) -> Iterator[str]:
    """Yield the words as the parser knows them, and note in `typed` how settings were written."""
    fields = {spelled: field for field in FIELDS for spelled in (field.flag, f"--{field.name}")}
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if word == "--":
            yield from words[index:]
            return
        if name in fields:
            field = fields[name]
            typed[field.name] = name
            # A switch takes no word that follows; argparse would give it a path.
            yield (
                field.flag
                + (f"={ON}" if isinstance(field, Switch) and not equals else "")
                + (equals + value)
            )
        elif name in known:
            option = known[name]
            if option.choices == (ON, OFF) and equals and value in option.choices:
                yield from [name] if value == ON else []
            elif option.choices and option.choices[0] != ON and option.alone and not equals:
                yield f"{name}={option.alone}"
            else:
                yield word
        elif word.startswith("--"):
            accepted = (*known, *(each.flag for each in FIELDS))
            hint = nearest(name, accepted) or "; see --help"
            raise BadInput(f"{name}: unknown{hint}")
        else:
            yield word
