"""What is in the image, and what is not."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any

from fix_ksm_probes import __version__
from tests.conftest import Note
from tests.image.engine import IMAGE, ROOT, Engine
from tests.image.tree import Entry, export

MEGABYTE = 1_000_000
LARGEST = 35 * MEGABYTE
BILL = "usr/share/sbom/fix-ksm-probes.cdx.json"

Files = dict[str, Entry]


def test_it_is_small(files: Files, note: Note) -> None:
    """All files together, unpacked."""
    size = sum(len(entry.content) for entry in files.values())
    note(f"image: {size / MEGABYTE:.1f} MB unpacked, {len(files)} entries")

    assert size < LARGEST


def test_only_python_and_the_function_can_be_started(files: Files) -> None:
    """No shell, no package manager, no pip: no other program at all, and nothing to write to."""
    programs = {
        path for path, entry in files.items() if PurePosixPath(path).parent.name in {"bin", "sbin"}
    }

    assert programs == {"usr/bin/fix-ksm-probes", "usr/bin/python3.13"}
    assert not [path for path in files if re.search(r"(^|/)(pip|ensurepip|venv)(/|$)", path)]
    loose = [entry for entry in files.values() if not entry.link and entry.mode & 0o6022]
    assert not loose


def test_another_package_stops_the_build(engine: Engine, source: Path, tmp_path: Path) -> None:
    """One whose hash is not written down, whatever Debian's index says of it."""
    changed = shutil.copytree(source, tmp_path / "source")
    pins = changed / "image" / "debs.sha256"
    pins.write_text(re.sub(r"(?m)^\w{64}(?=  python3-yaml)", "0" * 64, pins.read_text()))

    built = engine.build(changed)

    assert built.returncode != 0
    assert b"checksum did NOT match" in built.stderr


def test_nobody_has_a_name(files: Files) -> None:
    """`--user nobody` is a name, and engines read it in the image."""
    assert b"\nnobody:x:65534:65534:" in files["etc/passwd"].content
    assert b"\nnogroup:x:65534:" in files["etc/group"].content


def test_it_says_what_it_is(image: Engine) -> None:
    """OCI labels; a command without arguments, so that callers can add theirs; never root."""
    (seen,) = json.loads(image.call("image", "inspect", IMAGE).stdout)
    config = seen["Config"]
    labels = {
        name.removeprefix("org.opencontainers.image."): value
        for name, value in config["Labels"].items()
    }
    said = (ROOT / "pyproject.toml").read_text()

    assert labels["title"] == "fix-ksm-probes"
    assert labels["version"] == __version__
    assert f'license = "{labels["licenses"]}"' in said
    assert f'description = "{labels["description"]}"' in said
    assert labels["source"].startswith("https://")
    assert config["Entrypoint"] == ["/usr/bin/fix-ksm-probes"]
    assert not config.get("Cmd")
    assert config["User"] == "65534:65534"


def _listed(component: dict[str, Any]) -> dict[str, str]:
    held = [each for each in component["components"] if each["type"] == "file"]
    return {each["name"].lstrip("/"): each["hashes"][0]["content"] for each in held}


def test_the_bill_of_materials_names_every_file(files: Files) -> None:
    """Each file of the image stands under one component, with the digest that it has."""
    bill = json.loads(files[BILL].content)
    listed = _listed(bill["metadata"]["component"])
    count = len(listed)
    for component in bill["components"]:
        listed |= _listed(component) if "components" in component else {}
        count += len(component.get("components", ()))
    held = {
        path: entry.digest
        for path, entry in files.items()
        if entry.kind == tarfile.REGTYPE and path != BILL
    }

    assert listed == held
    assert count == len(held)


def test_the_bill_of_materials_names_packages_and_licences(files: Files) -> None:
    """Debian's packages and Python's distributions have a version, a licence and its text."""
    components = json.loads(files[BILL].content)["components"]
    purls = {component["purl"].partition("@")[0] for component in components}

    assert purls >= {
        "pkg:deb/debian/libc6",
        "pkg:deb/debian/libyaml-0-2",
        "pkg:deb/debian/python3.13-minimal",
        "pkg:pypi/pyyaml",
        "pkg:pypi/jsonpatch",
        "pkg:pypi/jsonpointer",
    }
    for component in components:
        assert component["version"]
        assert component["licenses"][0]["license"]["id"]
        if component["purl"].startswith("pkg:deb/"):
            assert files[f"usr/share/doc/{component['name']}/copyright"].content
            assert files[f"var/lib/dpkg/status.d/{component['name']}"].content


def test_the_build_exports_the_bill_of_materials(
    image: Engine, source: Path, files: Files, tmp_path: Path
) -> None:
    """`--target bill --output DIR` leaves the same bytes beside the image."""
    built = image.build(source, "--target", "bill", "--output", str(tmp_path))

    assert built.returncode == 0, built.stderr.decode()
    assert (tmp_path / PurePosixPath(BILL).name).read_bytes() == files[BILL].content


def test_two_builds_differ_in_nothing_but_time(image: Engine, source: Path, files: Files) -> None:
    """A second build, with nothing kept from the first, holds the same."""
    again = f"{IMAGE}:again"
    built = image.build(source, "--tag", again)
    assert built.returncode == 0, built.stderr.decode()

    second = export(image, again)

    image.call("rmi", again)
    assert {path for path in {*files, *second} if files.get(path) != second.get(path)} == set()
