"""The planner: a child process that is asked once, answers, and ends with what it has read.

Run as ``python -m cppls.preambles.planner``: a frame of ``PlanPreambles`` on stdin, one of
``PreamblePlan`` on stdout. It ends with its stdin or its parent.
"""

from __future__ import annotations

import os
import sys

import msgspec

from cppls.core import system
from cppls.core.frames import read_frame, write_frame
from cppls.core.messages import FlagGroup, PlannedPreamble, PlanPreambles, PreamblePlan, Started
from cppls.preambles.plan import Group, Preamble, plan


def main() -> int:
    """Answer requests until stdin ends."""
    requests, replies = system.take_stdio()
    limited = system.limit_to_half_of_memory()
    for problem in (system.die_with_parent(), system.lower_priority(), limited):
        if problem:
            print(f"cppls planner: {problem}", file=sys.stderr)
    write_frame(replies, Started(pid=os.getpid(), libclang=""))
    decoder = msgspec.msgpack.Decoder(PlanPreambles)
    while (body := read_frame(requests)) is not None:
        write_frame(replies, answer(decoder.decode(body)))
    return 0


def answer(request: PlanPreambles) -> PreamblePlan:
    """Plan, and measure what it took."""
    cpu = system.cpu_seconds()
    preambles = plan([_group(group) for group in request.groups])
    return PreamblePlan(
        id=request.id,
        preambles=[_planned(preamble) for preamble in preambles],
        cpu_seconds=system.cpu_seconds() - cpu,
        peak_rss=system.peak_rss(),
    )


def _group(group: FlagGroup) -> Group:
    arguments = [os.fsdecode(argument) for argument in group.arguments]
    units = [os.fsdecode(unit) for unit in group.units]
    return Group(os.fsdecode(group.directory), arguments, units)


def _planned(preamble: Preamble) -> PlannedPreamble:
    return PlannedPreamble(
        parent=preamble.parent,
        key=preamble.key,
        directory=os.fsencode(preamble.directory),
        arguments=[os.fsencode(argument) for argument in preamble.arguments],
        source=os.fsencode(preamble.source),
        size=preamble.size,
        units=[os.fsencode(unit) for unit in preamble.units],
    )


if __name__ == "__main__":
    sys.exit(main())
