"""Locale, environment, users and file systems make no difference."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.faults.started import COMMAND, run, whole

CLEAN = {"PATH": os.environ["PATH"]}
ENVIRONMENTS = {
    "none": {},
    "no-home": {"HOME": "/nonexistent"},
    "empty-home": {"HOME": ""},
    "c": {"LC_ALL": "C"},
    "posix": {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "latin-1": {"LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0"},
    "turkish": {"LC_ALL": "tr_TR.UTF-8"},
    "no-such-locale": {"LC_ALL": "xx_YY.KOI8-R", "LANG": "\udcff"},
    "ascii-streams": {"PYTHONIOENCODING": "ascii:strict"},
    "utf-16-streams": {"PYTHONIOENCODING": "utf-16"},
    "warnings-always": {"PYTHONWARNINGS": "always"},
    "warnings-are-errors": {"PYTHONWARNINGS": "error"},
    "development": {"PYTHONDEVMODE": "1"},
    "optimized": {"PYTHONOPTIMIZE": "2"},
    "unbuffered": {"PYTHONUNBUFFERED": "1"},
    "hash-seed": {"PYTHONHASHSEED": "4294967295"},
    "few-digits": {"PYTHONINTMAXSTRDIGITS": "640"},
    "debug-allocator": {"PYTHONMALLOC": "debug"},
    "no-bytecode": {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/nonexistent"},
    "inspect": {"PYTHONINSPECT": ""},
    "no-colour": {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "-1"},
    "time-zone": {"TZ": ":/dev/full"},
    "large": {"LARGE": "x" * 100_000},
    "settings-of-no-name": {"FIX_KSM_PROBES_MODE": "check", "MODE": "check"},
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_variable_makes_a_difference(name: str) -> None:
    """The same bytes and exit code, and the same stderr in the characters that it can write."""
    ended = run(env={**CLEAN, **ENVIRONMENTS[name]})

    assert (ended.code, ended.stdout) == (0, whole())
    assert b"Traceback" not in ended.stderr
    assert b"Warning" not in ended.stderr


def test_a_name_that_stderr_cannot_write_is_told_all_the_same() -> None:
    """Greek on an ASCII terminal becomes escapes, not an error."""
    ended = run(
        env={**CLEAN, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        arguments=["--mode=λάθος\udcff"],
    )

    assert (ended.code, ended.stdout) == (2, b"")
    assert len(ended.stderr.splitlines()) == 1
    assert b"mode" in ended.stderr


def test_a_file_system_that_takes_nothing() -> None:
    """The root and /tmp are read-only."""
    # Over itself, so that a work tree below /tmp is still there.
    script = "mount --make-rprivate / && mount -o remount,bind,ro /"
    script += " && mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp"
    script += " && ! touch /written 2>&- && ! touch /tmp/written 2>&-"
    confined = ("unshare", "--map-root-user", "--mount", "sh", "-c", f'{script} && exec "$0" "$@"')
    ended = run(*confined, cwd="/")

    assert (ended.code, ended.stdout) == (0, whole()), ended.stderr.decode()


def test_a_working_folder_that_is_gone() -> None:
    """Another process removes it, for example a build that cleans up early."""
    script = 'mkdir -p "$0.gone" && cd "$0.gone" && rmdir "$0.gone" && exec "$1"'
    folder = f"/tmp/fix-ksm-probes-{os.getpid()}"  # noqa: S108
    ended = run("sh", "-c", script, folder)

    assert (ended.code, ended.stdout) == (0, whole())


def test_a_module_of_the_working_folder_is_not_imported(tmp_path: Path) -> None:
    """No file next to the manifests of a user is run."""
    for name in ("yaml", "re", "jsonpatch", "sitecustomize", "fix_ksm_probes"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    ended = run(cwd=str(tmp_path))

    assert (ended.code, ended.stdout) == (0, whole())


def test_python_of_these_tests_is_the_one_that_runs() -> None:
    """Otherwise the tests above prove little."""
    first = Path(COMMAND).read_text().splitlines()[0]
    assert Path(first.removeprefix("#!")).resolve() == Path(sys.executable).resolve()
