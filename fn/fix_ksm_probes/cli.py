"""The command: stdin, stdout, stderr, arguments and exit code, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from fix_ksm_probes import __version__
from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import (
    BAD_INPUT,
    EXPLAIN,
    MANIFESTS,
    MERMAID,
    OUTPUTS,
    STDIN,
    Output,
    OutputOptions,
    error_line,
)
from fix_ksm_probes.yamlpatch import BadInput

# What kustomize sets for its exec plugins (api/internal/plugins/execplugin, 5.0 to 5.8).
_PLUGIN = ("KUSTOMIZE_PLUGIN_CONFIG_STRING", "KUSTOMIZE_PLUGIN_CONFIG_ROOT")


def run_command(words: list[str]) -> int:
    """Run the command with `words` as its arguments, and return its exit code."""
    try:
        # kustomize calls an exec plugin with its functionConfig, and then with its `argsOneLiner`.
        is_plugin = any(name in os.environ for name in _PLUGIN)
        config = (
            _read_file(words.pop(0))
            if is_plugin and words and not words[0].startswith("-")
            else None
        )
        if words:
            return _run(words, config)
        return _write(run(_read_stdin(), {}, config, _output_options({})))
    except BadInput as error:
        return _write(Output((), (error_line(str(error)),), BAD_INPUT))


def _run(words: list[str], config: bytes | None) -> int:
    from fix_ksm_probes.settings.arguments import read_arguments

    given = read_arguments(words, OUTPUTS)
    page = _page(given.options)
    if page is not None:
        return _write(Output((page.encode(),), (), 0))
    options = _output_options(given.options)
    paths = given.paths if given.paths != ("-",) else ()
    if "write" in given.options and not paths:
        raise BadInput("--write: a PATH is required, since it replaces files")
    if not paths or config is not None:
        return _write(run(_read_stdin(), given.settings, config, options, given.typed))
    if "output" in given.options and options.output == MANIFESTS:
        raise BadInput(
            "--output=manifests: accepted only without PATH; use --write to replace files"
        )
    if "stdin-filename" in given.options and "-" not in paths:
        raise BadInput("--stdin-filename: accepted only with stdin, and no PATH is -")
    from fix_ksm_probes.pipeline.files import Call, run_files

    shows = _is_terminal() and not options.quiet
    call = Call(
        paths,
        given.settings,
        given.typed,
        options,
        "write" in given.options,
        _read_stdin,
        _progress() if shows else lambda _number, _of: None,
    )
    return _write(run_files(call))


def _progress() -> Callable[[int, int], None]:
    """Return what draws a line of progress, once a second has passed, and wipes it at the end."""
    from time import monotonic

    began = drawn = monotonic()

    def draw(number: int, of: int) -> None:
        nonlocal drawn
        now = monotonic()
        if number == of and drawn > began:
            _write_stderr("\r\033[K")
        elif now - drawn > 1:
            drawn = now
            _write_stderr(f"\rfix-ksm-probes: {number} of {of} files read\033[K")

    return draw


def _output_options(flags: dict[str, str]) -> OutputOptions:
    drawn = {"text": EXPLAIN, "mermaid": MERMAID}.get(flags.get("explain", ""))
    return OutputOptions(
        drawn or flags.get("output", MANIFESTS),
        flags.get("stdin-filename", STDIN),
        # The drawing shows the findings.
        quiet="quiet" in flags or drawn is not None,
        # https://no-color.org
        coloured=_is_terminal() and not os.environ.get("NO_COLOR"),
        width=os.get_terminal_size(sys.stderr.fileno()).columns if _is_terminal() else 0,
    )


def _page(options: dict[str, str]) -> str | None:
    """Return what an option prints that reads no input; None where none is asked for."""
    if "help" in options:
        from fix_ksm_probes.settings.help import help_page

        return help_page(OUTPUTS)
    if "version" in options:
        return f"fix-ksm-probes {__version__}\n"
    if "rule" in options:
        from fix_ksm_probes.rules.catalogue import RULES
        from fix_ksm_probes.rules.pages import list_rules, rule_page
        from fix_ksm_probes.settings.kinds import not_one_of

        asked = options["rule"].lower()
        found = [rule for rule in RULES.values() if rule.id.lower() == asked]
        if asked and not found:
            raise BadInput(f"--rule: {not_one_of(tuple(RULES), options['rule'])}")
        return rule_page(found[0]) if found else list_rules()
    if options.get("schema") == "definition":
        from fix_ksm_probes.settings.schema import definition
        from fix_ksm_probes.yamlpatch.scalars import block_text

        return block_text(definition(), "", "\n") + "\n"
    if "schema" in options:
        import json

        from fix_ksm_probes.settings.schema import schema

        return json.dumps(schema(), indent=2) + "\n"
    return None


def _read_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (pathlib costs more than the run)
            return file.read()
    except OSError as error:
        raise BadInput(f"config file {path!r}: {error.strerror}") from None


def _read_stdin() -> bytes:
    try:
        if os.isatty(0):
            _write_stderr("fix-ksm-probes: reading stdin; press Ctrl-D to end it, or see --help\n")
        # Where nothing has come yet, a pipe that does not block would seem to have ended.
        os.set_blocking(0, True)
        with open(0, "rb", closefd=False) as stdin:
            return stdin.read()
    except OSError as error:
        raise BadInput(f"stdin: {error.strerror}") from None


def _write(output: Output) -> int:
    _write_stderr("".join(f"{line}\n" for line in output.stderr))
    # Unbuffered: nothing is left to be lost when the interpreter ends.
    try:
        for piece in output.pieces:
            rest = memoryview(piece)
            if rest:
                os.set_blocking(1, True)
            while rest:
                rest = rest[os.write(1, rest) :]
    except OSError as error:
        _write_stderr(error_line(f"stdout: {error.strerror}") + "\n")
        return BAD_INPUT
    return output.exit_code


def _write_stderr(text: str) -> None:
    if sys.stderr is not None:
        try:
            sys.stderr.write(text)
        except OSError:
            # stderr is closed; the exit code still says how the run ended.
            return


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
