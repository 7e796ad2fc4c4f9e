"""The image as a function of kpt."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from fix_ksm_probes.report.outputs import OUTPUTS
from fix_ksm_probes.settings.help import help_page
from tests.callers.caller import need
from tests.callers.package import OWN_CONFIG, changes, kptfile, manifests, read, write
from tests.image.engine import IMAGE, Engine, as_of_any_python, run

NEVER = "--image-pull-policy=never"
CONFIG = "config.yaml"
MUTATOR = f"image: {IMAGE}\nconfigPath: {CONFIG}"
REMOVED = [
    "-        readinessProbe:",
    "-          httpGet:",
    "-            path: /readyz",
    "-            port: 9091",
    "-          initialDelaySeconds: 5",
]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a package with a probe that fails, one that passes, and a config."""
    files = manifests("loopback", "sound")
    config = OWN_CONFIG.format(mode="probe-disable")
    return write(tmp_path / "package", {**files, CONFIG: config, "Kptfile": kptfile(MUTATOR)})


def _kpt(engine: Engine, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    need("kpt")
    env = {**engine.env, "KPT_FN_RUNTIME": engine.command}
    return run("kpt", "fn", *arguments, env=env)


def _kept(results: Path) -> tuple[int, list[str]]:
    """Return the exit code and the reasons that kpt kept of its only function."""
    kept = yaml.safe_load((results / "results.yaml").read_text())
    (function,) = kept["items"]
    assert function["image"] == IMAGE
    return function["exitCode"], [each["tags"]["reason"] for each in function["results"]]


def test_eval_repairs_a_package(image: Engine, package: Path, tmp_path: Path) -> None:
    """The lines of the probe go; every other byte of every file stays."""
    before = read(package)
    kept = tmp_path / "results"

    ran = _kpt(image, "eval", package, "--image", IMAGE, NEVER, "--results-dir", kept)

    assert ran.returncode == 0, ran.stderr.decode()
    assert changes(before, read(package)) == {"loopback.yaml": REMOVED}
    assert _kept(kept) == (0, ["LoopbackOnly"])


def test_eval_with_a_wrong_setting_leaves_the_package(
    image: Engine, package: Path, tmp_path: Path
) -> None:
    """kpt fails, says why, and keeps every file."""
    before = read(package)

    ran = _kpt(
        image,
        "eval",
        package,
        "--image",
        IMAGE,
        NEVER,
        "--results-dir",
        tmp_path,
        "--",
        "mode=wish",
    )

    assert ran.returncode == 1
    assert b"wish" in ran.stderr
    assert read(package) == before
    kept = yaml.safe_load((tmp_path / "results.yaml").read_text())
    assert kept["items"][0]["exitCode"] == 2


def test_render_repairs_as_a_mutator(image: Engine, package: Path, tmp_path: Path) -> None:
    """The pipeline of a Kptfile, with a config in the package; a second render changes nothing."""
    before = read(package)
    kept = tmp_path / "results"

    ran = _kpt(image, "render", package, NEVER, "--results-dir", kept)
    once = read(package)
    again = _kpt(image, "render", package, NEVER)

    assert ran.returncode == again.returncode == 0, ran.stderr.decode()
    assert changes(before, once)["loopback.yaml"] == REMOVED
    assert _without_status(changes(before, once)) == {"loopback.yaml": REMOVED}
    assert _kept(kept) == (0, ["LoopbackOnly"])
    assert read(package) == once


def _without_status(changed: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the changes without those of the Kptfile, in which kpt notes that it rendered."""
    return {name: lines for name, lines in changed.items() if name != "Kptfile"}


def test_render_validates(image: Engine, package: Path) -> None:
    """As a validator in check mode it fails on the broken package, and passes the repaired one."""
    validator = f"image: {IMAGE}\nconfigMap: {{mode: check}}"
    write(package, {"Kptfile": kptfile(validator, kind="validators")})
    before = read(package)

    broken = _kpt(image, "render", package, NEVER)
    untouched = _without_status(changes(before, read(package)))
    repaired = _kpt(image, "eval", package, "--image", IMAGE, NEVER)
    sound = _kpt(image, "render", package, NEVER)

    assert broken.returncode == 1
    assert b"readinessProbe" in broken.stderr
    assert untouched == {}
    assert repaired.returncode == 0
    assert sound.returncode == 0, sound.stderr.decode()


def test_render_with_a_wrong_config_leaves_the_package(image: Engine, package: Path) -> None:
    """kpt fails, names the field, and keeps every file."""
    write(package, {CONFIG: OWN_CONFIG.format(mode="wish")})
    before = read(package)

    ran = _kpt(image, "render", package, NEVER)

    assert ran.returncode == 1
    assert b"spec.mode" in ran.stderr
    assert _without_status(changes(before, read(package))) == {}


def test_doc_prints_the_manual(image: Engine) -> None:
    ran = _kpt(image, "doc", "--image", IMAGE)

    assert ran.returncode == 0, ran.stderr.decode()
    assert as_of_any_python(help_page(OUTPUTS)) in as_of_any_python(ran.stdout.decode())
