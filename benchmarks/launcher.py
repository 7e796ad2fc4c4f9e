"""Start one command, read what it writes to the end, and print what that took.

A process counts the memory of the one that started it until it becomes another program, so this
runs by itself, with as few modules as may be: python -I -S launcher.py STDIN COMMAND...
Prints wall (nanoseconds), peak memory (KiB), exit code and bytes written.
"""

import fcntl
import os
import sys
import time

PIPE = 1 << 20

stdin, *command = sys.argv[1:]
reading, writing = os.pipe()
# In a small pipe the two processes wait for each other, as long as the scheduler likes.
fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE)
into = [
    (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
    (os.POSIX_SPAWN_DUP2, writing, 1),
    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
]
buffer = bytearray(PIPE)
written = 0
began = time.perf_counter_ns()
child = os.posix_spawn(command[0], command, os.environ, file_actions=into)
os.close(writing)
while count := os.readv(reading, [buffer]):
    written += count
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter_ns() - began
print(wall, usage.ru_maxrss, os.waitstatus_to_exitcode(status), written)
