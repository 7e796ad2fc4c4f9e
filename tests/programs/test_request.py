from __future__ import annotations

import pytest

from fix_ksm_probes.programs.request import kubelet_path


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
