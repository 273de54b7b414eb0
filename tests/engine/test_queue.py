"""The queue: open files first, then what they include, then the rest."""

from __future__ import annotations

from cppls.engine.queue import Queue, Tier


def drain(queue: Queue) -> list[str]:
    taken: list[str] = []
    while (path := queue.take()) is not None:
        taken.append(path)
    return taken


def test_files_leave_in_the_order_of_arrival() -> None:
    queue = Queue()
    queue.put(["c", "a", "b"])
    assert drain(queue) == ["c", "a", "b"]


def test_open_files_come_before_related_ones_and_those_before_the_rest() -> None:
    queue = Queue()
    queue.put(["rest"])
    queue.put(["related"], Tier.RELATED)
    queue.put(["open"], Tier.OPEN)
    assert drain(queue) == ["open", "related", "rest"]


def test_what_waits_for_a_preamble_comes_last_until_it_is_promoted() -> None:
    queue = Queue()
    queue.put(["a", "b", "c"])
    queue.demote(["a", "b"], Tier.LATER)
    assert queue.has(Tier.OPEN, Tier.LATER)
    queue.promote(["b"], Tier.REST)
    assert drain(queue) == ["c", "b", "a"]
    assert not queue.has(*Tier)


def test_opening_a_file_moves_it_up_although_it_waits_already() -> None:
    queue = Queue()
    queue.put(["a", "b", "c"])
    assert queue.put(["c"], Tier.OPEN) == 0
    assert drain(queue) == ["c", "a", "b"]


def test_a_file_put_again_with_less_urgency_keeps_its_place() -> None:
    queue = Queue()
    queue.put(["a"], Tier.OPEN)
    queue.put(["a", "b"])
    assert drain(queue) == ["a", "b"]


def test_a_closed_file_moves_down_again() -> None:
    queue = Queue()
    queue.put(["a"])
    queue.put(["b"], Tier.OPEN)
    queue.demote(["b", "unknown"], Tier.REST)
    assert drain(queue) == ["a", "b"]


def test_promoting_moves_nothing_down() -> None:
    queue = Queue()
    queue.put(["rest", "related"])
    queue.put(["open"], Tier.OPEN)
    queue.promote(["related", "open", "unknown"], Tier.RELATED)
    assert drain(queue) == ["open", "related", "rest"]


def test_a_file_that_was_taken_may_wait_again() -> None:
    queue = Queue()
    queue.put(["a"])
    queue.take()
    assert queue.put(["a"]) == 1
    assert drain(queue) == ["a"]


def test_removed_files_are_not_taken() -> None:
    queue = Queue()
    queue.put(["a", "b"])
    assert queue.discard(["a", "unknown"]) == 1
    assert "a" not in queue
    assert drain(queue) == ["b"]


def test_a_full_queue_refuses_and_says_so() -> None:
    queue = Queue(limit=2)
    assert queue.put(["a", "b", "c"]) == 2
    statistics = queue.statistics()
    assert (statistics["waiting"], statistics["refused"]) == (2, 1)
