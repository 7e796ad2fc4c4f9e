"""The process of `fix-ksm-probes` and `python -m fix_ksm_probes`: as short as it can be."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command and end the process with its exit code."""
    # A run makes no cycles, its imports included, and ends before collecting would pay.
    gc.disable()
    from fix_ksm_probes.yamlpatch._libyaml import import_binding_alone

    # Nobody shares this process; to import all of PyYAML takes longer than a run.
    import_binding_alone()
    from fix_ksm_probes.cli import run_command

    exit_code = run_command(sys.argv[1:])
    # Nothing is buffered by now, and to take the interpreter down takes longer than to parse.
    os._exit(exit_code)


if __name__ == "__main__":
    main()
