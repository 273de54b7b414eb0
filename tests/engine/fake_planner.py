"""A planner that plans what the test wrote down.

The file named by ``FAKE_PLAN`` holds a list of objects: ``headers`` and ``units`` (names in the
project's folder), ``parent`` (a position in the list, none by default) and ``size`` (bytes). Keys
depend on the headers' content, as the real ones do. ``{"hang": true}`` plans for ever.
"""

from __future__ import annotations

import json
import os
import sys
import time

import msgspec

from cppls.core.frames import read_frame, write_frame
from cppls.core.messages import PlanPreambles, PreamblePlan, Started
from tests.engine.fake_worker import log
from tests.engine.plans import planned


def main() -> None:
    """Serve until stdin ends."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    write_frame(stdout, Started(os.getpid(), ""))
    while (body := read_frame(stdin)) is not None:
        request = msgspec.msgpack.decode(body, type=PlanPreambles)
        log(f"plan {sum(len(group.units) for group in request.groups)}")
        with open(os.environ["FAKE_PLAN"]) as file:
            wanted = json.load(file)
        folder = os.fsdecode(request.groups[0].directory)
        if wanted == {"hang": True}:
            time.sleep(3600)
        preambles = [
            planned(
                [os.path.join(folder, name) for name in each["headers"]],
                [os.path.join(folder, name) for name in each["units"]],
                parent=each.get("parent", -1),
                size=each.get("size", 8 << 20),
            )
            for each in wanted
        ]
        write_frame(stdout, PreamblePlan(request.id, preambles, 0.01, 1 << 20))


if __name__ == "__main__":
    main()
