"""The function in its image, run by the engine itself."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_ksm_probes import __version__
from fix_ksm_probes.pipeline import run as run_here
from fix_ksm_probes.report.outputs import OUTPUTS
from fix_ksm_probes.settings.help import help_page
from tests.callers.package import OWN_CONFIG, manifest
from tests.callers.stream import resource_list
from tests.case import INPUT, find_cases
from tests.conftest import Note
from tests.image.engine import CONFINED, IMAGE, ROOT, Engine, as_of_any_python
from tests.image.tree import Entry

RUNS = 15
SLOWEST = 2.0
MODES = ("probe-disable", "dedicated-port", "through-proxy", "check")
BROKEN = resource_list(manifest("sound"), manifest("loopback"), manifest("spellings"))
MANIFESTS = (
    *(ROOT / "tests" / "callers" / "manifests").glob("*.yaml"),
    *(ROOT / "tests" / "e2e" / "manifests").glob("*.yaml"),
    *(ROOT.parent / "shared" / "corpus").glob("*.yaml"),
)

# Bytes travel as latin-1, which has a character for each.
RUN_ALL = """
import json
from fix_ksm_probes.pipeline import run
for raw, config in json.load(sys.stdin):
    config = None if config is None else config.encode()
    output = run(raw.encode("latin-1"), {}, config)
    print(json.dumps([output.stdout.decode("latin-1"), *output[1:]]))
"""

IMPORT_ALL = """
import json
for name in json.load(sys.stdin):
    __import__(name)
"""


def _inputs() -> Iterator[tuple[bytes, str | None]]:
    for case in find_cases():
        yield (case / INPUT).read_bytes(), None
    for path in sorted(MANIFESTS):
        for mode in MODES:
            yield path.read_bytes(), OWN_CONFIG.format(mode=mode)


def test_all_cases_get_the_same_bytes_as_outside(image: Engine, note: Note) -> None:
    """Debian's Python and libraries, without docstrings, decide and write as those of the tests."""
    inputs = list(_inputs())
    sent = json.dumps([(raw.decode("latin-1"), config) for raw, config in inputs])

    ran = image.python(RUN_ALL, stdin=sent.encode())

    assert ran.returncode == 0, ran.stderr.decode()
    lines = ran.stdout.splitlines()
    assert len(lines) == len(inputs) >= len(MANIFESTS)
    changed = 0
    for (raw, config), line in zip(inputs, lines, strict=True):
        here = run_here(raw, {}, None if config is None else config.encode())
        stdout, stderr, exit_code = json.loads(line)
        assert stdout.encode("latin-1") == here.stdout
        assert tuple(stderr) == here.stderr
        assert exit_code == here.exit_code
        changed += here.stdout != raw
    assert changed >= 1
    note(f"image: {len(lines)} runs inside, the same bytes as outside")


def test_every_module_in_it_finds_what_it_imports(image: Engine, files: dict[str, Entry]) -> None:
    """No module was left behind that another one names."""
    roots = ("usr/lib/python3.13/", "usr/lib/python3/dist-packages/")
    modules = sorted(
        path.removeprefix(root).removesuffix(".pyc").removesuffix("/__init__").replace("/", ".")
        for root in roots
        for path in files
        if path.startswith(root) and path.endswith(".pyc") and not path.endswith("__main__.pyc")
    )
    assert len(modules) >= 90

    ran = image.python(IMPORT_ALL, stdin=json.dumps(modules).encode())

    assert ran.returncode == 0, ran.stderr.decode()


def test_a_repair_is_that_of_the_command(image: Engine) -> None:
    """A ResourceList in, the same one with its repair and its results out."""
    here = run_here(BROKEN, {})

    ran = image.run(stdin=BROKEN)

    assert ran.returncode == 0
    assert ran.stdout == here.stdout != BROKEN
    assert ran.stderr.decode() == "".join(f"{line}\n" for line in here.stderr)


def test_a_wrong_setting_is_refused(image: Engine) -> None:
    """Exit 2, the reason on stderr and in the results, the items as they came."""
    config = OWN_CONFIG.format(mode="wish")
    stdin = resource_list(manifest("loopback"), config=config)

    ran = image.run(stdin=stdin)

    assert ran.returncode == 2
    assert ran.stderr.startswith(b"fix-ksm-probes: error: ")
    assert b"wish" in ran.stderr
    assert ran.stdout.startswith(stdin)
    assert b"\n- message: " in ran.stdout[len(stdin) - 1 :]


@pytest.mark.parametrize("stdin", [b"", b"kind: ["], ids=["empty", "unfinished"])
def test_what_is_no_resource_list_is_refused(image: Engine, stdin: bytes) -> None:
    """Nothing comes out that a pipe could apply."""
    ran = image.run(stdin=stdin)

    assert ran.returncode == 2
    assert ran.stdout == b""
    assert ran.stderr.startswith(b"fix-ksm-probes: error: ")


def test_help_alone_prints_the_manual(image: Engine) -> None:
    """As `kpt fn doc` asks for it: no user, no network setting, no stdin."""
    ran = image.call("run", "--rm", IMAGE, "--help")

    assert ran.returncode == 0
    assert as_of_any_python(ran.stdout.decode()) == as_of_any_python(help_page(OUTPUTS))
    assert ran.stderr == b""


def test_it_knows_its_version(image: Engine) -> None:
    assert image.run("--version").stdout.decode() == f"fix-ksm-probes {__version__}\n"


def test_it_writes_nothing(image: Engine) -> None:
    """A run on a root that can be written leaves it as it was."""
    loose = [option for option in CONFINED if option not in {"--rm", "--read-only"}]
    name = "fix-ksm-probes-writes-nothing"
    image.call("rm", "--force", name)
    try:
        ran = image.call("run", *loose, "--name", name, IMAGE, stdin=BROKEN)
        written = image.call("diff", name).stdout.decode().split("\n")
    finally:
        image.call("rm", "--force", name)

    assert ran.returncode == 0
    # What an engine mounts leaves its traces.
    assert [line for line in written if line.startswith(("A /usr", "C /usr", "A /var"))] == []


def test_a_flag_reaches_the_function(image: Engine, tmp_path: Path) -> None:
    """Arguments behind the image are those of the function, and a mounted config is read."""
    config = tmp_path / "config.yaml"
    config.write_text(OWN_CONFIG.format(mode="check"))
    tmp_path.chmod(0o755)
    mounted = ("--mount", f"type=bind,source={config},target=/config.yaml,readonly")

    called = ("--env", "KUSTOMIZE_PLUGIN_CONFIG_ROOT=/")
    flagged = image.run("--mode=check", stdin=BROKEN)
    configured = image.call(
        "run",
        *CONFINED,
        *mounted,
        *called,
        IMAGE,
        "/config.yaml",
        stdin=manifest("loopback").encode(),
    )

    assert flagged.returncode == configured.returncode == 1
    assert b"LoopbackOnly" in flagged.stdout
    assert b"9091" in configured.stderr


def test_start_up_beside_a_run_that_does_nothing(image: Engine, note: Note) -> None:
    """What the function adds to what the engine takes to start any container of this image."""
    ours, nothing = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        assert image.python("pass").returncode == 0
        between = time.perf_counter()
        assert image.run(stdin=BROKEN).returncode == 0
        nothing.append(between - began)
        ours.append(time.perf_counter() - between)
    function, noop = statistics.median(ours), statistics.median(nothing)
    note(
        f"image: a run takes {function:.3f} s, a run of nothing {noop:.3f} s:"
        f" ratio {function / noop:.2f}"
    )

    assert function / noop < SLOWEST
