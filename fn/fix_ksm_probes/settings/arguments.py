"""The command line: settings, and how the outcome is to be written."""

from __future__ import annotations

from fix_ksm_probes.report.outputs.form import EXPLAIN, MANIFESTS, MERMAID, OUTPUTS, STDIN, Form
from fix_ksm_probes.settings.fields import FIELDS, Field
from fix_ksm_probes.settings.function_config import read_flat
from fix_ksm_probes.yamlpatch import BadInput
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

TEXT = "text"
TRUTH = ("true", "false")


class Option(NamedTuple):
    """A flag that is no setting; `choices` are its values, none for any text.

    One with a `default` may stand without a value.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    default: str = ""


OPTIONS = (
    Option("output", "what goes to stdout, -o for short", OUTPUTS),
    Option("explain", "draws the way of each probe instead", (TEXT, MERMAID), TEXT),
    Option("stdin-filename", "the file that stdin comes from, for diff, github and sarif"),
    Option("quiet", "nothing on stderr but errors", TRUTH, "true"),
)


class Arguments(NamedTuple):
    """The command line, read: the config file of an exec plugin, the settings, and the form."""

    config_file: str | None
    settings: dict[str, object]
    form: Form


def read_arguments(words: list[str]) -> Arguments:
    """Return what the arguments `words` ask for. Raises BadInput."""
    rest = list(words)
    config_file = rest.pop(0) if rest and not rest[0].startswith("-") else None
    options = {option.name: option for option in OPTIONS}
    fields = {spelled: field for field in FIELDS for spelled in (field.name, kebab(field))}
    settings: dict[object, object] = {}
    wanted: dict[str, str] = {}
    while rest:
        word = rest.pop(0)
        spelled = _spelled_out(word)
        name, equals, value = spelled.removeprefix("--").partition("=")
        if not word.startswith("-"):
            raise BadInput(
                f"argument {word!r}: no file is accepted; manifests come on stdin: < FILE"
            )
        if not spelled.startswith("--") or not (name in options or name in fields):
            accepted = ", ".join(f"--{each}" for each in (*map(kebab, FIELDS), *options))
            raise BadInput(f"argument {word!r}: unknown; accepted are {accepted}")
        option = options.get(name)
        default = option.default if option else _meant_alone(fields[name])
        if not equals and not default and not rest:
            raise BadInput(f"argument --{name}: a value is missing")
        if not equals:
            value = default or rest.pop(0)
        if option is None:
            settings[fields[name].name] = value
        elif option.choices and value not in option.choices:
            choices = " or ".join(option.choices)
            raise BadInput(f"argument --{name}: {choices} is accepted, not {value!r}")
        else:
            wanted[name] = value
    if "explain" in wanted and "output" in wanted:
        raise BadInput("argument --explain: it is an output of its own; --output is not accepted")
    drawn = {TEXT: EXPLAIN, MERMAID: MERMAID}.get(wanted.get("explain", ""))
    form = Form(
        drawn or wanted.get("output", MANIFESTS),
        wanted.get("stdin-filename", STDIN),
        wanted.get("quiet") == "true",
        table=config_file is None,
    )
    return Arguments(config_file, read_flat(settings, "--"), form)


def _meant_alone(field: Field) -> str:
    return "true" if field.type == "switch" else ""


def _spelled_out(word: str) -> str:
    # As kubectl takes it: `-o diff`, `-o=diff` and `-odiff`.
    if word[:2] != "-o" or word == "-o":
        return "--output" if word == "-o" else word
    return "--output=" + word[2:].removeprefix("=")


def kebab(field: Field) -> str:
    """Return the name of a setting as flags are mostly written."""
    return "".join("-" + letter.lower() if letter.isupper() else letter for letter in field.name)
