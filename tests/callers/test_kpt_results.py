"""Results and exit codes, as kpt passes them on."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.callers.caller import COMMAND, kpt, run, with_stand_in_for_docker
from tests.callers.package import kptfile, manifest, manifests, read, write
from tests.callers.stream import repair, resource_list, send, split

FUNCTION = "fix-ksm-probes"
NO_PROXY = manifests("spellings")


def test_32_the_reason_is_not_crowded_out() -> None:
    """If one probe of many holds back the rest, its reason is in the first four lines."""
    many = [manifest("loopback")] * 5

    ran = send(resource_list(*many, *NO_PROXY.values()), "--mode=through-proxy")

    assert ran.returncode == 1
    assert b"no proxy leads to" in b"".join(ran.stderr.splitlines()[:4])


def test_32_items_come_back_with_an_error() -> None:
    """stdout has the unchanged items and the results."""
    stdin = resource_list(manifest("loopback"), *NO_PROXY.values())

    ran = send(stdin, "--mode=through-proxy")

    items, results = split(ran.stdout)
    assert ran.returncode == 1
    assert items == stdin
    assert [result["severity"] for result in results] == ["error", "error"]


@pytest.mark.parametrize("name", ["loopback", "unauthorized", "spellings", "sound", "host-network"])
@pytest.mark.parametrize("mode", ["probe-disable", "dedicated-port", "through-proxy", "check"])
def test_33_error_and_exit_code_agree(tmp_path: Path, mode: str, name: str) -> None:
    """There is an error in the results if and only if the exit code is not 0."""
    package = write(tmp_path / "in", manifests(name))

    ran, told = _eval(package, tmp_path / "out", f"mode={mode}")

    results = told.get("results", [])
    severities = [result["severity"] for result in results]
    assert set(severities) <= {"error", "warning", "info"}
    assert all(result["message"] for result in results)
    of_probes = [result for result in results if "probe" in result["tags"]]
    assert bool(of_probes) == (name not in {"sound", "host-network"})
    assert ran.returncode == int("error" in severities) == told["exitCode"]


@pytest.mark.parametrize("mode", ["probe-disable", "dedicated-port", "through-proxy", "check"])
def test_36_results_reach_the_file_whole(tmp_path: Path, mode: str) -> None:
    """results.yaml of kpt has every field of every result, except an index of 0."""
    both = manifest("loopback") + "---\n" + manifest("unauthorized")
    package = write(tmp_path / "in", {"both.yaml": both})
    source = kpt("fn", "source", package).stdout
    said = split(send(source, f"--mode={mode}").stdout)[1]

    _, told = _eval(package, tmp_path / "out", f"mode={mode}")

    for result in said:
        if result["file"]["index"] == 0:
            del result["file"]["index"]
    assert sum("probe" in result["tags"] for result in said) >= 2
    assert told["results"] == said


@pytest.mark.parametrize(
    ("name", "exit_code"),
    [("sound", 0), ("host-network", 0), ("loopback", 1), ("unauthorized", 1)],
)
@pytest.mark.parametrize("function", [" --mode=check", "\nconfigMap: {mode: check}"])
def test_39_a_validator_of_kpt_passes_and_fails(
    tmp_path: Path, function: str, name: str, exit_code: int
) -> None:
    """In mode check a broken package fails and a sound one passes; neither changes."""
    pipeline = kptfile(f"exec: {FUNCTION}{function}", kind="validators")
    package = write(tmp_path, {"Kptfile": pipeline, **manifests(name)})
    before = read(package)

    ran = kpt("fn", "render", "--allow-exec", package)

    assert ran.returncode == exit_code, ran.stderr.decode()
    assert read(package) == before


def test_39_check_gives_every_item_back() -> None:
    """As a mutator, mode check returns the items, so that no caller deletes a file."""
    stdin = resource_list(manifest("sound"))
    broken = resource_list(manifest("loopback"))

    assert split(repair(stdin, "--mode=check"))[0] == stdin
    items, results = split(send(broken, "--mode=check").stdout)
    assert items == broken
    assert [result["severity"] for result in results if "probe" in result["tags"]] == ["error"]


def test_40_help_is_all_that_kpt_doc_needs() -> None:
    """`kpt fn doc` prints the manual; a stand-in for docker runs the command."""
    ran = kpt("fn", "doc", "--image", "example.com/f", env=with_stand_in_for_docker())

    assert ran.returncode == 0, ran.stderr.decode()
    assert ran.stdout.decode().strip() == run(COMMAND, "--help").stdout.decode().strip() != ""


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_40_help_does_not_wait_for_stdin(argument: str) -> None:
    """As the only argument it ends with 0 and does not read stdin."""
    with subprocess.Popen(
        [COMMAND, argument], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.wait(timeout=10) == 0
        assert b"fix-ksm-probes 0." in process.stdout.read()


def _eval(
    package: Path, results: Path, setting: str
) -> tuple[subprocess.CompletedProcess[bytes], dict[str, Any]]:
    ran = kpt("fn", "eval", package, "--exec", FUNCTION, "--results-dir", results, "--", setting)
    (told,) = yaml.safe_load((results / "results.yaml").read_text())["items"]
    return ran, told
