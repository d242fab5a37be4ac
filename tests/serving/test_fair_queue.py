"""The queue of the requests: who may have how much of it, and whose turn it is."""

import random
from collections import Counter

import pytest

from stepgrade_service.serving import fair_queue
from stepgrade_service.serving.fair_queue import SHORT, FairQueue


def filled(queue, *addresses):
    """Put a request of each of these addresses into the queue; returns which were taken in."""
    return [queue.put(address, (address, number)) for number, address in enumerate(addresses)]


def taken(queue):
    """What the work threads have got since they were asked last, by place."""
    places = [queue.place(number) for number in range(queue.places)]
    return {place: place.get_nowait() for place in places if not place.empty()}


def end(queue, work=1.0):
    """End the work on the one request that is worked on, and return whose it was."""
    [(place, (address, _))] = taken(queue).items()
    queue.done(address, place, work)
    return address


def test_one_client_has_half_of_the_places_and_its_part_while_others_are_there():
    queue = FairQueue(4, 16)
    assert filled(queue, "a", "a", "a", "b", "c") == [True] * 5
    assert sorted(taken(queue).values()) == [("a", 0), ("a", 1), ("b", 3), ("c", 4)]
    assert (queue.busy, queue.waiting) == (4, 1)
    queue.done("a", queue.place(3))
    assert (queue.busy, queue.waiting) == (3, 1), "with three here, each has one of four"
    queue.done("b", queue.place(1))
    assert (queue.busy, queue.waiting) == (3, 0), "with two, each has two"


def test_a_client_that_stands_for_many_has_more_but_never_all():
    queue = FairQueue(4, 8)
    assert [queue.put("campus", number, 200) for number in range(11)] == [True] * 10 + [False]
    assert (queue.busy, queue.waiting) == (3, 7)
    assert queue.put("b", "its first")
    assert queue.busy == 4


@pytest.mark.parametrize("weight", [1, 4])
def test_clients_that_wait_get_work_by_their_weights_whatever_one_request_costs(weight):
    """One asks for dear requests, one for cheap ones: in the end both had as much work."""
    queue, dice, had = FairQueue(1, 8), random.Random(1), Counter()
    for _ in range(2000):
        while queue.put("dear", ("dear", None)):
            pass
        while queue.put("cheap", ("cheap", None), weight):
            pass
        [(place, (client, _))] = taken(queue).items()
        work = dice.uniform(10, 50) if client == "dear" else dice.uniform(0.5, 1.5)
        had[client] += work
        queue.done(client, place, work)
    assert had["cheap"] / had["dear"] == pytest.approx(weight, rel=0.1)


def test_who_was_away_has_saved_no_turns():
    queue = FairQueue(1, 8)
    filled(queue, "a", "b", "b", "b", "b")
    assert "".join(end(queue, 10.0) for _ in range(3)) == "abb"
    filled(queue, "a", "c", "c", "c")
    assert "".join(end(queue, 10.0) for _ in range(6)) == "babccc", "a comes in beside b, and c after what b sent before it"


def test_whoever_has_the_least_is_next_though_it_came_last():
    queue = FairQueue(1, 8)
    filled(queue, "greedy", "greedy", "greedy", "b")
    assert [end(queue, 100.0) for _ in range(3)] == ["greedy", "b", "greedy"]


def test_clients_that_have_only_their_part_are_served_in_the_order_of_arrival():
    """A request that ended a moment ago gives nobody an earlier turn, and costs nobody one."""
    queue, dice, waiting = FairQueue(1, 1000, burst=4.0), random.Random(2), list[str]()
    for turn in range(2000):
        client = f"student {turn % 50}"
        assert queue.put(client, (client, turn))
        waiting.append(client)
        if len(waiting) > dice.randint(1, 20):
            assert end(queue, dice.uniform(0.5, 1.5)) == waiting.pop(0)


def test_a_client_is_ahead_of_its_part_by_the_burst_and_then_waits_for_the_others():
    """Ten students have one request each there, and the abuser, who came first, four hundred."""
    queue, students, had = FairQueue(1, 1000, burst=20.0), [f"student {number}" for number in range(10)], Counter()
    filled(queue, *["abuser"] * 400, *students)
    first = [end(queue) for _ in range(20)]
    assert first == ["abuser"] * 20
    for _ in range(1100):
        client = end(queue)
        had[client] += 1
        assert queue.put(client, (client, None)), "each has always the same number of requests there"
    assert had["abuser"] == pytest.approx(100, abs=15)
    assert min(had[student] for student in students) > 90


def test_a_single_place_is_everybody_s():
    queue = FairQueue(1, 8)
    filled(queue, "a", "b")
    assert [end(queue), end(queue)] == ["a", "b"]


def test_addresses_that_wait_take_turns():
    queue = FairQueue(1, 16)
    filled(queue, "x", "a", "a", "a", "b", "b", "c")
    assert "".join(end(queue) for _ in range(7)) == "xabcaba"
    assert (queue.busy, queue.waiting) == (0, 0)


def test_one_address_fills_half_of_the_queue_and_all_together_the_whole():
    queue = FairQueue(2, 4)
    assert filled(queue, "a", "b") == [True] * 2
    assert filled(queue, "a", "a", "a") == [True, True, False]
    assert filled(queue, "b", "c", "d") == [True, True, False]


def test_what_is_done_makes_room_for_the_next_even_of_the_same_address():
    queue = FairQueue(2, 4)
    filled(queue, "a", "a")
    assert end(queue) == "a"
    assert list(taken(queue).values()) == [("a", 1)]


def test_the_thread_that_worked_last_works_next():
    queue = FairQueue(4, 8)
    filled(queue, "a")
    [(first, _)] = taken(queue).items()
    queue.done("a", first)
    filled(queue, "b")
    assert list(taken(queue)) == [first]


def test_what_waits_can_be_taken_back_once():
    queue = FairQueue(1, 4)
    filled(queue, "a", "a", "b")
    assert queue.discard("a", ("a", 1))
    assert not queue.discard("a", ("a", 1))
    assert not queue.discard("a", ("a", 0))
    assert queue.waiting == 1
    assert [end(queue), end(queue)] == ["a", "b"]


def test_short_requests_follow_one_another_and_what_is_long_works_beside_them():
    queue = FairQueue(4, 8, 1)
    filled(queue, "a", "b", "c", "d")
    [(place, first)] = taken(queue).items()
    assert (first, queue.busy, queue.waiting) == (("a", 0), 1, 3)
    queue.note_long(place)
    assert (list(taken(queue).values()), queue.busy) == ([("b", 1)], 2)
    queue.note_long(place)
    queue.done("a", place)
    assert taken(queue) == {}, "neither what is said twice nor the end of what is long makes room for a second short one"
    assert (queue.busy, queue.waiting) == (1, 2)


def test_what_takes_longer_than_a_short_request_is_long_for_those_behind_it(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(fair_queue, "monotonic", lambda: now[0])
    queue = FairQueue(4, 8, 1)
    filled(queue, "a", "b")
    taken(queue)
    now[0] = 0.9 * SHORT
    queue.look()
    assert taken(queue) == {}
    now[0] = 1.1 * SHORT
    queue.look()
    assert list(taken(queue).values()) == [("b", 1)]
    filled(queue, "c")
    assert taken(queue) == {}, "b has only begun"
    now[0] = 2.2 * SHORT
    filled(queue, "d")
    assert list(taken(queue).values()) == [("c", 0)], "who came first is next, though the queue looks only when another comes"


def test_who_waits_for_a_short_request_has_the_next_turn_by_the_work_it_has_had():
    queue = FairQueue(4, 8, 1)
    filled(queue, "greedy", "greedy", "greedy", "b")
    assert [end(queue, 100.0) for _ in range(3)] == ["greedy", "b", "greedy"]
