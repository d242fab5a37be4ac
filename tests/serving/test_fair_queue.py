"""The queue of the requests: who may have how much of it, and whose turn it is."""

from stepgrade_service.serving.fair_queue import FairQueue


def filled(queue, *addresses):
    """Put a request of each of these addresses into the queue; returns which were taken in."""
    return [queue.put(address, (address, number)) for number, address in enumerate(addresses)]


def taken(queue):
    """What the work threads have got since they were asked last, by place."""
    places = [queue.place(number) for number in range(queue.places)]
    return {place: place.get_nowait() for place in places if not place.empty()}


def end(queue):
    """End the work on the one request that is worked on, and return whose it was."""
    [(place, (address, _))] = taken(queue).items()
    queue.done(address, place)
    return address


def test_one_address_has_all_places_but_one():
    queue = FairQueue(3, 8)
    assert filled(queue, "a", "a", "a", "b") == [True] * 4
    assert sorted(taken(queue).values()) == [("a", 0), ("a", 1), ("b", 3)]
    assert (queue.busy, queue.waiting) == (3, 1)


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
