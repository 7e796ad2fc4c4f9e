"""The process of `fix-ksm-probes` and `python -m fix_ksm_probes`: as short as it can be."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command and end the process with its exit code."""
    # A run and its imports make no reference cycles, and end before a collection would pay off.
    gc.disable()
    from fix_ksm_probes.yamlpatch._libyaml import import_binding_alone

    # No other code shares this process, and importing all of PyYAML takes longer than a run.
    import_binding_alone()
    from fix_ksm_probes.cli import run_command

    exit_code = run_command(sys.argv[1:])
    # Nothing is buffered any more, and shutting the interpreter down takes longer than a parse.
    os._exit(exit_code)


if __name__ == "__main__":
    main()
