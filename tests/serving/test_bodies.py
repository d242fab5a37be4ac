"""Receiving bodies: the time and the room that they have."""

import asyncio

import pytest

from stepgrade_service.serving import bodies
from stepgrade_service.serving.bodies import Bodies
from stepgrade_service.web.problems import ApiProblem


class Connection:
    """A connection whose client has sent this, or sends nothing."""

    def __init__(self, body=None):
        self.body, self.read = body, 0

    async def __call__(self):
        return self.body if self.body is not None else await asyncio.get_running_loop().create_future()

    async def __aiter__(self):
        for start in range(0, len(self.body), 1 << 16):
            chunk = self.body[start : start + (1 << 16)]
            self.read += len(chunk)
            yield chunk


def receive(taker, connection, length, address="a"):
    return taker.receive({"CONTENT_LENGTH": str(length)}, connection, address)


def test_a_body_is_received_and_one_that_is_too_long_is_read_and_not_kept():
    taker, long = Bodies(100_000), Connection(b"x" * 200_000)
    assert asyncio.run(receive(taker, Connection(b"{}"), 2)) == b"{}"
    assert asyncio.run(receive(taker, Connection(b"x" * 100_000), 100_000)) == b"x" * 100_000
    assert asyncio.run(receive(taker, long, 200_000)) == b""
    assert long.read == 200_000


@pytest.mark.parametrize("length", ["1,1", "-1", "+1", "1.5", "", "\N{SUPERSCRIPT TWO}"])
def test_a_length_is_a_number(length):
    with pytest.raises(ApiProblem) as caught:
        asyncio.run(receive(Bodies(100), Connection(b"x"), length))
    assert caught.value.status == 400


def test_a_body_that_does_not_arrive_is_given_up_when_its_time_is_over(monkeypatch):
    async def wait(taker):
        waiting = asyncio.create_task(receive(taker, Connection(), 10))
        await asyncio.sleep(0)
        assert taker.look(), "its time is not over"
        monkeypatch.setattr(bodies, "monotonic", lambda: float("inf"))
        assert taker.look()
        with pytest.raises(ApiProblem) as caught:
            await waiting
        assert (caught.value.status, caught.value.headers["Connection"]) == (408, "close")
        assert not taker.look()

    asyncio.run(wait(Bodies(100)))


def test_long_bodies_of_one_address_have_half_of_the_room(monkeypatch):
    async def fill(taker):
        waiting = [asyncio.create_task(receive(taker, Connection(), 1 << 20)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ApiProblem) as caught:
            await receive(taker, Connection(b"x"), 1 << 20)
        assert (caught.value.status, caught.value.slug) == (503, "too-many-bodies")
        assert await receive(taker, Connection(b"y"), 1 << 20, "b") == b"y"
        assert await receive(taker, Connection(b"z"), 10) == b"z"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await receive(taker, Connection(b"x"), 1 << 20) == b"x"

    monkeypatch.setattr(bodies, "ROOM", 1 << 22)
    asyncio.run(fill(Bodies(1 << 20)))


def test_long_bodies_have_their_room_until_they_are_answered(monkeypatch):
    monkeypatch.setattr(bodies, "ROOM", 1 << 22)

    async def go():
        taker, long = Bodies(1 << 20), 1 << 20
        length = {"CONTENT_LENGTH": str(long)}
        for _ in range(2):
            await taker.receive(length, Connection(b"x" * long), "a")
        with pytest.raises(ApiProblem):
            await taker.receive({**length, "HTTP_EXPECT": "100-continue"}, Connection(), "a")
        taker.let_go("a", long)
        await taker.receive(length, Connection(b"x" * long), "a")

    asyncio.run(go())
