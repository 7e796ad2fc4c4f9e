"""PyYAML's binding of libyaml alone, for a process that ends before anyone else wants PyYAML.

`import yaml` takes 15 ms of processor time, the binding 1.6 ms: more than all else that a run
without a repair does. It works by what stands in `sys.modules["yaml"]`, so only the command may do
it, never an import of this package; whoever imports yaml afterwards still gets the whole of it.
"""

from __future__ import annotations

import sys
from types import ModuleType

# PyYAML 6.0: the binding looks for these once, to raise them; it needs no more of their modules.
_RAISED = {
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "parser": "ParserError",
    "reader": "ReaderError",
    "representer": "RepresenterError",
    "scanner": "ScannerError",
    "serializer": "SerializerError",
}


class _Package(ModuleType):
    """The package yaml, which imports what it holds when somebody else asks for it."""

    def __getattr__(self, name: str) -> object:
        # As importlib.util.LazyLoader does, whose import takes longer than that of the binding.
        if self.__class__ is not _Package or name.startswith("__"):
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        if self.__spec__ is not None and self.__spec__.loader is not None:
            self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def _import(name: str) -> ModuleType:
    # importlib, for the same, is another import.
    __import__(name)
    return sys.modules[name]


def import_binding_alone() -> None:
    """Import `yaml._yaml`, `yaml.events` and `yaml.error` without the rest of PyYAML.

    Does nothing where yaml is imported already. What needs more of it imports it all.
    """
    if "yaml" in sys.modules:
        return
    try:
        _import_alone()
    except AttributeError:
        # Another release may look for more.
        for name in [name for name in sys.modules if name.partition(".")[0] == "yaml"]:
            del sys.modules[name]


def _import_alone() -> None:
    package = _Package("yaml")
    specs = (finder.find_spec("yaml", None) for finder in sys.meta_path)
    package.__spec__ = spec = next(filter(None, specs), None)
    package.__path__ = (spec and spec.submodule_search_locations) or []
    sys.modules["yaml"] = package
    error = _import("yaml.error")

    class ReaderError(error.YAMLError):  # type: ignore[name-defined, misc]
        def __init__(self, *found: str | int) -> None:
            name, self.position, self.character, _, self.reason = found
            place = f'\n  in "{name}", position {self.position}'
            super().__init__(f"unacceptable character #x{found[2]:04x}: {self.reason}{place}")

    for name in ("events", "nodes", "tokens"):
        _import(f"yaml.{name}")
    for name, raised in _RAISED.items():
        module = ModuleType(f"yaml.{name}")
        setattr(module, raised, ReaderError if name == "reader" else error.MarkedYAMLError)
        setattr(package, name, module)
    _import("yaml._yaml")
    for name in _RAISED:
        delattr(package, name)
