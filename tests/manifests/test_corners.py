"""Rare features of YAML next to a broken probe, which is removed or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fix_ksm_probes.pipeline import run
from tests.broken import HEAD, OURS, PROBE
from tests.case import split_results

BEHIND = "          env: [{name: LAST, value: last}]\n"

# What stands in an item of its own before ours.
IN_ANOTHER = {
    "merge-key": "base: &b {a: 1}\n  data: {<<: *b, c: 2}\n",
    "merge-list": "one: &o {a: 1}\n  two: &t {a: 2}\n  data: {<<: [*o, *t]}\n",
    "merge-key-quoted-is-no-merge": "data: {'<<': plain}\n",
    "python-object": 'data: !!python/object/apply:os.system ["touch made"]\n',
    "python-name": "data: !!python/name:os.system\n",
    "python-tag-of-a-key": "!!python/name:sys.exit data: 1\n",
    "tags-of-yaml": "data: [!!str 1, !!int '2', !!binary aGk=, !!set {a}, !!omap [a: 1]]\n",
    "tag-of-nobody": "data: !nobody {a: !<tag:example.com,2000:x> b}\n",
    "timestamp": "data: 2024-02-30\n",
    "sexagesimal": "data: 22:22:22\n",
    "complex-keys": "? {a: b}\n  : c\n  ? [d, e]\n  : f\n  ? - g\n  : h\n",
    "complex-key-twice-in-other-words": "? [a]\n  : 1\n  ? ['a']\n  : 2\n",
    "empty-complex-keys": "? []\n  : 1\n  ? {}\n  : 2\n  data: {[]: {}}\n",
    "keys-that-are-no-strings": "data: {1: a, 2.5: b, true: c, null: d, 2024-01-01: e, 0x10: f}\n",
    "key-without-a-value": "data:\n",
    "value-without-a-key": "data: {? : a}\n",
    "next-line": "data: 'a\x85    b'\n",
    "line-separators": 'data: "a\u2028b\u2029c"\n',
    "next-line-as-a-line-break": "data: |\n    a\x85    b\n",
    "tab-between": "data:\ta\t# b\n",
    "tab-in-flow": "data: [a,\t\n\tb]\n",
    "carriage-return-alone": "data: a\r  more: b\n",
    "escapes-of-control-characters": 'data: "\\0\\a\\e\\x01\\uFFFF\\U0010FFFF"\n',
    "astral-characters": "data: \U0001f600\U0001f600\n",
    "combining-and-bidirectional": "data: e\u0301\u202e\u2066\n",
    "byte-order-mark-within": 'data: "a\ufeffb"\n',
    "private-use": "data: \ue000\n",
    "a-very-long-line": f"data: {'x' * 300_000}\n",
    "a-very-long-quoted-line": f'data: "{"x y " * 75_000}"\n',
    "a-very-long-comment": f"data: a # {'#' * 300_000}\n",
    "a-long-explicit-key": f"? {'k' * 300_000}\n  : v\n",
    "an-integer-beyond-all-types": f"data: {'9' * 5000}\n",
    "integers-of-one-hash": "data: {"
    + ", ".join(f"{i * (2**61 - 1)}" for i in range(1, 9999))
    + "}\n",
    "exponents": "data: [1e999999999, -.inf, .nan, 0x, 0b2, 0o8, 1__0]\n",
    "deep-flow": f"data: {'[' * 150}{']' * 150}\n",
    "deep-indentation": "data:\n" + "".join(f"  {'  ' * i}a:\n" for i in range(1, 150)),
    "block-scalars": "data: |2-\n      a\n  more: >+\n    b\n\n  last: |\n",
    "document-marks-in-scalars": 'data: "a --- b"\n  more: |\n    --- c\n    ... d\n',
    "comment-that-looks-like-yaml": "data: a # ]}: &a *b !!c\n",
    "anchor-redefined": "a: &x 1\n  b: *x\n  c: &x 2\n  d: *x\n",
    "anchor-with-odd-name": "a: &0-_ 1\n  b: *0-_\n",
    "empty-anchored-node": "a: &x\n  b: *x\n",
    "annotation-index-of-5000-digits": (
        "metadata: {annotations: {config.kubernetes.io/index: '" + "9" * 5000 + "'}}\n"
    ),
}

# What stands around the ResourceList: before it, and behind it.
AROUND = {
    "yaml-1.1": ("%YAML 1.1\n---\n", ""),
    "yaml-1.2": ("%YAML 1.2\n---\n", ""),
    "tag-directive": ("%TAG !x! tag:example.com,2000:\n---\n", ""),
    "comments-and-empty-documents": ("# a\n---\n# b\n---\n", "---\n# c\n"),
    "document-end-marks": ("---\n", "...\n"),
    "document-end-marks-twice": ("", "...\n...\n"),
    "null-documents": ("---\nnull\n---\n~\n---\n", "---\n"),
    "blank-lines": ("\n\n\n", "\n\n"),
    "next-lines": ("# \x85\n", "# \u2028\n"),
}

# What no reader takes, as the value of a field, with a word of the reason that is told.
REFUSED_VALUES = {
    "duplicate-key-in-flow": ("{a: 1, a: 1}", "'a' stands twice"),
    "duplicate-key-in-quotes": ("{a: 1, 'a': 1}", "'a' stands twice"),
    "duplicate-null-key": ("{~: 1, null: 1}", "'None' stands twice"),
    "duplicate-key-of-another-type": ("{1: a, '1': b}", "'1' stands twice"),
    "merge-key-of-a-scalar": ("{<<: a}", "<< accepts a mapping"),
    "alias-of-nothing": ("*a", "*a has no anchor before it (line 15)"),
    "alias-of-itself": ("&a [*a]", "*a lies inside its own anchor"),
    "nul": ("\0", "not YAML at line 15: control characters are not allowed; found U+0000"),
    "bell": ("\a", "control characters are not allowed"),
    "escape": ("'\x1b[31m'", "control characters are not allowed"),
    "delete": ("\x7f", "control characters are not allowed"),
    "not-a-character": ("\ufffe", "control characters are not allowed"),
    "unfinished": ("{a: [", "not YAML"),
    "unfinished-quote": ('"a', "not YAML"),
    "a-long-implicit-key": ("{" + "k" * 2000 + ": v}", "not YAML"),
    "unknown-tag-handle": ("!x!y z", "not YAML"),
    "a-plain-line-break": ("a\x85b", "not YAML"),
    "nested-flow": ("[" * 1_000_000, "nest deeper than 200"),
    "nested-braces": ("{a: " * 250_000, "nest deeper than 200"),
    "nested-dashes": ("\n  - " + "- " * 500_000, "nest deeper than 200"),
    "nested-questions": ("\n    " + "? " * 500_000, "nest deeper than 200"),
    "nested-aliases": (
        f"{{a: &a {'[' * 150}{']' * 150}, b: {'[' * 150}*a{']' * 150}}}",
        "nest deeper than 200",
    ),
    "a-bomb": (
        "[&a0 [x]" + "".join(f", &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)) + "]",
        "unfold to more than",
    ),
}

# What no reader takes, as a whole.
REFUSED = {
    "duplicate-key": (
        HEAD + OURS + "  kind: Job\n",
        "'kind' stands twice in one mapping (line 15)",
    ),
    "items-twice": (HEAD + OURS + "items: []\n", "'items' stands twice"),
    "alias-of-another-document": (f"a: &a\n---\n{HEAD}- *a\n{OURS}", "*a has no anchor before it"),
    "tab-as-indentation": (HEAD + OURS + "\t b: c\n", "line 1"),
    "yaml-3.0": (f"%YAML 3.0\n---\n{HEAD}{OURS}", "not YAML"),
    "directive-twice": (f"%YAML 1.1\n%YAML 1.1\n---\n{HEAD}{OURS}", "not YAML"),
    "directives-without-end": (
        "".join(f"%TAG !t{i}! tag:x\n" for i in range(20_000)) + f"---\n{HEAD}{OURS}",
        "more than 100 %TAG directives",
    ),
    "two-lists": (f"{HEAD}{OURS}---\n{HEAD}{OURS}", "documents beside the ResourceList"),
    "a-manifest-behind": (f"{HEAD}{OURS}---\nkind: X\n", "documents beside the ResourceList"),
    "a-scalar-behind": (f"{HEAD}{OURS}---\nword\n", "documents beside the ResourceList"),
    "many-small-bombs": (
        "---\n".join(
            [
                "kind: kube-state-metrics\ntemplate:\na0: &a0 [x]\n"
                + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 13))
            ]
            * 500
        ),
        "unfold to more than",
    ),
}

# What is no UTF-8 at all.
OTHER_ENCODINGS = {
    "utf-16-le": f"\ufeff{HEAD + OURS}".encode("utf-16-le"),
    "utf-16-be": f"\ufeff{HEAD + OURS}".encode("utf-16-be"),
    "utf-32": (HEAD + OURS).encode("utf-32"),
    "latin-1": (HEAD + OURS + "# \xe9\n").encode("latin-1"),
    "cut-in-a-character": (HEAD + OURS + "# \xe9").encode()[:-1],
    "overlong": (HEAD + OURS + "# ").encode() + b"\xc0\xaf\n",
    "surrogate": (HEAD + OURS + "# ").encode() + b"\xed\xa0\x80\n",
    "beyond-unicode": (HEAD + OURS + "# ").encode() + b"\xf4\x90\x80\x80\n",
    "lone-continuation": b"\x80" + (HEAD + OURS).encode(),
}


def _repaired(text: str) -> tuple[str, list[dict[str, object]]]:
    output = run(text.encode(), {})
    items, results = split_results(output.stdout)
    assert (0, 1) == (output.exit_code, len(results)), output.stderr
    return items.decode(), results


@pytest.mark.parametrize("corner", IN_ANOTHER)
@pytest.mark.parametrize("behind", [False, True], ids=["before-ours", "behind-ours"])
def test_another_item_keeps_every_byte(
    corner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, behind: bool
) -> None:
    """The probe is removed, no object is constructed, and all other bytes stay."""
    monkeypatch.chdir(tmp_path)
    other = "- " + IN_ANOTHER[corner]
    text = HEAD + (OURS + other if behind else other + OURS)

    items, _ = _repaired(text)

    assert items == text.replace(PROBE, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("corner", AROUND)
def test_around_the_list_every_byte_is_kept(corner: str) -> None:
    """Directives, markers, comments and empty documents are no resources, and stay."""
    before, behind = AROUND[corner]
    text = before + HEAD + OURS + behind

    output = run(text.encode(), {})

    written = output.stdout.decode()
    kept, _, results = written.partition("results:\n")
    assert output.exit_code == 0, output.stderr
    assert written.startswith((before + HEAD + OURS).replace(PROBE, ""))
    assert results.endswith(behind) or kept.endswith(behind)


@pytest.mark.parametrize("corner", REFUSED_VALUES)
def test_what_is_ambiguous_in_ours_is_refused(corner: str) -> None:
    """Exit 1, one line with the reason, and an empty stdout."""
    value, reason = REFUSED_VALUES[corner]

    _refused(f"{HEAD}{OURS}  more: {value}\n", reason)


@pytest.mark.parametrize("corner", REFUSED_VALUES)
def test_what_is_ambiguous_elsewhere_is_refused_or_kept(corner: str) -> None:
    """An item of another program need not be read, and then comes out unchanged."""
    value, reason = REFUSED_VALUES[corner]
    text = f"{HEAD}- kind: X\n  more: {value}\n{OURS}"

    output = run(text.encode(), {})

    if output.exit_code:
        _refused(text, reason.partition(" (line")[0])
    else:
        assert output.stdout.decode().startswith(text.replace(PROBE, ""))


@pytest.mark.parametrize("corner", REFUSED)
def test_what_is_ambiguous_as_a_whole_is_refused(corner: str) -> None:
    """Exit 1, one line with the reason, and an empty stdout."""
    _refused(*REFUSED[corner])


def _refused(text: str, reason: str) -> None:
    output = run(text.encode(), {})

    assert (b"", 2, 1) == (output.stdout, output.exit_code, len(output.stderr))
    assert reason in output.stderr[0]
    assert len(output.stderr[0]) < 400


@pytest.mark.parametrize("encoding", OTHER_ENCODINGS)
def test_what_is_not_utf_8_is_refused(encoding: str) -> None:
    """The error names the first wrong byte."""
    output = run(OTHER_ENCODINGS[encoding], {})

    assert (b"", 2, 1) == (output.stdout, output.exit_code, len(output.stderr))
    assert "UTF-8" in output.stderr[0] or "control characters" in output.stderr[0]


def test_an_anchor_of_another_item_is_used_in_ours() -> None:
    """The alias is removed, and its anchor stays."""
    other = "- probe: &p {httpGet: {path: /livez, port: 8080}}\n"
    ours = OURS.replace("{httpGet: {path: /livez, port: 8080}}", "*p")

    items, _ = _repaired(HEAD + other + ours)

    assert items == HEAD + other + OURS.replace(PROBE, "")


def test_an_anchor_of_ours_is_used_in_another_item() -> None:
    """A removed value stays where an alias uses it."""
    ours = OURS.replace("livenessProbe: {", "livenessProbe: &p {")

    items, _ = _repaired(HEAD + ours + "- probe: *p\n")

    written = "- probe: {httpGet: {path: /livez, port: 8080}}\n"
    assert items == HEAD + OURS.replace(PROBE, "") + written


def test_one_workload_may_be_two_items() -> None:
    """An item that is an alias of another is repaired, too, and gets its own text."""
    items, results = split_results(
        run((HEAD + OURS.replace("- ", "- &w\n  ", 1) + "- *w\n").encode(), {}).stdout
    )

    assert len(results) == 2
    assert b"livenessProbe" not in items
    assert items.count(b"kube-state-metrics:v2.15.0") == 2


@pytest.mark.parametrize(
    "key",
    ["livenessProbe", '"livenessProbe"', "!!str livenessProbe", "? livenessProbe\n          "],
)
def test_a_key_may_be_spelled_in_any_way(key: str) -> None:
    """Quoted, tagged, or with a question mark."""
    spelled = PROBE.replace("livenessProbe", key)

    items, _ = _repaired(HEAD + OURS.replace(PROBE, spelled + BEHIND))

    assert items == HEAD + OURS.replace(PROBE, BEHIND)


@pytest.mark.parametrize("key", ["? scheme", "? scheme: HTTPS", "? [scheme]"])
def test_a_key_without_a_value_ends_where_it_stands(key: str) -> None:
    """It does not end at the next token, which is on another line."""
    spelled = f"          livenessProbe:\n            httpGet: {{port: 8080}}\n            {key}\n"
    behind = "        # another\n        - name: another\n"

    items, _ = _repaired(HEAD + OURS.replace(PROBE, spelled) + behind)

    assert items == HEAD + OURS.replace(PROBE, "") + behind


def test_variables_that_double_are_no_bomb() -> None:
    """Sixty variables, each of two others, are unknown, and nothing changes."""
    variables = "".join(
        f"          - {{name: a{i}, value: '$(a{i - 1})$(a{i - 1})'}}\n" for i in range(1, 60)
    )
    env = "          env:\n          - {name: a0, value: xx}\n" + variables
    text = HEAD + OURS.replace("--host=127.0.0.1", "--host=$(a59)") + env

    output = run(text.encode(), {})

    items, results = split_results(output.stdout)
    assert (text, 0) == (items.decode(), output.exit_code)
    assert [result["severity"] for result in results] == ["warning"]


def test_a_pattern_that_backtracks_is_answered() -> None:
    """Dozens of stars and a path that does not match take no time, as in Go."""
    path = "/" + "a" * 2000
    proxy = (
        "        - name: kube-rbac-proxy\n"
        "          image: quay.io/brancz/kube-rbac-proxy:v0.19.1\n"
        f"          args: [--secure-listen-address=:8443, '--ignore-paths=/{'*a' * 40}b',\n"
        "            '--upstream=http://127.0.0.1:8080/']\n"
        f"          readinessProbe: {{httpGet: {{path: {path}, port: 8443, scheme: HTTPS}}}}\n"
    )

    results = split_results(run((HEAD + OURS + proxy).encode(), {}).stdout)[1]

    reasons = [result["tags"]["reason"] for result in results]  # type: ignore[index]
    assert reasons == ["LoopbackOnly", "Unauthorized"]


def test_numbers_of_json_stay_numbers() -> None:
    """A number that is copied into an added container stays a number."""
    text = (
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ksm"}, "spec": {"containers": ['
        '{"name": "k", "image": "kube-state-metrics:v2.15.0", "args": ["--host=127.0.0.1", '
        '"--port=8080"], "livenessProbe": {"httpGet": {"path": "/livez", "port": 8080}}}, '
        '{"name": "p", "image": "kube-rbac-proxy:v0.19.1", "args": ["--upstream='
        'http://127.0.0.1:8080/", "--secure-listen-address=:8443"], "resources": {"limits": '
        '{"cpu": 0.5, "memory": 20000000000000000000}}}]}}'
    )

    output = run(text.encode(), {"mode": "dedicated-port"})

    assert output.exit_code == 0, output.stderr
    assert output.stdout.count(b'{"cpu": 0.5, "memory": 20000000000000000000}') == 2
