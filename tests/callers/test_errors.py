"""Every way to fail, as users of kpt and kubectl see it: a reason, and no file is changed.

Items 29 and 32 of the conformance checklist.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.callers.caller import COMMAND, PLUGINS, each_kubectl, environment, kpt, run
from tests.callers.package import OWN_CONFIG, kptfile, manifest, read, write

CONFIG = OWN_CONFIG.format(mode="probe-disable")
PLUGIN = next(path for path in PLUGINS.rglob("*") if path.is_file()).relative_to(PLUGINS)


class Failure(NamedTuple):
    """One way to fail: the settings, the manifest, how the function starts, and the message."""

    config: str
    text: str
    command: str
    told: str


FAILURES = {
    "setting-unknown": Failure(
        CONFIG.replace(" mode:", " mood:"), manifest("loopback"), "", "spec.mood: unknown"
    ),
    "setting-wrong": Failure(
        OWN_CONFIG.format(mode="chekc"), manifest("loopback"), "", "spec.mode: unknown value"
    ),
    "another-kind": Failure(
        CONFIG.replace("FixKSMProbes", "FixKSM"), manifest("loopback"), "", "FixKSM"
    ),
    "cannot-repair": Failure(
        OWN_CONFIG.format(mode="through-proxy"), manifest("spellings"), "", "no proxy leads to"
    ),
    "check-fails": Failure(
        OWN_CONFIG.format(mode="check"), manifest("loopback"), "", "`readinessProbe` dials"
    ),
    "silence-refused": Failure(
        OWN_CONFIG.format(mode="probe-disable") + "  emit: none\n",
        manifest("loopback"),
        "",
        "spec.emit",
    ),
    "no-memory": Failure(CONFIG, manifest("loopback"), "prlimit --as=13000000", ""),
    "killed": Failure(CONFIG, manifest("loopback"), "timeout --signal=KILL 0.01", ""),
    "killed-while-it-writes": Failure(CONFIG, manifest("loopback"), "CUT", ""),
    "not-there": Failure(CONFIG, manifest("loopback"), "/nonexistent/program", ""),
    "a-bug-of-ours": Failure(CONFIG, manifest("loopback"), "BUG", "ZeroDivisionError"),
}
CUT = f'#!/bin/sh\n{COMMAND} "$@" | head -c 300\nkill -KILL $$\n'
BUG = "#!/bin/sh\necho Traceback >&2\necho 'ZeroDivisionError: our bug' >&2\nexit 1\n"


def _program(folder: Path, failure: Failure) -> Path:
    """Return what runs instead of the function, or the function itself."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "fix-ksm-probes"
    script = {"CUT": CUT, "BUG": BUG}.get(failure.command)
    command = shlex.join([*failure.command.split(), str(COMMAND)])
    program.write_text(script or f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("how", ["render", "eval"])
def test_kpt_leaves_the_package_as_it_was(failure: Failure, how: str, tmp_path: Path) -> None:
    """`kpt fn render` and `kpt fn eval` fail, say why, and write nothing."""
    program = _program(tmp_path / "bin", failure)
    pipeline = kptfile(f"exec: {program}\nconfigPath: config.yaml")
    files = {"config.yaml": failure.config, "manifest.yaml": failure.text}
    package = write(
        tmp_path / "package", files | ({"Kptfile": pipeline} if how == "render" else {})
    )
    before = read(package)

    if how == "render":
        ran = kpt("fn", "render", "--allow-exec", package)
    else:
        config = write(tmp_path, {"config.yaml": failure.config}) / "config.yaml"
        ran = kpt("fn", "eval", package, "--exec", program, "--fn-config", config)

    assert ran.returncode != 0
    assert read(package) == before
    told = (ran.stderr + ran.stdout).decode()
    assert failure.told in told
    assert failure.command or "Traceback" not in told


@each_kubectl
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_kubectl_builds_nothing(failure: Failure, kubectl: Path, tmp_path: Path) -> None:
    """`kubectl kustomize` ends with an error, tells why, prints nothing, and writes nothing."""
    plugins = tmp_path / "plugins"
    _program((plugins / PLUGIN).parent, failure).rename(plugins / PLUGIN)
    build = write(
        tmp_path / "build",
        {
            "kustomization.yaml": "resources: [manifest.yaml]\ntransformers: [config.yaml]\n",
            "config.yaml": failure.config,
            "manifest.yaml": failure.text,
        },
    )
    before = read(build)
    env = environment(KUSTOMIZE_PLUGIN_HOME=str(plugins))

    ran = run(kubectl, "kustomize", "--enable-alpha-plugins", build, env=env)

    assert ran.returncode != 0
    assert ran.stdout == b""
    assert read(build) == before
    assert failure.told in ran.stderr.decode()
    assert failure.command or b"Traceback" not in ran.stderr


def test_the_same_files_are_repaired_where_nothing_fails(tmp_path: Path) -> None:
    """Otherwise an unchanged package proves nothing."""
    package = write(tmp_path / "package", {"manifest.yaml": manifest("loopback")})
    before = read(package)

    ran = kpt("fn", "eval", package, "--exec", os.fspath(COMMAND))

    assert ran.returncode == 0
    assert read(package) != before
