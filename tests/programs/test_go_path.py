from __future__ import annotations

import pytest

from fix_ksm_probes.programs.go_path import clean, is_malformed, kubelet_path, matches


@pytest.mark.parametrize(
    ("pattern", "http_path", "is_match"),
    [
        ("/livez", "/livez", True),
        ("/livez", "/livez/", False),
        ("/livez", "/LIVEZ", False),
        ("/*", "/livez", True),
        ("/*", "/", True),
        ("/*", "/debug/pprof", False),
        ("/*/pprof", "/debug/pprof", True),
        ("/live?", "/livez", True),
        ("/live?", "/live/", False),
        ("/[a-m]ivez", "/livez", True),
        ("/[^l]ivez", "/livez", False),
        (r"/liv\ez", "/livez", True),
        (r"/\*", "/livez", False),
        ("/livez.", "/livezx", False),
        ("livez", "/livez", False),
        ("*", "/livez", False),
        ("", "/", False),
        ("/livez", "/livez\n", False),
    ],
)
def test_patterns_are_those_of_go(pattern: str, http_path: str, *, is_match: bool) -> None:
    """A pattern takes the whole path; a star stops at a slash (path.Match, Go 1.24)."""
    assert not is_malformed(pattern)
    assert matches(pattern, http_path) is is_match


@pytest.mark.parametrize("pattern", ["[", "/a[", "[]", "[a", "[-a]", "[b-a]", "\\", "[a-]"])
def test_a_malformed_pattern_is_told(pattern: str) -> None:
    """Go refuses it, so the proxy does not start."""
    assert is_malformed(pattern)
    assert not matches(pattern, pattern)


@pytest.mark.parametrize(
    ("http_path", "cleaned"),
    [
        ("/livez", "/livez"),
        ("/livez/", "/livez/"),
        ("//livez", "/livez"),
        ("/./livez", "/livez"),
        ("/a/../livez", "/livez"),
        ("/../../livez", "/livez"),
        ("/", "/"),
        ("", "/"),
        ("/a//b/", "/a/b/"),
    ],
)
def test_paths_are_cleaned_as_servemux_does(http_path: str, cleaned: str) -> None:
    """ServeMux redirects to the clean path and keeps a last slash."""
    assert cleaned == clean(http_path)


@pytest.mark.parametrize(
    ("text", "requested"),
    [
        ("/livez", "/livez"),
        ("livez", "/livez"),
        ("", "/"),
        ("/livez?verbose=1", "/livez"),
        ("livez#part", "/livez"),
        ("//livez", "/"),
        ("//host/livez", "/livez"),
        ("http://elsewhere/livez", "/livez"),
        ("/%6civez", "/livez"),
        ("/a%2Fb", None),
        ("/%2e%2e/livez", None),
        ("mailto:nobody", None),
    ],
)
def test_a_path_is_what_url_parse_leaves_of_it(text: str, requested: str | None) -> None:
    """Two slashes start a host; query and fragment are no part of the path."""
    assert requested == kubelet_path(text)
