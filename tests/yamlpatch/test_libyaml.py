"""The binding of libyaml by itself, in an interpreter without PyYAML."""

from __future__ import annotations

import subprocess
import sys

import pytest

ALONE = """
import sys
from fix_ksm_probes.yamlpatch._libyaml import import_binding_alone
import_binding_alone()
from yaml._yaml import CParser
from yaml.error import YAMLError
assert "yaml.events" in sys.modules and "yaml.constructor" not in sys.modules
"""


def _run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_reads_events() -> None:
    """It has what the function needs of PyYAML."""
    said = _run(ALONE + "print(type(CParser('a: 1').get_event()).__name__)")

    assert said == "StreamStartEvent\n"


@pytest.mark.parametrize("text", ["a: [1", "a: \x01", "*a", "%X y\n%YAML 9.9\n---\n", "a: 'b"])
def test_its_errors_are_those_of_pyyaml(text: str) -> None:
    """Errors of the parser have the words and the places of PyYAML."""
    parse = f"""
parser = CParser({text!r})
try:
    while parser.get_event() is not None: pass
except YAMLError as error: print(*str(error).split())
"""
    alone = _run(ALONE + parse)
    whole = _run(
        "import yaml\nfrom yaml._yaml import CParser\nYAMLError = yaml.YAMLError\n" + parse
    )

    assert alone == whole


def test_who_imports_yaml_later_gets_the_whole() -> None:
    """The stand-in leaves nothing: PyYAML loads, dumps and raises as always."""
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
    """If the stand-in is not enough, all of PyYAML is imported."""
    said = _run(
        """
import sys, types
sys.modules["yaml.nodes"] = types.ModuleType("yaml.nodes")
from fix_ksm_probes.yamlpatch._libyaml import import_binding_alone
import_binding_alone()
from yaml._yaml import CParser
assert "yaml.constructor" in sys.modules
print(type(CParser('a: 1').get_event()).__name__)
"""
    )

    assert said == "StreamStartEvent\n"


def test_to_import_the_package_leaves_yaml_alone() -> None:
    """Only the command may replace the module that others import."""
    said = _run(
        """
import sys
import fix_ksm_probes.cli
from fix_ksm_probes.yamlpatch import load, parse
assert not [name for name in sys.modules if name.partition(".")[0] == "yaml"]
print(load(parse("a: 1")[0].root))
yaml = sys.modules["yaml"]
print(type(yaml).__name__, "SafeLoader" in vars(yaml))
"""
    )

    assert said == "{'a': 1}\nmodule True\n"


def test_the_package_works_with_a_pyyaml_that_is_there() -> None:
    """It uses that module."""
    said = _run(
        """
import sys, yaml
from fix_ksm_probes.yamlpatch import load, parse
print(load(parse("a: 1")[0].root), sys.modules["yaml"] is yaml)
"""
    )

    assert said == "{'a': 1} True\n"
