"""Runs a command again and again and prints the wall and CPU time of its processes, from start to exit, as JSON:
`lifetime.py MILLISECONDS DEADLINE COMMAND...`. Node does not report the CPU time of a child process.
"""

import json
import os
import signal
import sys
from time import perf_counter

MICROSECONDS = 1_000_000


def run(command: list[str], deadline: int) -> tuple[float, float]:
    """Runs the command once and returns its wall and CPU time. What it prints goes to stderr."""
    start = perf_counter()
    child = os.posix_spawnp(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)]
    )
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(deadline)
    _, status, usage = os.wait4(child, 0)
    wall = perf_counter() - start
    signal.alarm(0)
    if status != 0:
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.exit("error: timed out" if killed else f"error: ended with wait status {status}")
    return wall, usage.ru_utime + usage.ru_stime


def main(milliseconds: float, deadline: int, command: list[str]) -> None:
    # The first process reads files that the following ones find in memory.
    run(command, deadline)
    walls, cpus = [], []
    while sum(walls) * 1000 < milliseconds:
        wall, cpu = run(command, deadline)
        walls.append(wall)
        cpus.append(cpu)
    each = MICROSECONDS / len(walls)
    print(json.dumps({"messages": len(walls), "wall": sum(walls) * each, "cpu": sum(cpus) * each, "latency": None}))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
