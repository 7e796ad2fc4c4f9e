"""What every caller can rely on: the installed command, its stdin and its stdout."""

from __future__ import annotations

import re
import resource
import select
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.callers.caller import COMMAND, environment, need, run
from tests.callers.package import KPTFILE, changed_lines, manifest
from tests.callers.stream import (
    HEADER,
    annotated,
    identity,
    item,
    items_of,
    repair,
    resource_list,
    send,
    split,
)

MODES = ("probe-disable", "dedicated-port", "through-proxy")
LOOPBACK, SOUND, SPELLINGS, UNAUTHORIZED = (
    manifest(name) for name in ("loopback", "sound", "spellings", "unauthorized")
)
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: monitoring\n"
BROKEN = resource_list(LOOPBACK)
PROBE = [
    "-          readinessProbe:",
    "-            httpGet:",
    "-              path: /readyz",
    "-              port: 9091",
    "-            initialDelaySeconds: 5",
]
RETYPED = (
    "1e3 5e2 1E5 1e-3 08 0o17 0755 y n on yes = ~ null .5 +1 1_000 0x1F 2024-01-02 12:30:45"
).split()


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_1_every_api_version_is_read_to_its_end_and_echoed(version: str) -> None:
    """A ResourceList of any version is repaired and keeps its version."""
    api_version = f"apiVersion: config.kubernetes.io/{version}"
    stdin = resource_list(
        SOUND, LOOPBACK, header=f"{api_version} # größer als 0\nkind: ResourceList\n"
    )

    items, results = split(repair(stdin))

    assert items.decode().startswith(f"{api_version} # größer als 0\n")
    assert [result["tags"]["reason"] for result in results] == ["LoopbackOnly"]


@pytest.mark.parametrize(
    "stdin",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n \n", id="blank"),
        pytest.param(b"kind: [", id="unfinished"),
        pytest.param(b"just words\n", id="scalar"),
        pytest.param(BROKEN.replace(b"metadata", b"m\xe9tadata"), id="latin-1"),
        pytest.param(HEADER.encode() + b"items: {}\n", id="items-no-list"),
        pytest.param(BROKEN + b"---\n" + BROKEN, id="two-lists"),
    ],
)
def test_2_what_holds_no_resources_is_refused(stdin: bytes) -> None:
    """Input of another form ends with an error on stderr, and nothing on stdout."""
    ran = send(stdin)

    assert ran.returncode != 0
    assert ran.stdout == b""
    assert ran.stderr.startswith(b"fix-ksm-probes: error: ")


def test_3_stdout_is_written_after_stdin_ended_and_holds_one_resource_list() -> None:
    """It writes nothing before stdin ends, and then only the ResourceList."""
    env = environment(PYTHONWARNINGS="always", PYTHONDEVMODE="1")
    half = len(BROKEN) // 2
    with subprocess.Popen(
        [COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(BROKEN[:half])
        process.stdin.flush()
        early, _, _ = select.select([process.stdout], [], [], 0.5)
        stdout, stderr = process.communicate(BROKEN[half:], timeout=60)

    assert early == []
    assert stdout == repair(BROKEN)
    assert b"Warning" not in stderr


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.sampled_from((NAMESPACE, KPTFILE, LOOPBACK, SOUND, SPELLINGS, UNAUTHORIZED))),
    st.sampled_from((*MODES, "check")),
)
def test_4_every_item_comes_back(items: list[str], mode: str) -> None:
    """No run loses, adds or replaces an item."""
    stdin = resource_list(*items)

    ran = send(stdin, f"--mode={mode}")

    expected = [identity(each) for each in items_of(stdin)]
    assert [identity(each) for each in items_of(ran.stdout)] == expected


@pytest.mark.parametrize(
    ("script", "padding"),
    [
        pytest.param('"$0" > /dev/full', 0, id="full-disk"),
        pytest.param('"$0" >&-', 0, id="stdout-closed"),
        pytest.param('(sleep 0.5; "$0"; echo ended with $? >&2) | true', 0, id="reader-gone"),
        pytest.param('ulimit -v 100000; "$0"', 10_000_000, id="no-memory"),
    ],
)
def test_4_no_success_without_the_output(script: str, padding: int) -> None:
    """A run that cannot write all of its output fails."""
    stdin = resource_list(*[LOOPBACK] * 100) + b"# padding\n" * padding

    ran = run("bash", "-c", script, COMMAND, stdin=stdin)

    assert ran.returncode != 0 or b"ended with 2" in ran.stderr
    assert ran.stdout == b""


@pytest.mark.parametrize("mode", MODES)
def test_5_output_is_block_yaml_as_it_came(mode: str) -> None:
    """The output has no JSON, anchor, alias, Python tag or folded line that the input lacks."""
    added = [line[1:] for line in changed_lines(BROKEN, repair(BROKEN, f"--mode={mode}"))]

    assert "results:" in added
    assert [line for line in added if re.search(r"[{&]|: \*|!!|[>|]-?$", line)] == []
    assert any(len(line) > 150 for line in added if line.startswith("- message: "))


@pytest.mark.parametrize(
    "stdin",
    [
        pytest.param(resource_list(SOUND, NAMESPACE, KPTFILE), id="sound"),
        pytest.param(resource_list(), id="empty"),
        pytest.param(HEADER.encode(), id="no-items"),
        pytest.param(b"---\n" + resource_list(SOUND) + b"...\n", id="markers"),
        pytest.param(resource_list(SOUND).replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(b"\xef\xbb\xbf" + resource_list(SOUND).rstrip(b"\n"), id="bom-no-newline"),
        pytest.param(resource_list(SPELLINGS.replace("port: 8081", "port: 1")), id="scalars"),
    ],
)
def test_6_what_needs_no_repair_keeps_every_byte(stdin: bytes) -> None:
    """Without an edit, the output is the input."""
    items, results = split(repair(stdin, "--target-name=sound"))

    assert items == stdin
    assert {result["tags"]["reason"] for result in results} <= {"NoWorkload"}


def test_6_untouched_items_of_a_mixed_list_keep_every_byte() -> None:
    """Next to a repaired item, all other items keep their text."""
    others = (NAMESPACE, SOUND, manifest("host-network"))

    stdout = repair(resource_list(NAMESPACE, LOOPBACK, SOUND, manifest("host-network")))

    assert [text for text in others if item(text).encode() not in stdout] == []
    assert item(LOOPBACK).encode() not in stdout


def test_8_items_that_are_hardly_resources_pass_through() -> None:
    """An item without kind, metadata or fields is no error, and neither is a scalar."""
    odd = ("resources: [a.yaml]\n", "{}\n", "null\n", "kind: Deployment\nspec:\n", "- list\n")

    items, results = split(repair(resource_list(*odd, LOOPBACK)))

    assert len(results) == 1
    assert changed_lines(resource_list(*odd, LOOPBACK), items) == PROBE


def test_9_runs_as_anybody_with_nothing(tmp_path: Path) -> None:
    """It needs no capability, network, environment, home or writable file, and makes no file."""
    need("unshare")
    need("setpriv")
    empty = tmp_path / "empty"
    empty.mkdir(mode=0o555)
    script = "ulimit -f 0; exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs"
    shell = ("unshare", "--map-root-user", "--net", "sh", "-c", f'{script} "$0"')

    ran = run(*shell, COMMAND, stdin=BROKEN, cwd=empty, env={"HOME": "/nonexistent"})

    assert ran.returncode == 0, ran.stderr.decode()
    assert ran.stdout == repair(BROKEN) != BROKEN
    assert list(empty.iterdir()) == []


def test_11_starts_soon_and_ends_soon() -> None:
    """A small run takes less than 300 ms at best, and 1000 items far less than 5 minutes."""
    small = min(_seconds(BROKEN) for _ in range(5))
    large = _seconds(resource_list(*[SOUND, LOOPBACK, NAMESPACE, SPELLINGS] * 250))

    assert small < 0.3
    assert large < 30


def test_13_items_keep_their_order() -> None:
    """With a repair and without one."""
    names = ["c", "a", "d", "b"]
    stdin = resource_list(*(LOOPBACK.replace("name: loopback", f"name: {each}") for each in names))

    stdout = repair(stdin)

    assert stdout != stdin
    assert [identity(each)[3] for each in items_of(stdout)] == names


@pytest.mark.parametrize("mode", MODES)
def test_16_every_item_has_a_name_and_a_place_like_its_neighbours(mode: str) -> None:
    """Both path annotations are equal, unique and inside the package, or missing."""
    with_path = _as_from_kpt(LOOPBACK, UNAUTHORIZED)
    without = resource_list(annotated(LOOPBACK, "kustomize.config.k8s.io/id: |", "  name: x"))

    stdout = repair(with_path, f"--mode={mode}")

    items = items_of(stdout)
    assert stdout != with_path
    places = [_place(each) for each in items]

    assert all(all(identity(each)[i] for i in (0, 1, 3)) for each in items)
    assert all(path and path == legacy for path, legacy, _ in places)
    assert not any(path.startswith(("/", ".")) or "\\" in path for path, _, _ in places)
    assert len(set(places)) == len(places)
    assert [_place(each) for each in items_of(repair(without, f"--mode={mode}"))] == [("", "", "")]


@pytest.mark.parametrize("mode", MODES)
def test_17_an_id_is_never_copied(mode: str) -> None:
    """An internal id occurs in the output once, where the input has it."""
    stdin = _as_from_kpt(LOOPBACK, UNAUTHORIZED)

    stdout, _ = split(repair(stdin, f"--mode={mode}"))

    assert stdout != stdin
    for name in (b"internal.config.kubernetes.io/id:", b" config.k8s.io/id:"):
        ids = re.findall(name + b".*", stdout)
        assert ids == re.findall(name + b".*", stdin)
        assert len(ids) == 2


def test_20_strings_we_write_are_strings_to_every_yaml() -> None:
    """Words that some YAML reads as a number, a boolean, null or a date are quoted."""
    profile = "        securityContext: {seccompProfile: {localhostProfile: '%s'}}\n"
    stdin = resource_list(
        *(
            LOOPBACK.replace("name: loopback", f"name: '{word}'").replace(
                "      volumes:\n", profile % word + "      volumes:\n"
            )
            for word in RETYPED
        )
    )

    stdout = repair(stdin, "--mode=dedicated-port")

    added = [line[1:] for line in changed_lines(stdin, stdout) if line.startswith("+")]
    for key in ("name", "localhostProfile"):
        written = [line.partition(f"{key}: ")[2] for line in added if f" {key}: " in line]
        words = [yaml.safe_load(text.rstrip("}")) for text in written]
        assert [word for word in words if word in RETYPED] == RETYPED
        plain = [text for text in written if text.rstrip("}") in RETYPED]
        assert plain == []


@pytest.mark.parametrize("mode", MODES)
def test_24_untouched_nodes_keep_their_style(mode: str) -> None:
    """Quotes, flow style, block scalars, anchors, merges and odd spellings stay."""
    odd = SPELLINGS[SPELLINGS.index("        env:") :] + f"        huge: {'é' * 65536}\n"
    stdin = resource_list(LOOPBACK.replace("      volumes:\n", odd + "      volumes:\n"), SPELLINGS)

    stdout = repair(stdin, f"--mode={mode}", "--target-name=loopback")

    assert changed_lines(stdin, stdout)
    assert item(odd)[2:].encode() in stdout
    assert item(SPELLINGS).encode() in stdout


def test_25_a_key_that_was_added_may_stand_anywhere() -> None:
    """kpt moves an added key to the end of its mapping, and the next run changes nothing."""
    stdin = resource_list(UNAUTHORIZED.replace("scheme: HTTPS", "scheme: HTTP"))
    repaired, _ = split(repair(stdin, "--mode=through-proxy"))
    keys = re.compile(rb"\{httpGet: \{(.*?)(, scheme: HTTPS)(.*?)\}\}")
    moved = keys.sub(rb"{httpGet: {\1\3\2}}", repaired)
    front = keys.sub(rb"{httpGet: {scheme: HTTPS, \1\3}}", repaired)

    assert front != repaired != stdin
    assert repair(moved, "--mode=through-proxy") == moved
    assert repair(front, "--mode=through-proxy") == front


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("            port: 9091\n", "            port: 1\n" * 2, id="duplicate-key"),
        pytest.param("emptyDir: {}", "emptyDir: &loop {loop: *loop}", id="cycle"),
        pytest.param("emptyDir: {}", "emptyDir: *nobody", id="undefined-alias"),
    ],
)
def test_26_ambiguous_input_is_an_error(old: str, new: str) -> None:
    """A repeated key, or an alias inside its own anchor, is an error that names the place."""
    assert old in LOOPBACK

    ran = send(resource_list(LOOPBACK.replace(old, new)))

    assert ran.returncode == 2
    assert ran.stdout == b""
    assert re.search(rb"error: .*line \d+", ran.stderr)
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize("word", ["on", "0755", "1e3", "=", "2024-01-02", "1.10", "0x1F"])
def test_28_config_map_data_is_text(word: str) -> None:
    """A value of a ConfigMap is the text as it is written."""
    config = f"apiVersion: v1\nkind: ConfigMap\ndata: {{targetName: {word}}}\n"
    named = LOOPBACK.replace("name: loopback", f'name: "{word}"')
    stdin = resource_list(named, LOOPBACK, config=config)

    _, results = split(repair(stdin))

    assert [result["resourceRef"]["name"] for result in results] == [word]


@pytest.mark.parametrize("mode", [*MODES, "check"])
def test_34_results_have_the_shape_of_the_specification(mode: str) -> None:
    """Types, required fields, paths such as `a.b[0].c`, and the same order in every run."""
    bypass = SOUND.replace("name: sound", "name: open")
    stdin = _as_from_kpt(LOOPBACK, UNAUTHORIZED, bypass)
    stdout = send(stdin, f"--mode={mode}").stdout

    results = split(stdout)[1]

    assert len(results) >= 2
    for result in results:
        assert set(result) <= {"message", "severity", "resourceRef", "field", "file", "tags"}
        assert {"apiVersion", "kind", "name"} <= set(result["resourceRef"])
        assert all(isinstance(value, str) for value in result["resourceRef"].values())
        assert re.fullmatch(r"[\w-]+(\.[\w-]+|\[\d+\])*", result["field"]["path"])
        assert type(result["file"]["index"]) is int
        assert all(isinstance(text, str) for tag in result["tags"].items() for text in tag)
    assert send(stdin, f"--mode={mode}").stdout == stdout


def test_35_what_kustomize_would_hide_is_told_on_stderr() -> None:
    """Warnings go to stderr on success, too. A sound input gives no output there."""
    unknown = LOOPBACK.replace("- --telemetry-host=127.0.0.1", "- --config=/etc/ksm.yaml")

    ran = send(resource_list(unknown))

    warnings = [each for each in split(ran.stdout)[1] if each["severity"] == "warning"]
    assert ran.returncode == 0
    assert len(warnings) == ran.stderr.count(b": warning: ") == 1
    assert warnings[0]["message"].encode() in ran.stderr
    assert send(resource_list(SOUND)).stderr == b""


def _as_from_kpt(*documents: str) -> bytes:
    return resource_list(
        *(
            annotated(
                text,
                f"config.kubernetes.io/index: '{index}'",
                "config.kubernetes.io/path: 'all.yaml'",
                f"internal.config.kubernetes.io/index: '{index}'",
                "internal.config.kubernetes.io/path: 'all.yaml'",
                f"internal.config.kubernetes.io/id: '{index + 1}'",
                f"config.k8s.io/id: '{index + 1}'",
            )
            for index, text in enumerate(documents)
        )
    )


def _place(resource: dict[str, dict[str, dict[str, str]]]) -> tuple[str, str, str]:
    annotations = resource["metadata"]["annotations"]
    return (
        annotations.get("internal.config.kubernetes.io/path", ""),
        annotations.get("config.kubernetes.io/path", ""),
        annotations.get("internal.config.kubernetes.io/index", ""),
    )


def _seconds(stdin: bytes) -> float:
    """Return the processor time of a run, because other processes may use the cores."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = send(stdin)
    assert ran.returncode == 0, ran.stderr.decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
