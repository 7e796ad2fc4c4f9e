"""Command prefixes under which a program and all it starts end together with this process.

The first command dies with the thread that waits here; the second, as parent of a pid namespace,
takes every process in that along; network and mounts go with the last process. So nothing is left
behind however this process ends, and there is nothing to sweep up at the next start.
"""

_DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
_OWN_PROCESSES = ("unshare", "--pid", "--mount-proc", "--fork", "--kill-child")

# For a program that works on the machine's files and network.
CONFINED = (*_DIES_WITH_US, *_OWN_PROCESSES)
# For a program that makes a network and mounts of its own.
ISOLATED = (*_DIES_WITH_US, *_OWN_PROCESSES, "--net", "--mount")
