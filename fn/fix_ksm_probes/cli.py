"""The command: stdin, stdout, stderr, arguments and exit code, and nothing else."""

from __future__ import annotations

import os
import sys

from fix_ksm_probes import __version__
from fix_ksm_probes.config import FIELDS, Field, read_flat
from fix_ksm_probes.errors import BadInput
from fix_ksm_probes.manual import manual
from fix_ksm_probes.pipeline import Output, run


def main() -> None:
    """Run the command and end the process with its exit code."""
    sys.exit(_main(sys.argv[1:]))


def _main(arguments: list[str]) -> int:
    if arguments == ["--help"]:
        return _write(Output(manual().encode(), (), 0))
    if arguments == ["--version"]:
        return _write(Output(f"fix-ksm-probes {__version__}\n".encode(), (), 0))
    try:
        config_file, flags = _read_arguments(arguments)
        config = None if config_file is None else _read_file(config_file)
        return _write(run(_read_stdin(), flags, config))
    except BadInput as error:
        return _write(Output(b"", (f"error: {error}",), 1))


def _read_arguments(arguments: list[str]) -> tuple[str | None, dict[str, object]]:
    config_file = None
    settings: dict[object, object] = {}
    rest = list(arguments)
    if rest and not rest[0].startswith("-"):
        config_file = rest.pop(0)
    names = {spelled: field.name for field in FIELDS for spelled in (field.name, _kebab(field))}
    while rest:
        argument = rest.pop(0)
        name, equals, value = argument.removeprefix("--").partition("=")
        if not argument.startswith("--") or name not in names:
            accepted = ", ".join(f"--{_kebab(field)}" for field in FIELDS)
            raise BadInput(f"argument {argument!r}: unknown; accepted are {accepted}")
        if not equals:
            if not rest:
                raise BadInput(f"argument --{name}: a value is missing")
            value = rest.pop(0)
        settings[names[name]] = value
    return config_file, read_flat(settings, "--")


def _kebab(field: Field) -> str:
    return "".join("-" + letter.lower() if letter.isupper() else letter for letter in field.name)


def _read_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (pathlib costs more than the run)
            return file.read()
    except OSError as error:
        raise BadInput(f"config file {path!r}: {error.strerror}") from None


def _read_stdin() -> bytes:
    try:
        with open(0, "rb", closefd=False) as stdin:
            return stdin.read()
    except OSError as error:
        raise BadInput(f"stdin: {error.strerror}") from None


def _write(output: Output) -> int:
    for line in output.stderr:
        _complain(line)
    # Unbuffered: nothing is left to be lost when the interpreter ends.
    rest = memoryview(output.stdout)
    try:
        while rest:
            rest = rest[os.write(1, rest) :]
    except OSError as error:
        _complain(f"error: stdout: {error.strerror}")
        return 1
    return output.exit_code


def _complain(line: str) -> None:
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"fix-ksm-probes: {line}\n")
        except OSError:
            # Nobody listens; the exit code still tells.
            return
