"""The command line: settings, options for the output, and files."""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentError, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator

from fix_ksm_probes.settings.fields import FIELDS
from fix_ksm_probes.settings.kinds import Choices, Field, Labels, nearest, not_one_of
from fix_ksm_probes.yamlpatch import BadInput, NamedTuple

# mypy reads it as True; importing typing takes as long as a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

PROGRAM = "fix-ksm-probes"
ON, OFF = "true", "false"
_FEW = 4
# Flags of other tools, and the flag that does the same here.
_ELSEWHERE = {
    **dict.fromkeys(("--fix", "--in-place", "--inplace", "-i", "-w"), "use --write"),
    **dict.fromkeys(("--dry-run", "--diff"), "use --output=diff, which writes no file"),
    **dict.fromkeys(("--format", "--output-format"), "use --output"),
    **dict.fromkeys(("-f", "--file", "--filename", "-r", "-R", "--recursive"), "give PATH alone"),
    **dict.fromkeys(("-n", "--namespace"), "use --target-namespace"),
    **dict.fromkeys(("-l", "--selector"), "use --target-labels"),
    **dict.fromkeys(("-v", "-vv", "--verbose"), "use --explain, or -V for the version"),
    "--check": "use --mode=check",
    "--config": "give the settings as flags",
    "-m": "use --mode",
    "--exclude": "give the PATHs to read",
    "--select": "use --fail-on",
    "--ignore": "annotate the workload with ignore.fix-ksm-probes.dev/REASON",
}
_USAGE = """\
fix-ksm-probes [OPTIONS] < MANIFESTS
       fix-ksm-probes [OPTIONS] PATH..."""


class Option(NamedTuple):
    """A flag that is no setting; `choices` are its values, empty for any text.

    `alone` is its value if it is given without one; if that is empty, the next word may be the
    value. `short` is its other name, and `metavar` the name of the value in the help.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    alone: str | None = None
    short: str = ""
    metavar: str = ""

    @property
    def flag(self) -> str:
        """Return the flag as people write it."""
        return f"--{self.name}"


def options(outputs: tuple[str, ...]) -> tuple[Option, ...]:
    """Return the flags that are no settings; `outputs` are the values of `--output`."""
    switch = (ON, OFF)
    return (
        Option("write", "replace the files in PATH with the repaired ones", switch, ON),
        Option("output", "what goes to stdout", outputs, None, "-o", "OUTPUT"),
        Option(
            "explain", "draw the route of each probe from the kubelet", ("text", "mermaid"), "text"
        ),
        Option(
            "stdin-filename", "the file name of stdin, in outputs that show one", metavar="FILE"
        ),
        Option("quiet", "write only errors to stderr", switch, ON, "-q"),
        Option(
            "rule", "explain a reason; without a value, list all of them", (), "", metavar="REASON"
        ),
        Option("schema", "print the JSON Schema of the settings", ("json", "definition"), "json"),
        Option("version", "print the version", switch, ON, "-V"),
        Option("help", "print this help", switch, ON, "-h"),
    )


class Arguments(NamedTuple):
    """The arguments: files, settings and how they were typed, and other flags by name."""

    paths: tuple[str, ...]
    settings: dict[str, object]
    typed: dict[str, str]
    options: dict[str, str]


class _Keep(Action):
    """Stores a flag as it was typed, and its value."""

    def __call__(
        self,
        parser: ArgumentParser,  # noqa: ARG002 (as argparse calls it)
        namespace: Namespace,
        value: object,
        typed: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, (typed, ON if self.nargs == 0 else value))


class _Join(_Keep):
    """Joins the values of a flag that takes a list and is given more than once."""

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        value: object,
        typed: str | None = None,
    ) -> None:
        _, before = getattr(namespace, self.dest, ("", ""))
        both = ",".join(filter(None, (before, str(value))))
        super().__call__(parser, namespace, both, typed)


def parser(outputs: tuple[str, ...]) -> ArgumentParser:
    """Return the parser of the command line, which also formats the help."""
    made = ArgumentParser(
        PROGRAM,
        _USAGE,
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
        formatter_class=_Formatter,
    )
    made.add_argument("paths", nargs="*", metavar="PATH", help="a file, a folder, or - for stdin")
    given = made.add_argument_group("options")
    for option in options(outputs):
        is_long = len(option.choices) > 3
        metavar = "|".join(option.choices) if option.choices and not is_long else option.metavar
        given.add_argument(
            *filter(None, (option.short, option.flag)),
            dest=option.name,
            action=_Keep,
            default=SUPPRESS,
            nargs=0 if _is_switch(option) else None if option.alone is None else "?",
            metavar=metavar,
            help=option.help + (f": {', '.join(option.choices)}" if is_long else ""),
        )
    settings = made.add_argument_group(
        "settings", "as in a functionConfig; --answeredBy is the same as --answered-by"
    )
    for field in FIELDS:
        about = [field.help]
        # The help shows a word or two for the value; those of --fail-on are listed by --rule.
        if 2 < len(field.choices) <= _FEW:
            about.append(f"accepted: {', '.join(field.choices)}")
        if field.shown_default not in ("", OFF, ",".join(field.choices)):
            about.append(f"default: {field.shown_default}")
        if field.modes:
            about.append(f"only in mode {', '.join(field.modes)}")
        for name in dict.fromkeys((field.flag, f"--{field.name}")):
            settings.add_argument(
                name,
                dest=field.name,
                action=_Join if isinstance(field, (Choices, Labels)) else _Keep,
                default=SUPPRESS,
                metavar=_metavar(field),
                help="; ".join(about).replace("%", "%%") if name == field.flag else SUPPRESS,
            )
    return made


def _metavar(field: Field) -> str:
    if field.alone:
        return ""
    if len(field.choices) > _FEW:
        return "REASON,..."
    return "|".join(field.choices) if len(field.choices) == 2 else str(field.place[-1]).upper()


class _Formatter(RawDescriptionHelpFormatter):
    """Formats the help for 80 columns, and breaks no name at its hyphens."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=80)

    def _split_lines(self, text: str, width: int) -> list[str]:
        from textwrap import wrap

        return wrap(text, width, break_on_hyphens=False)


def read_arguments(words: list[str], outputs: tuple[str, ...]) -> Arguments:
    """Return the arguments in `words`. Raises BadInput.

    Flags and paths may come in any order; words after `--` are paths.
    """
    flags: dict[str, Option | Field] = {}
    for option in options(outputs):
        flags |= dict.fromkeys(filter(None, (option.flag, option.short)), option)
    for field in FIELDS:
        flags |= dict.fromkeys((field.flag, f"--{field.name}"), field)
    end = words.index("--") if "--" in words else len(words)
    try:
        found, others = parser(outputs).parse_known_args(list(_spelled(words[:end], flags)))
    except ArgumentError as error:
        flag = flags[str(error.argument_name).rpartition("/")[2]]
        accepted = ", ".join(flag.choices) or getattr(flag, "accepted", "text")
        why = error.message if flag.alone else f"a value is required; accepted: {accepted}"
        raise BadInput(f"{error.argument_name}: {why}") from None
    for word in others:
        if word.startswith("-") and word != "-":
            name = word.partition("=")[0]
            raise BadInput(f"{name}: unknown{_meant(name, flags)}")
    paths = (*found.paths, *others, *words[end + 1 :])
    del found.paths
    settings: dict[str, object] = {}
    typed: dict[str, str] = {}
    given: dict[str, str] = {}
    for name, value in vars(found).values():
        flag = flags[name]
        if isinstance(flag, Field):
            settings[flag.name] = flag.read(flag.from_text(value), name)
            typed[flag.name] = name
        elif flag.choices and value not in flag.choices:
            raise BadInput(f"{flag.flag}: {not_one_of(flag.choices, value)}")
        else:
            given[flag.name] = value or ""
    if "explain" in given and "output" in given:
        raise BadInput("--explain: not accepted with --output; it is an output itself")
    return Arguments(paths, settings, typed, given)


def _meant(name: str, flags: dict[str, Option | Field]) -> str:
    """Return the known flag that an unknown one may mean."""
    if name in _ELSEWHERE:
        return f"; {_ELSEWHERE[name]}"
    # In the style that was typed: --fail-on, or --failOn.
    has_humps = name != name.lower()
    named = (each for each in flags if has_humps or each == each.lower())
    return nearest(name, tuple(named)) or "; see --help"


def _spelled(words: Iterable[str], flags: dict[str, Option | Field]) -> Iterator[str]:
    """Yield the words for argparse.

    argparse would give the next word to a flag that needs no value.
    """
    for word in words:
        name, equals, value = word.partition("=")
        flag = flags.get(name)
        if flag and _is_switch(flag) and equals:
            if value not in flag.choices:
                raise BadInput(f"{name}: {not_one_of(flag.choices, value)}")
            # A switch that is off counts as not given.
            yield from () if value == OFF else (name,)
        elif flag and flag.alone and not equals and not _is_switch(flag):
            yield f"{name}={flag.alone}"
        else:
            yield word


def _is_switch(flag: Option | Field) -> bool:
    return isinstance(flag, Option) and flag.alone == ON
