"""Every form in which kpt passes a functionConfig, and those that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.callers.caller import kpt
from tests.callers.package import KPTFILE, OWN_CONFIG, kptfile, manifest, manifests, read, write

FUNCTION = "fix-ksm-probes"
DEDICATED = OWN_CONFIG.format(mode="dedicated-port")
REMOVED, MOVED = None, 8642


@pytest.mark.parametrize(
    ("function", "port"),
    [
        pytest.param("", REMOVED, id="absent"),
        pytest.param("\nconfigMap: {mode: dedicated-port}", MOVED, id="config-map"),
        pytest.param("\nconfigMap: {mode: dedicated-port, port: '0755'}", 755, id="octal"),
        pytest.param("\nconfigPath: config.yaml", MOVED, id="file-also-among-items"),
    ],
)
def test_27_render_with_every_shape_of_config(
    tmp_path: Path, function: str, port: int | None
) -> None:
    """Without config, with a ConfigMap in the Kptfile, and with a file of the package."""
    files = {"Kptfile": kptfile(f"exec: {FUNCTION}{function}"), "config.yaml": DEDICATED}
    package = write(tmp_path, {**files, **manifests("loopback")})

    ran = kpt("fn", "render", "--allow-exec", package)

    assert ran.returncode == 0, ran.stderr.decode()
    assert _readiness_port(package / "loopback.yaml") == port
    assert (package / "config.yaml").read_text() == DEDICATED


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
        pytest.param((), REMOVED, id="empty-data"),
        pytest.param(("--", "mode=dedicated-port", "port=9999"), 9999, id="arguments"),
        pytest.param(("--fn-config", "config.yaml"), MOVED, id="file-also-among-items"),
        pytest.param(("--fn-config", "../outside.yaml"), MOVED, id="file-outside"),
    ],
)
def test_27_eval_with_every_shape_of_config(
    tmp_path: Path, arguments: tuple[str, ...], port: int | None
) -> None:
    """With `data: {}`, with words behind `--`, and with a file inside or outside of the package."""
    write(tmp_path, {"outside.yaml": DEDICATED})
    files = {"Kptfile": KPTFILE, "config.yaml": DEDICATED, **manifests("loopback")}
    package = write(tmp_path / "package", files)

    ran = kpt("fn", "eval", "--exec", FUNCTION, *arguments, cwd=package)

    assert ran.returncode == 0, ran.stderr.decode()
    assert _readiness_port(package / "loopback.yaml") == port
    assert (package / "config.yaml").read_text() == DEDICATED


@pytest.mark.parametrize("word", ["on", "off", "yes", "=", "0755", "1e3"])
def test_27_config_map_with_words_that_kpt_does_not_quote(tmp_path: Path, word: str) -> None:
    """kpt does not quote `on`, `off` and `=`, and they keep their meaning."""
    settings = f"{{mode: dedicated-port, targetName: '{word}', port: '9999', scope: broken}}"
    named = manifest("loopback").replace("name: loopback", f"name: '{word}'")
    files = {"Kptfile": kptfile(f"exec: {FUNCTION}\nconfigMap: {settings}"), "named.yaml": named}
    package = write(tmp_path, {**files, **manifests("loopback")})

    ran = kpt("fn", "render", "--allow-exec", package)

    assert ran.returncode == 0, ran.stderr.decode()
    assert _readiness_port(package / "named.yaml") == 9999
    assert (package / "loopback.yaml").read_text() == manifest("loopback")


@pytest.mark.parametrize(
    ("config", "field"),
    [
        pytest.param(DEDICATED.replace("v1alpha1", "v9"), "functionConfig", id="version"),
        pytest.param(DEDICATED.replace("FixKSM", "Fix"), "functionConfig", id="kind"),
        pytest.param(DEDICATED.replace(" mode:", " mood:"), "spec.mood", id="field"),
        pytest.param(DEDICATED.replace("dedicated-port", "[check]"), "spec.mode", id="type"),
        pytest.param(
            DEDICATED + "  dedicatedPort: {port: '1'}\n", "spec.dedicatedPort.port", id="port"
        ),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {prot: '1'}\n",
            "data.prot",
            id="config-map",
        ),
    ],
)
def test_29_a_config_that_is_not_understood_changes_nothing(
    tmp_path: Path, config: str, field: str
) -> None:
    """Exit 1, the field on stderr and in the results, and no file changes."""
    files = {"Kptfile": kptfile(f"exec: {FUNCTION}\nconfigPath: config.yaml")}
    package = write(tmp_path / "in", {**files, "config.yaml": config, **manifests("loopback")})
    before = read(package)

    ran = kpt("fn", "render", "--allow-exec", "--results-dir", tmp_path / "out", package)

    (told,) = yaml.safe_load((tmp_path / "out" / "results.yaml").read_text())["items"]
    assert ran.returncode == 1
    assert read(package) == before
    assert field in told["stderr"].splitlines()[0]
    assert [result["field"]["path"] for result in told["results"]] == [field]


def _readiness_port(path: Path) -> int | None:
    deployment = yaml.safe_load(path.read_text())
    probe = deployment["spec"]["template"]["spec"]["containers"][0].get("readinessProbe")
    return None if probe is None else int(probe["httpGet"]["port"])
