"""Values of every kind in YAML and JSON, also those that look like others."""

from __future__ import annotations

from hypothesis import strategies as st

TEXT = st.one_of(
    st.sampled_from(
        ["on", "0644", "1e3", "~", "", "a: b", "- c", "# d", "é 監 😀", "'", '"', "{", "null"]
    ),
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn")), max_size=8
    ),
    st.sampled_from(
        ["two\nlines", "ends\n", "blank\n\nline\n", "spaces\n   \nend\n", "many\n\n\n"]
    ),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-5, 99999), TEXT)
KEYS = st.sampled_from(["name", "kind", "items", "results", "on", "a.b/c", "key", "x y", "args"])
DATA = st.recursive(
    LEAVES,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(KEYS, below, max_size=3)),
    max_leaves=12,
)
MAPPINGS = st.dictionaries(KEYS, DATA, min_size=1, max_size=4)
