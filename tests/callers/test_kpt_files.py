"""What kpt finds on disk after the function ran: nothing lost, nothing moved, nothing restyled.

kpt restyles files by itself, so a repaired package is compared with what `cat` leaves of it.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.callers.caller import kpt
from tests.callers.package import (
    KPTFILE,
    OWN_CONFIG,
    Files,
    changes,
    kptfile,
    manifest,
    manifests,
    read,
    write,
)
from tests.callers.stream import identity, items_of, resource_list, send

FUNCTION = "fix-ksm-probes"
MANIFESTS = manifests("loopback", "sound", "spellings", "unauthorized", "host-network")
PACKAGE = {
    "Kptfile": KPTFILE,
    "config.yaml": OWN_CONFIG.format(mode="check"),
    "kustomization.yaml": "resources: [loopback.yaml] # no kind, no name\n",
    **MANIFESTS,
}
READINESS = [
    "-        readinessProbe:",
    "-          httpGet:",
    "-            path: /readyz",
    "-            port: 9091",
    "-          initialDelaySeconds: 5",
]
REMOVED = {
    "loopback.yaml": READINESS,
    "spellings.yaml": [*READINESS[:3], "-            port: 8081"],
    "unauthorized.yaml": [
        "-        livenessProbe: {httpGet: {path: /livez, port: 8443, scheme: HTTPS}}"
    ],
}


def test_4_nothing_is_lost_between_source_and_sink(tmp_path: Path) -> None:
    """Through a pipe of kpt every file comes out, and only broken probes change."""
    source = kpt("fn", "source", write(tmp_path / "in", PACKAGE)).stdout

    for name, stdout in (("cat", source), (FUNCTION, send(source).stdout)):
        assert kpt("fn", "sink", tmp_path / name, stdin=stdout).returncode == 0

    assert set(read(tmp_path / FUNCTION)) == set(PACKAGE)
    assert changes(read(tmp_path / "cat"), read(tmp_path / FUNCTION)) == REMOVED


@pytest.mark.parametrize("mode", ["probe-disable", "dedicated-port", "through-proxy"])
def test_7_a_second_eval_changes_nothing(tmp_path: Path, mode: str) -> None:
    """A repair that kpt has written, with its order of keys, needs no repair."""
    package = write(tmp_path, manifests("loopback", "unauthorized", "sound"))
    command = ("fn", "eval", package, "--exec", FUNCTION, "--", f"mode={mode}")
    original = read(package)
    first = kpt(*command)
    once = read(package)

    second = kpt(*command)

    assert (first.returncode, second.returncode) == (0, 0)
    assert once != original
    assert read(package) == once


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="empty"),
        pytest.param({"Kptfile": KPTFILE}, id="kptfile"),
        pytest.param({"kustomization.yaml": "resources: []\n"}, id="kustomization"),
        pytest.param({"notes.txt": "no manifest\n", "a/Kptfile": KPTFILE}, id="other-files"),
    ],
)
def test_8_a_package_without_workloads_is_left_alone(tmp_path: Path, files: Files) -> None:
    """A Kptfile, a kustomization without kind or name, or no file: success without a change."""
    package = write(tmp_path, files)

    ran = kpt("fn", "eval", package, "--exec", FUNCTION)

    assert ran.returncode == 0
    assert read(package) == {name: text.encode() for name, text in files.items()}


def test_10_exec_and_pipe_give_the_same(tmp_path: Path) -> None:
    """The same bytes get the same output from kpt and from a pipe."""
    folder = tmp_path / "log"
    package = write(tmp_path / "package", PACKAGE)
    folder.mkdir()

    ran = kpt("fn", "eval", package, "--exec", _logged(folder))

    assert ran.returncode == 0
    sent = (folder / "in").read_bytes()
    assert send(sent).stdout == (folder / "out").read_bytes() != sent


@pytest.mark.parametrize("mode", ["probe-disable", "dedicated-port", "through-proxy"])
def test_12_every_annotation_survives(tmp_path: Path, mode: str) -> None:
    """All annotations of kpt stay, also the id of a selector."""
    folder = tmp_path / "log"
    folder.mkdir()
    package = write(tmp_path / "package", manifests("loopback", "unauthorized", "sound"))
    selector = ("--match-api-version", "apps/v1")

    ran = kpt("fn", "eval", package, *selector, "--exec", _logged(folder), "--", f"mode={mode}")

    assert ran.returncode == 0
    sent, answered = (items_of((folder / name).read_bytes()) for name in ("in", "out"))
    annotations = [each["metadata"]["annotations"] for each in sent]
    assert [each["metadata"]["annotations"] for each in answered] == annotations
    assert all(any("kpt-resource-id" in key for key in each) for each in annotations)
    assert sent != answered


def test_14_packages_with_the_same_names_are_both_repaired(tmp_path: Path) -> None:
    """Two packages have an item with the same kind, name, namespace and path."""
    pipeline = kptfile(f"exec: {FUNCTION}")
    files = {"Kptfile": pipeline, **manifests("loopback")}
    files |= {f"sub/{name}": text for name, text in {**files, "Kptfile": KPTFILE}.items()}
    package = write(tmp_path, files)
    before = read(package)

    ran = kpt("fn", "render", "--allow-exec", package)

    assert ran.returncode == 0, ran.stderr.decode()
    assert set(read(package)) == set(files)
    different = changes(before, read(package))
    assert different["loopback.yaml"] == different["sub/loopback.yaml"] == READINESS


def test_15_nothing_is_renamed_and_what_is_no_workload_is_never_touched(tmp_path: Path) -> None:
    """Kptfile and config keep every byte, and all other items their names and files."""
    mode = OWN_CONFIG.format(mode="dedicated-port")
    own = {"Kptfile": kptfile(f"exec: {FUNCTION}\nconfigPath: config.yaml"), "config.yaml": mode}
    workloads = manifests("loopback", "unauthorized", "sound")
    package = write(tmp_path, {**own, **workloads})

    ran = kpt("fn", "render", "--allow-exec", package)

    after = read(package)
    assert ran.returncode == 0, ran.stderr.decode()
    assert {name: after.pop(name).decode() for name in own} == own
    assert {name: _identities(text.decode()) for name, text in after.items()} == {
        name: _identities(text) for name, text in workloads.items()
    }
    assert after["loopback.yaml"] != workloads["loopback.yaml"].encode()


def test_18_an_item_that_kpt_sends_twice_is_no_crash(tmp_path: Path) -> None:
    """For selectors that overlap, kpt itself fails, with `cat` as with this function."""
    selectors = "selectors: [{kind: Deployment}, {name: loopback}]"
    ends = []
    for name in ("cat", FUNCTION):
        files = {"Kptfile": kptfile(f"exec: {name}\n{selectors}"), **manifests("loopback")}
        package = write(tmp_path / name, files)
        before = read(package)
        ran = kpt("fn", "render", "--allow-exec", package)
        assert read(package) == before
        assert b"Traceback" not in ran.stderr
        ends.append((ran.returncode, b"already exists" in ran.stderr))

    assert ends == [(1, True)] * 2


def test_19_odd_spellings_stay_as_kpt_leaves_them(tmp_path: Path) -> None:
    """Booleans, octals, dates, nulls, `=` and `<<`: only the lines of the probe are removed."""
    after = _eval_beside_cat(tmp_path, manifests("spellings"))

    assert after == {"spellings.yaml": REMOVED["spellings.yaml"]}


def test_22_comments_stay_in_a_bare_pipe(tmp_path: Path) -> None:
    """Without kpt nobody restores comments, and each stays at its element."""
    source = kpt("fn", "source", write(tmp_path / "in", manifests("loopback"))).stdout

    repaired = send(source, "--mode=dedicated-port").stdout
    sunk = kpt("fn", "sink", tmp_path / "out", stdin=repaired)

    after = (tmp_path / "out" / "loopback.yaml").read_text()
    assert sunk.returncode == 0
    assert after != manifest("loopback")
    assert _commented(after) == _commented(manifest("loopback"))


@pytest.mark.parametrize("mode", ["probe-disable", "dedicated-port", "through-proxy"])
def test_23_comments_stay_with_their_element_through_kpt(tmp_path: Path, mode: str) -> None:
    """kpt restores comments by list index, and none moves to an added element."""
    package = write(tmp_path, manifests("loopback"))

    ran = kpt("fn", "eval", package, "--exec", FUNCTION, "--", f"mode={mode}")

    after = (package / "loopback.yaml").read_text()
    assert ran.returncode == 0
    assert after != manifest("loopback")
    assert _commented(after) == _commented(manifest("loopback"))


def _eval_beside_cat(folder: Path, files: Files) -> dict[str, list[str]]:
    for name in ("cat", FUNCTION):
        assert kpt("fn", "eval", write(folder / name, files), "--exec", name).returncode == 0
    return changes(read(folder / "cat"), read(folder / FUNCTION))


def _logged(folder: Path) -> str:
    script = f"tee {folder}/in | {FUNCTION} | tee {folder}/out"
    return shlex.join(["sh", "-c", script])


def _identities(text: str) -> list[tuple[str, ...]]:
    return [identity(each) for each in items_of(resource_list(text))]


def _commented(text: str) -> list[tuple[str, str]]:
    """Return every comment with its line: its own, or the one below it."""
    found = []
    for line, below in zip(lines := text.splitlines(), [*lines[1:], ""], strict=True):
        code, mark, comment = line.partition("#")
        if mark:
            found.append((code.strip() or below.partition("#")[0].strip(), comment))
    return found
