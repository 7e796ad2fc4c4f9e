"""The process of `fix-ksm-probes` and `python -m fix_ksm_probes`: as short as it can be."""

from __future__ import annotations

import gc
import os
import sys
from types import ModuleType


class _Late(ModuleType):
    """A module of the standard library that is imported when a name in it is first used."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        del sys.modules[self.__name__]
        module = __import__(self.__name__)
        vars(self).update(vars(module))
        return getattr(module, name)


def main() -> None:
    """Run the command and end the process with its exit code."""
    # A run and its imports make no reference cycles, and end before a collection would pay off.
    gc.disable()
    # A run without a repair uses no pattern: `import re` takes a fifth of it, 4 ms. Importing
    # collections for its submodule, which Python itself has loaded, is part of that.
    sys.modules.setdefault("re", _Late("re"))
    sys.modules.setdefault("collections.abc", sys.modules["_collections_abc"])
    from fix_ksm_probes.yamlpatch._libyaml import import_binding_alone

    # No other code shares this process, and importing all of PyYAML takes longer than a run.
    import_binding_alone()
    from fix_ksm_probes.cli import run_command

    exit_code = run_command(sys.argv[1:])
    # Nothing is buffered any more, and shutting the interpreter down takes longer than a parse.
    os._exit(exit_code)


if __name__ == "__main__":
    main()
