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


def shares(queue, requests, weights, works):
    """How much work each client has had after so many requests, if each always has eight there."""
    had = Counter()
    for client, weight in weights.items():
        for _ in range(8):
            assert queue.put(client, (client, None), weight)
    for _ in range(requests):
        [(place, (client, _))] = taken(queue).items()
        work = works(client)
        had[client] += work
        queue.done(client, place, work)
        assert client not in weights or queue.put(client, (client, None), weights[client])
    return had


def test_work_that_nobody_else_wanted_is_not_held_against_a_client():
    """One floods for long, and students pass by. When another floods too, both have as much from then on."""
    queue = FairQueue(1, 64, burst=20.0)
    filled(queue, "first", "first")
    for turn in range(5000):
        filled(queue, f"student {turn}", "first")
        for _ in range(2):
            [(place, (client, _))] = taken(queue).items()
            queue.done(client, place, 10.0 if client == "first" else 0.1)
    had = shares(queue, 200, {"first": 1.0, "second": 1.0}, lambda _: 10.0)
    assert had["first"] == pytest.approx(had["second"], abs=50)


def test_a_client_saves_no_turns():
    """One has always two small requests there beside large ones of others. When it floods with large ones, the others wait for few."""
    queue = FairQueue(1, 64, burst=20.0)
    for turn in range(5000):
        client = "saver" if turn % 3 else f"student {turn}"
        queue.put(client, (client, turn))
        if queue.waiting > 2:
            [(place, (client, _))] = taken(queue).items()
            queue.done(client, place, 0.1 if client == "saver" else 10.0)
    filled(queue, *["saver"] * 30)
    waited = []
    for turn in range(20):
        queue.put(f"late {turn}", (f"late {turn}", turn))
        waited.append(0)
        while (client := end(queue, 10.0)) != f"late {turn}":
            waited[-1] += 1
            queue.put("saver", ("saver", None))
    assert sum(waited[4:]) <= 2 * len(waited[4:]), waited


@pytest.mark.parametrize("seed", range(8))
def test_whatever_was_before_clients_that_wait_get_work_by_their_weights(seed):
    dice = random.Random(seed)
    queue = FairQueue(1, 64, burst=dice.choice([0.0, 5.0, 50.0]))
    for _ in range(3000):
        client = f"client {dice.randrange(8)}"
        if dice.random() < 0.6:
            queue.put(client, (client, None), int(client[-1]) + 1.0)
        elif queue.busy:
            end(queue, dice.choice([0.1, 1.0, 100.0]))
    for client in [f"client {number}" for number in range(4, 8)]:
        while queue.discard(client, (client, None)):
            pass
    while queue.waiting > 10:
        end(queue)
    weights = {f"client {number}": number + 1.0 for number in range(4)}
    sizes = {client: dice.choice([1.0, 10.0, 50.0]) for client in weights}
    had = shares(queue, 4000, weights, lambda client: sizes.get(client, 1.0) * dice.uniform(0.5, 1.5))
    parts = [had[client] / weight for client, weight in weights.items()]
    assert max(parts) - min(parts) < 300, parts


def test_who_is_ahead_and_away_is_remembered_though_many_others_come_and_go(monkeypatch):
    monkeypatch.setattr(fair_queue, "MOST_REMEMBERED", 16)
    queue = FairQueue(1, 64)
    filled(queue, "here", "greedy", "here")
    assert [end(queue, 1.0), end(queue, 1000.0)] == ["here", "greedy"]
    for turn in range(100):
        filled(queue, f"student {turn}", "here")
        end(queue, 3.0)
        end(queue, 1.0)
    filled(queue, "greedy", "b")
    order = [end(queue) for _ in range(queue.waiting + queue.busy)]
    assert order.index("b") < order.index("greedy")


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


@pytest.mark.parametrize("clients", [2, 5, 20])
def test_many_that_flood_leave_room_for_a_newcomer(clients):
    queue = FairQueue(1, 64)
    for turn in range(1000):
        client = f"flood {turn % clients}"
        while queue.put(client, (client, None)):
            pass
        if turn > 500:
            assert queue.put(f"student {turn}", (f"student {turn}", None)), turn
            assert queue.discard(f"student {turn}", (f"student {turn}", None))
        end(queue)
    assert queue.waiting > 30


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
