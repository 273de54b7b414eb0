"""The child process answers a request and ends with its stdin."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from cppls.core.frames import encode_frame, read_frame
from cppls.core.messages import FlagGroup, PlannerReply, PlanPreambles, PreamblePlan, Started
from tests.preambles.test_plan import HEAVY


def test_a_plan_is_made_in_a_process_that_ends(tmp_path: Path) -> None:
    (tmp_path / "heavy.h").write_text("#pragma once\n" + HEAVY)
    units = [tmp_path / f"{number}.cpp" for number in range(12)]
    for unit in units:
        unit.write_text('#include "heavy.h"\n')
    paths = [os.fsencode(unit) for unit in units]
    group = FlagGroup(os.fsencode(tmp_path), [b"-x", b"c++", b"-std=c++17"], paths)
    command = [sys.executable, "-m", "cppls.preambles.planner"]
    request = encode_frame(PlanPreambles(7, [group]))
    replies = io.BytesIO(
        subprocess.run(command, input=request, capture_output=True, check=True).stdout
    )
    decode = msgspec.msgpack.Decoder(PlannerReply).decode
    started, plan = (decode(read_frame(replies) or b"") for _ in range(2))
    assert isinstance(started, Started)
    assert isinstance(plan, PreamblePlan)
    assert plan.id == 7
    assert [each.units for each in plan.preambles] == [paths]
    assert plan.preambles[0].arguments == [b"-x", b"c++-header", b"-std=c++17"]
