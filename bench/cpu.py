"""Processor time of a process and its descendants. On a machine that is busy with other things it
says more about a program than the clock does. Linux only; elsewhere it is unknown (None)."""

import os
from pathlib import Path

_PROC = Path("/proc")


def spent(pid: int) -> float | None:
    """Seconds of processor time so far of a process and all its living descendants."""
    if not (_PROC / "self" / "stat").exists():
        return None
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for folder in _PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            said = (folder / "stat").read_text()
        except OSError:
            continue
        # The name in brackets may hold anything, spaces and brackets included.
        fields = said.rpartition(")")[2].split()
        parents[int(folder.name)] = int(fields[1])
        used[int(folder.name)] = int(fields[11]) + int(fields[12])
    ticks = sum(one for process, one in used.items() if _descends(process, pid, parents))
    return ticks / os.sysconf("SC_CLK_TCK")


def _descends(process: int, ancestor: int, parents: dict[int, int]) -> bool:
    while process > 1:
        if process == ancestor:
            return True
        process = parents.get(process, 0)
    return False


def memory(pid: int) -> int | None:
    """Bytes of memory that a process and its descendants hold, shared pages divided fairly."""
    total = 0
    for process in (pid, *_children(pid)):
        try:
            lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total or None


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for folder in (_PROC / str(pid) / "task").glob("*/children"):
        try:
            for child in map(int, folder.read_text().split()):
                found += [child, *_children(child)]
        except OSError:
            continue
    return found
