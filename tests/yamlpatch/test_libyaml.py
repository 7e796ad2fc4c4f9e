"""The binding of libyaml by itself, in an interpreter that has not seen PyYAML."""

from __future__ import annotations

import subprocess
import sys

import pytest

ALONE = """
import sys
from fix_ksm_probes.yamlpatch import _libyaml as libyaml
assert "yaml.events" in sys.modules and "yaml.constructor" not in sys.modules
"""


def _run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_reads_events() -> None:
    """What the function needs of PyYAML is there."""
    said = _run(ALONE + "print(type(libyaml.CParser('a: 1').get_event()).__name__)")

    assert said == "StreamStartEvent\n"


@pytest.mark.parametrize("text", ["a: [1", "a: \x01", "*a", "%X y\n%YAML 9.9\n---\n", "a: 'b"])
def test_its_errors_are_those_of_pyyaml(text: str) -> None:
    """The parser's errors tell what PyYAML's tell, the place included."""
    parse = f"""
parser = libyaml.CParser({text!r})
try:
    while parser.get_event() is not None: pass
except libyaml.YAMLError as error: print(*str(error).split())
"""
    alone = _run(ALONE + parse)
    whole = _run("import yaml\nfrom fix_ksm_probes.yamlpatch import _libyaml as libyaml\n" + parse)

    assert alone == whole


def test_who_imports_yaml_later_gets_the_whole() -> None:
    """Nothing of the stand-in is left: PyYAML loads, dumps and raises as ever."""
    said = _run(
        ALONE
        + """
import yaml
print(yaml.error.Mark.__name__, yaml.reader.ReaderError.__name__)
print(yaml.load("a: [1]", yaml.CSafeLoader), yaml.dump({"a": 1}, Dumper=yaml.CSafeDumper))
try: yaml.load("a: [", yaml.CSafeLoader)
except yaml.YAMLError: print("refused")
"""
    )

    assert said == "Mark ReaderError\n{'a': [1]} a: 1\n\nrefused\n"


def test_a_release_that_needs_more_gets_it() -> None:
    """Where the stand-in does not do, all of PyYAML is imported."""
    said = _run(
        """
import sys, types
sys.modules["yaml.nodes"] = types.ModuleType("yaml.nodes")
from fix_ksm_probes.yamlpatch import _libyaml as libyaml
assert "yaml.constructor" in sys.modules
print(type(libyaml.CParser('a: 1').get_event()).__name__)
"""
    )

    assert said == "StreamStartEvent\n"
