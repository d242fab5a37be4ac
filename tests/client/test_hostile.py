"""The client against a hostile or tired server: every call ends in time, with a result or with the client's own error."""

import copy
import gzip
import io
import json
import logging
import os
import socket
import threading
import time
import traceback
import zipfile
import zlib
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from stepgrade import (
    Answer,
    ApiError,
    CheckResult,
    Client,
    ConfigurationError,
    ServiceTimeout,
    ServiceUnreachable,
    StepgradeError,
    UnexpectedAnswer,
)
from stepgrade.cli import main
from stepgrade.messages import Request
from stepgrade.plain_text import address, harmless, without_password
from stepgrade.reports import ReportedTest, gradescope
from stepgrade.strict_json import DEEPEST, MOST_LISTS, parse
from stepgrade.transports import HttpTransport
from stepgrade.transports.unpacking import Body, Broken, TooLarge, refuse_npz_bomb

LONGEST = 3.0  # seconds that a connection is served at most
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
SECRET = "hunter2"
ESCAPE = "\x1b[31mred\x1b]0;title\x07\u202e"


def says(*pieces):
    """Say these bytes and close the connection."""
    return lambda connection: [connection.sendall(piece) for piece in pieces]


def drips(begin, piece, pause=0.02):
    """Say one byte after another, with a pause after each."""

    def talk(connection):
        connection.sendall(begin)
        ends = time.monotonic() + LONGEST
        while time.monotonic() < ends:
            for byte in piece:
                connection.sendall(bytes([byte]))
                time.sleep(pause)

    return talk


def floods(begin, piece):
    """Say the same again and again, without a pause."""

    def talk(connection):
        connection.sendall(begin)
        ends = time.monotonic() + LONGEST
        while time.monotonic() < ends:
            connection.sendall(piece)

    return talk


def whole(body, *fields, status=b"200 OK"):
    """A whole answer."""
    return b"\r\n".join([b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *fields]) + b"\r\n\r\n" + body


class Hostile:
    """Plain sockets in threads: reads a request, and then says whatever `talk` says."""

    def __init__(self, talk):
        self.talk, self.connections, self.heads = talk, 0, []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(LONGEST)
        try:
            with connection:
                while head := connection.recv(65_536):
                    while b"\r\n\r\n" not in head:
                        head += connection.recv(65_536)
                    self.heads.append(head)
                    if self.talk(connection) != "more":
                        return
        except OSError:
            return


@pytest.fixture
def hostile():
    """Make a hostile server."""
    made = []

    def make(talk):
        made.append(Hostile(talk))
        return made[-1]

    yield make
    for each in made:
        each.listening.close()


@pytest.fixture
def asked(hostile):
    """What a call of a server that talks like this comes to: its error, and the seconds that it took."""

    def ask(talk, **options):
        server = hostile(talk)
        began = time.monotonic()
        with (
            Client(f"http://teacher:{SECRET}@{server.host}", **{"max_retries": 0, "deadline": 2.0, **options}) as client,
            pytest.raises(StepgradeError) as caught,
        ):
            client.health()
        assert SECRET not in "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(client)
        assert str(caught.value).isprintable()
        return caught.value, time.monotonic() - began

    return ask


@pytest.mark.parametrize(
    "talk",
    [
        drips(b"", b"HTTP/1.1 200 OK"),
        drips(OK, b"A: b\r\n"),
        drips(OK + b"Content-Length: 9999\r\n\r\n", b" "),
        drips(OK + b"\r\n", b" "),
        drips(CHUNKED, b"1\r\n \r\n"),
        drips(CHUNKED + b"0\r\n", b"A: b\r\n"),
        drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.0),
        drips(OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
        drips(b"HTTP/1.1 301 Moved\r\nLocation: /a\r\n\r\n", b" "),
    ],
    ids=["status", "head", "body", "endless", "chunks", "trailers", "continue", "packed", "redirect"],
)
def test_an_answer_that_drips_in_does_not_outlast_the_deadline(asked, talk):
    error, took = asked(talk, deadline=0.3, max_retries=5)
    assert isinstance(error, ServiceTimeout)
    assert took < 1.5


@pytest.mark.parametrize("bytes_at_once", [0, 20_000], ids=["none", "some"])
def test_a_request_that_is_taken_slowly_does_not_outlast_the_deadline(hostile, bytes_at_once):
    def talk(connection):
        ends = time.monotonic() + LONGEST
        while time.monotonic() < ends:
            if bytes_at_once:
                connection.recv(bytes_at_once)
            time.sleep(0.05)

    request = Request.make("POST", "/step", {"params": ["x" * 30_000_000]}, None, "application/json")
    transport, began = HttpTransport(f"http://{hostile(talk).host}", deadline=0.3), time.monotonic()
    with pytest.raises(ServiceTimeout):
        transport.send(request)
    assert time.monotonic() - began < 1.5


def test_a_request_may_take_longer_than_a_connection(hostile):
    def talk(connection):
        time.sleep(0.5)
        while not connection.recv(1 << 20).endswith(b"!"):
            pass
        connection.sendall(whole(b"{}"))

    request = Request("POST", "/step", {"X-Request-Id": "1"}, b" " * 30_000_000 + b"!")
    assert HttpTransport(f"http://{hostile(talk).host}", timeout=(0.2, 5), max_retries=0).send(request).status == 200


def test_a_proxy_that_drips_does_not_outlast_the_deadline(hostile, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://{hostile(drips(b'HTTP/1.1 200 OK', b'A: b')).host}")
    began = time.monotonic()
    with Client("https://stepgrade.example", deadline=0.3) as client, pytest.raises(ServiceTimeout):
        client.health()
    assert time.monotonic() - began < 1.5


BOMB = gzip.compress(b" " * (8 << 20))


@pytest.mark.parametrize(
    "talk",
    [
        floods(OK + b"\r\n", b" " * 65_536),
        floods(CHUNKED, b"10000\r\n" + b" " * 65_536 + b"\r\n"),
        says(OK + b"Content-Length: 999999999999\r\n\r\n"),
        says(whole(BOMB, b"Content-Encoding: gzip")),
        says(whole(zlib.compress(b" " * (8 << 20)), b"Content-Encoding: deflate")),
        says(whole(gzip.compress(b" " * 600_000) * 2, b"Content-Encoding: x-gzip")),
        says(whole(b" " * (2 << 20), b"Location: /elsewhere", status=b"301 Moved")),
        says(whole(BOMB, b"Content-Encoding: gzip", status=b"500 No")),
    ],
    ids=["endless", "chunks", "announced", "gzip bomb", "deflate bomb", "two members", "redirect", "error"],
)
def test_an_answer_that_is_too_large_is_given_up(asked, talk):
    error, took = asked(talk, max_answer=1)
    assert isinstance(error, UnexpectedAnswer)
    assert "larger than 1 MiB" in str(error)
    assert "max_answer (or STEPGRADE_MAX_ANSWER)" in str(error)
    assert took < 1.5


def test_a_flood_of_frames_is_given_up_too(asked):
    for talk in (floods(CHUNKED, b"0" * 65_536), floods(OK, b"A: b\r\n" * 1000), floods(OK, b"a" * 65_536)):
        error, took = asked(talk, max_answer=1, deadline=1.0)
        assert isinstance(error, (UnexpectedAnswer, ServiceTimeout))
        assert took < 1.5


GARBAGE = {
    "another protocol": b"SSH-2.0 hello\r\n\r\n",
    "no status": b"HTTP/1.1 abc\r\n\r\n",
    "a chunk of no length": CHUNKED + b"zz\r\n{}",
    "a chunk of a negative length": CHUNKED + b"-5\r\n{}",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "an unknown packing": whole(b"{}", b"Content-Encoding: br"),
    "no gzip": whole(b"{}", b"Content-Encoding: gzip"),
    "no deflate": whole(b"{}", b"Content-Encoding: deflate"),
    "half a gzip": whole(gzip.compress(b"{}")[:-3], b"Content-Encoding: gzip"),
    "packed six times": whole(b"{}", b"Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip"),
    "a redirect to no address": whole(b"", b"Location: http://[::1", status=b"301 Moved"),
    "a redirect in no letters": whole(b"", b"Location: http://\xff\xfe\x1b[31m/", status=b"308 Moved"),
    "switching": b"HTTP/1.1 101 Switching\r\n\r\n",
    "nothing": b"HTTP/1.1 204 None\r\n\r\n",
    "not changed": b"HTTP/1.1 304 Same\r\n\r\n",
    "deep": whole(b"[" * 100_000),
    "deep and whole": whole(b"[" * 100_000 + b"]" * 100_000),
    "deep objects": whole(b'{"a":' * 900 + b"1" + b"}" * 900),
    "NaN": whole(b'{"a": NaN}'),
    "infinity": whole(b'{"a": [1e999]}'),
    "a huge whole number": whole(b'{"a": ' + b"9" * 5000 + b"}"),
    "no UTF-8": whole(b'{"a": "\xff"}'),
    "a control character": whole(b'{"a": "\x01"}'),
    "a page": whole(b"<html>log in</html>", b"Content-Type: text/html\x1b[31m"),
    "a list": whole(b"[" + b"1," * 9 + b"1"),
    "too short": OK + b'Content-Length: 5\r\n\r\n{"a":1}',
}


@pytest.mark.parametrize("said", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_answer_is_told_so(asked, said):
    error, _ = asked(says(said))
    assert isinstance(error, UnexpectedAnswer)
    assert error.request_id


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 2", OK, OK + b"Content-Length: 9\r\n\r\n{}", CHUNKED, CHUNKED + b"9\r\n{}"],
    ids=["at once", "status", "head", "body", "before a chunk", "chunk"],
)
def test_a_request_that_the_service_ends_is_told_so_with_its_id(hostile, said):
    server = hostile(says(said))
    with Client(f"http://{server.host}", max_retries=0) as client, pytest.raises((ServiceUnreachable, UnexpectedAnswer)) as caught:
        client.health()
    sent = next(line for line in server.heads[0].decode().splitlines() if line.lower().startswith("x-request-id"))
    assert caught.value.request_id == sent.partition(": ")[2]
    assert str(caught.value).endswith(f"(request {caught.value.request_id})")
    if said in (b"", OK + b"Content-Length: 9\r\n\r\n{}", CHUNKED, CHUNKED + b"9\r\n{}"):
        assert isinstance(caught.value, ServiceUnreachable)
        assert str(caught.value).startswith("The service ended the request before the answer was complete (1 try).")


def test_a_connection_is_kept_after_whole_answers_alone(hostile):
    def talk(connection):
        connection.sendall(whole(b'{"status": "ok"}'))
        return "more"

    server = hostile(talk)
    with Client(f"http://{server.host}") as client:
        assert [client.health()["status"] for _ in range(3)] == ["ok"] * 3
    assert server.connections == 1


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (gzip.compress(b"{}"), b"gzip"),
        (gzip.compress(b"{") + gzip.compress(b"}") + b"\0\0", b"gzip"),
        (zlib.compress(b"{}"), b"deflate"),
        (zlib.compress(b"{}")[2:-4], b"deflate"),
        (b"{}", b"identity"),
        (b"", b"gzip"),
    ],
    ids=["gzip", "two members and padding", "deflate", "deflate without a head", "as it is", "nothing"],
)
def test_what_is_packed_is_unpacked(hostile, body, form):
    server = hostile(says(whole(body, b"Content-Encoding: " + form)))
    with Client(f"http://{server.host}") as client:
        assert client.request("GET", "/healthz").body == (b"{}" if body else b"")
    assert b"accept-encoding: gzip, deflate\r\n" in server.heads[0].lower()


@given(body=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=4), form=st.sampled_from(["gzip", "deflate", ""]))
def test_pieces_of_any_size_make_the_whole(body, cuts, form):
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "": bytes}[form](body)
    bounds = sorted({0, len(packed), *(cut for cut in cuts if cut < len(packed))})
    taken = Body(form, 400)
    for begin, end in pairwise(bounds):
        taken.add(packed[begin:end])
    assert taken.whole() == body


@given(noise=st.binary(max_size=200), form=st.sampled_from(["gzip", "deflate"]))
def test_noise_is_never_more_than_broken(noise, form):
    taken = Body(form, 1000)
    with suppress(Broken, TooLarge):
        taken.add(noise)
        taken.whole()


def npz(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def npz_that_says(head):
    file, entry = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(entry, head)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", entry.getvalue())
    return file.getvalue()


def packed(entry, way):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", way) as archive:
        archive.writestr("a.npy", entry)
    return file.getvalue()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (npz(a=np.zeros(1 << 20)), "larger than max_answer"),
        (b"PK\x01\x02" * 100_001, "larger than max_answer"),
        (packed(b"", zipfile.ZIP_LZMA), "does not use"),
        (packed(b"\x93NUMPY\x01\0\x0a\0{'descr': (", zipfile.ZIP_STORED), "no valid NumPy header"),
        (npz_that_says({"descr": "<f8", "fortran_order": False, "shape": (1 << 40,)}), "less data than its header says"),
        (npz_that_says({"descr": "|O", "fortran_order": False, "shape": (1,)}), "Python objects"),
        (b"<html>", "cannot be read"),
        (npz(a=np.ones(3))[:-9], "cannot be read"),
    ],
    ids=["bomb", "crowd", "another packing", "half a head", "head", "objects", "page", "cut"],
)
def test_an_npz_is_safe_to_load_or_refused(hostile, body, said):
    server = hostile(says(whole(body, b"Content-Type: application/x-npz")))
    with Client(f"http://{server.host}", max_answer=1) as client, pytest.raises(UnexpectedAnswer, match=said):
        client.request("POST", "/trajectory", {}, accept="application/x-npz")


def test_an_npz_of_many_named_tensors_is_safe():
    file = io.BytesIO()
    np.savez(
        file, **{f"points/{number}": np.ones(2) for number in range(2000)}, meta=np.array("\u00e4"), rows=np.asfortranarray(np.ones((3, 2)))
    )
    refuse_npz_bomb(file.getvalue(), 1 << 20)


@given(data=st.data())
def test_a_damaged_npz_is_never_more_than_broken(data):
    body = bytearray(npz(points=np.ones((3, 2)), recorded=np.arange(3)))
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=4)):
        body[place] = data.draw(st.integers(0, 255))
    with suppress(Broken, TooLarge):
        refuse_npz_bomb(bytes(body), 1 << 20)


def test_a_whole_npz_comes_through(hostile):
    server = hostile(says(whole(npz(points=np.ones((3, 2))), b"Content-Type: application/x-npz")))
    with Client(f"http://{server.host}", max_answer=1) as client:
        answer = client.request("POST", "/trajectory", {}, accept="application/x-npz")
    assert np.load(io.BytesIO(answer.body))["points"].shape == (3, 2)


@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_picture_that_is_a_page_is_refused(canned, trajectory_body, form):
    with pytest.raises(UnexpectedAnswer):
        canned(trajectory_body)[0].trajectory("adam", "quadratic").picture(form)


def test_how_large_an_answer_may_be_is_a_setting(monkeypatch):
    assert Client().transport.max_answer == 256
    monkeypatch.setenv("STEPGRADE_MAX_ANSWER", "1.5")
    assert Client().transport.max_answer == 1.5
    assert Client(max_answer=2).transport.max_answer == 2
    monkeypatch.setenv("STEPGRADE_MAX_ANSWER", "much")
    with pytest.raises(ConfigurationError, match=r"^STEPGRADE_MAX_ANSWER must .*'much'.*argument max_answer"):
        Client()


def test_a_setting_as_large_as_one_likes_is_taken(hostile):
    server = hostile(says(whole(gzip.compress(b"{}"), b"Content-Encoding: gzip")))
    with Client(f"http://{server.host}", timeout=1e300, deadline=1e300, max_answer=1e300) as client:
        assert client.health() == {}


@pytest.mark.parametrize("size", [0, -1, float("nan"), float("inf"), "much", True, [1]])
def test_a_wrong_size_names_the_argument_and_the_variable(size):
    with pytest.raises(ConfigurationError, match=r"^max_answer must .*STEPGRADE_MAX_ANSWER"):
        Client(max_answer=size)


ODD = [
    f"http://teacher:{SECRET}@",
    f"teacher:{SECRET}@host",
    f"http://teacher:{SECRET}@host?a=1",
    f"http://teacher:{SECRET}/@host",
    f"http://teacher:12/{SECRET}@host",
    f"http://teacher:{SECRET} @host:port",
    f"http://teacher:{SECRET}@ho st",
    f"ftp://teacher:{SECRET}@host",
    "http://host?",
    "http://host#",
    "http://host/a\nb",
    "http://host\\a",
    "http://[::1",
    "http://host:99999",
    "//host",
    8000,
    b"http://host",
]


@pytest.mark.parametrize("url", ODD, ids=range(len(ODD)))
def test_an_odd_address_is_refused_and_shows_no_password(url):
    with pytest.raises(ConfigurationError, match=r"^base_url must ") as caught:
        Client(url)
    assert SECRET not in "".join(traceback.format_exception(caught.value)).replace(repr(url), "")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("login", [f"teacher:{SECRET}", f"l\u00e9a:{SECRET}\u0416", f"a%40b:{SECRET}"])
def test_a_login_is_sent_and_never_shown(hostile, caplog, login):
    caplog.set_level(logging.DEBUG)
    server = hostile(says(whole(b'{"status": "ok"}')))
    with Client(f"http://{login}@{server.host}/a/path/") as client:
        assert client.health() == {"status": "ok"}
    assert SECRET not in caplog.text + repr(client) + repr(client.transport) + client.transport.base_url
    assert server.heads[0].startswith(b"GET /a/path/healthz ")
    assert b"\r\nAuthorization: Basic " in server.heads[0]


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_an_address_of_ipv6_may_have_a_login():
    assert repr(Client(f"http://a:{SECRET}@[::1]:8000/x")) == "Client(http://[::1]:8000/x)"


@pytest.mark.parametrize("url", ["http://" + "a" * 70, "http://-", "http://a..b", "http://host.invalid"])
def test_a_host_that_cannot_be_is_the_client_s_own_error(url):
    with Client(url, max_retries=0, deadline=2) as client, pytest.raises((ConfigurationError, ServiceUnreachable)):
        client.health()


def test_a_proxy_s_password_is_not_shown(monkeypatch):
    for proxy in (f"http://user:{SECRET}@127.0.0.1:9", f"foo://user:{SECRET}@x", f"http://user:{SECRET}@"):
        monkeypatch.setenv("http_proxy", proxy)
        with Client("http://stepgrade.example", max_retries=0, deadline=1) as client, pytest.raises(StepgradeError) as caught:
            client.health()
        assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_text_from_outside_is_made_harmless():
    assert harmless(ESCAPE + "\n\ud800") == "?[31mred?]0;title?? ?"
    assert len(harmless("x" * 10_000_000)) == 2000
    assert address(f"https://a:{SECRET}@host/x") == "https://host/x"
    assert address(f"a:{SECRET}@host") == "host"
    assert without_password(f"see http://a:{SECRET}@b, or mail x@y") == "see http://b, or mail x@y"


@pytest.mark.parametrize("text", ["x" * 1_000_000, "://" * 300_000, "a://b@" * 200_000, " " * 1_000_000, "\ud800" * 1_000_000])
def test_a_long_sentence_takes_no_time(text):
    began = time.monotonic()
    assert len(harmless(text)) <= 2000
    assert time.monotonic() - began < 0.5


def test_a_problem_has_no_control_characters_and_does_not_go_on_for_ever(canned):
    faults = [{"pointer": f"/{ESCAPE}", "detail": ESCAPE}] * 1000
    client, transport = canned({"title": ESCAPE, "detail": ESCAPE + "\n" + "x" * 100_000, "errors": faults}, 422)
    transport.answer.headers["X-Request-Id"] = ESCAPE
    with pytest.raises(ApiError) as caught:
        client.health()
    assert str(caught.value).replace("\n", "").isprintable()
    assert len(str(caught.value)) < 20_000
    assert caught.value.request_id == transport.last.id


def test_the_command_line_makes_a_service_s_sentences_harmless(service, monkeypatch, capsys, trajectory_body):
    monkeypatch.setenv("STEPGRADE_URL", service.url)
    trajectory_body["optimizer"]["name"] = trajectory_body["stopped_by"] = ESCAPE
    trajectory_body["summary"][ESCAPE] = trajectory_body["measures"][ESCAPE] = 1
    problem = {"title": ESCAPE, "errors": [{"pointer": ESCAPE, "detail": ESCAPE}]}
    entry = {"name": ESCAPE, "title": ESCAPE, "rows": [{ESCAPE: ESCAPE}]}
    for body, status, command in (
        (trajectory_body | {"measures": None}, 200, ["trajectory", "--optimizer", "adam"]),
        (problem, 422, ["trajectory", "--optimizer", "adam"]),
        ({"optimizers": [entry]}, 200, ["optimizers"]),
        (entry, 200, ["optimizers", "adam"]),
        (entry, 200, ["optimizers", "adam", "--json"]),
    ):
        service.plays({"body": body, "status": status})
        main(command)
        out, err = capsys.readouterr()
        assert out + err
        assert (out + err).replace("\n", "").isprintable()


@pytest.mark.parametrize("body", [{}, {"optimizers": 3}, {"optimizers": [3]}, {"optimizers": {"a": 1}}])
def test_a_catalogue_that_is_none_is_no_traceback(service, monkeypatch, capsys, body):
    monkeypatch.setenv("STEPGRADE_URL", service.url)
    service.plays({"body": body})
    assert main(["optimizers"]) == 3
    assert "is not from Stepgrade" in capsys.readouterr().err


MISMATCH = {"case": 0, "step": 1, "quantity": "params", "index": [0], "expected": 0.987654321, "got": 0.8, "relative_error": 0.1}
WRONG = {"passed": False, "score": 0.5, "first_mismatch": MISMATCH, "findings": [], "optimizer": {"name": "adam"}, "engine": "1"}


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_hidden_question_shows_no_number_of_the_reference(service, monkeypatch, capsys, tmp_path, form):
    monkeypatch.setenv("STEPGRADE_URL", service.url)
    reference = {"optimizer": "adam", "params": [1, 2], "gradient": [0.5, -4]}
    file = tmp_path / "secret.json"
    file.write_text(json.dumps({"reference": reference, "submission": {"params": [1, 2]}, "hidden": True}))
    service.plays(
        {"body": WRONG}, {"status": 422, "body": {"title": "No", "errors": [{"pointer": "/reference/lr", "detail": "0.987654321"}]}}
    )
    assert main(["check", str(file), *form]) == 1
    assert main(["check", str(file), *form]) == 2
    out, err = capsys.readouterr()
    assert "0.98765" not in out + err
    assert "Failed. What this test checks is not shown." in out
    assert "hidden question" in err


def test_a_report_has_no_control_characters_of_an_error():
    lost = ReportedTest("Adam", error=ServiceUnreachable(ESCAPE))
    assert "\\u001b" not in json.dumps(gradescope.as_dict([lost]))


STRICTLY = {
    "NaN": b"NaN",
    "infinity": b"[Infinity]",
    "too large": b"[-1e400]",
    "too large and whole": b"[2" + b"0" * 308 + b"]",
    "no UTF-8": b"\xff",
    "nothing": b"",
    "deep": b"[1" + b",[2" * 120 + b"]" * 121,
    "many lists": b"[" + b"[]," * MOST_LISTS + b"1]",
}


@pytest.mark.parametrize("body", STRICTLY.values(), ids=STRICTLY)
def test_json_is_read_strictly(body):
    with pytest.raises(ValueError, match=r"."):
        parse(body)


def test_json_may_have_whole_numbers_as_large_as_a_float64():
    assert parse(b"[1" + b"0" * 308 + b", -1" + b"0" * 308 + b"]") == [10**308, -(10**308)]


def test_json_may_be_as_deep_as_any_array_of_numpy():
    assert parse(b"[" * DEEPEST + b"]" * DEEPEST) is not None
    with pytest.raises(ValueError, match=str(DEEPEST)):
        parse(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))


OPTIMIZER = {"name": "adam", "lr": 0.1}
ANSWERS = {
    "step": (("adam", [1.0, 2.0], [0.5, -4.0]), "step_body"),
    "trajectory": (("adam", "quadratic"), "trajectory_body"),
    "compare": (("quadratic", ["sgd", "rmsprop"]), "comparison_body"),
    "map": (("quadratic", ["sgd", "rmsprop"], {"x": [-1, 1, 3]}), "map_body"),
    "contours": (("quadratic",), {"engine": "1", "levels": [1.0], "polylines": [[[[0.0, 1.0], [1.0, 0.0]]]], "objective": {"name": "q"}}),
    "check": (({"optimizer": "adam"}, {"params": [1.0]}), WRONG),
    "probe": (
        ("adam",),
        {"engine": "1", "reference": [{"optimizer": OPTIMIZER}], "gap": 0.1, "same": [["a", "b"]], "catalogue": 3, "optimizer": OPTIMIZER},
    ),
    "audit": (
        ({"optimizer": "adam"},),
        {"engine": "1", "catches": [], "lets_through": [{"code": "a", "kind": "b", "title": "c"}], "probes": [], "optimizer": OPTIMIZER},
    ),
    "optimizers": ((), {"optimizers": [{"name": "adam"}]}),
    "objectives": ((), {"objectives": [{"name": "adam"}]}),
    "mistakes": ((), {"mistakes": [{"code": "a"}]}),
    "health": ((), {"status": "ok"}),
}

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    st.sampled_from([10**30, 10**400, 2**63, 1e308, -0.0, 5e-324, "1", "", ESCAPE, "A", "gd"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
)
NAMES = st.one_of(st.sampled_from(["name", "label", "start", "t", "lr", "gd", "A", "values", "wrong"]), st.text(max_size=3))
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)


def places(document, path=()):
    """Every place in a document."""
    yield path
    inner = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for name, item in inner:
        yield from places(item, (*path, name))


def changed(document, path, value, gone):
    """The document with something else in a place, or with nothing there."""
    if not path:
        return value
    document = copy.deepcopy(document)
    within = document
    for name in path[:-1]:
        within = within[name]
    if gone:
        del within[path[-1]]
    else:
        within[path[-1]] = value
    return document


class Answering:
    """A transport that answers with a body."""

    def __init__(self, body):
        self.answer = Answer(200, CaseInsensitiveDict({"Content-Type": "application/json"}), body)

    def send(self, _):
        return self.answer

    def close(self):
        """Nothing is open."""


def shown(result):
    """Everything that is shown of a result without being asked for: none of it may raise, and none of it holds a control character."""
    told = [repr(result)]
    for way in ("table", "_repr_html_"):
        told += [getattr(result, way)()] if hasattr(result, way) else []
    if isinstance(result, CheckResult):
        told += [result.message, json.dumps(result.to_dict(), allow_nan=False), str(result.points(5))]
    if not isinstance(result, dict):
        assert all(line.isprintable() for text in told for line in text.split("\n")), told
    if hasattr(result, "to_pandas"):
        with suppress(StepgradeError):
            result.to_pandas()


@pytest.mark.parametrize("wrong", [[], [1, 2], {}, {"a": 1}, "soon", True])
@pytest.mark.parametrize("member", ["steps_to_target", "settling_step"])
def test_a_summary_that_tells_no_step_is_shown_all_the_same(request, member, wrong):
    arguments, right = ANSWERS["trajectory"]
    document = request.getfixturevalue(right) if isinstance(right, str) else right
    answer = {**document, "summary": {**document["summary"], "steps_to_target": 9, member: wrong}}
    shown(Client(transport=Answering(json.dumps(answer).encode())).trajectory(*arguments))


@pytest.mark.parametrize("method", ANSWERS)
@settings(
    max_examples=60 if os.environ.get("CI") is None else 300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_document_is_a_result_or_the_client_s_own_error(request, method, data):
    arguments, right = ANSWERS[method]
    right = request.getfixturevalue(right) if isinstance(right, str) else right
    document = right
    for _ in range(data.draw(st.integers(0, 2))):
        path = data.draw(st.sampled_from(list(places(document))))
        document = changed(document, path, data.draw(DOCUMENTS), data.draw(st.booleans()))
    client = Client(transport=Answering(json.dumps(document).encode()))
    with suppress(StepgradeError):
        shown(getattr(client, method)(*arguments))


@pytest.mark.parametrize("method", ANSWERS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(body=st.binary(max_size=60) | st.sampled_from([b"[" * 100_000, b"null", b"1e999", b'{"engine": NaN}']))
def test_any_bytes_are_the_client_s_own_error(method, body):
    arguments, _ = ANSWERS[method]
    with pytest.raises(StepgradeError):
        getattr(Client(transport=Answering(body)), method)(*arguments)


@pytest.mark.parametrize(
    ("method", "path", "value"),
    [
        ("trajectory", ("points",), [[1.0, 2.0]]),
        ("trajectory", ("values",), [[1.0], [2.0], [3.0]]),
        ("trajectory", ("recorded",), [0, 1, 2.5]),
        ("trajectory", ("points",), [["1", "2"]] * 3),
        ("map", ("axes",), []),
        ("map", ("measures", "direction_effect"), [[0.5, None], [0.1, 0.2]]),
        ("contours", ("polylines",), []),
        ("contours", ("polylines",), [[[[1.0, 2.0, 3.0]]]]),
        ("step", ("params",), [[1.0], [2.0, 3.0]]),
        ("step", ("params",), "1"),
        ("step", ("params",), [1.0, 2.0, 3.0]),
        ("step", ("params",), {"W": [1.0, 2.0]}),
        ("step", ("update",), [[0.1, 0.1]]),
        ("check", ("first_mismatch", "case"), "0"),
        ("check", ("score",), "1"),
    ],
)
def test_another_shape_in_an_otherwise_right_answer_is_told(request, method, path, value):
    arguments, right = ANSWERS[method]
    right = request.getfixturevalue(right) if isinstance(right, str) else right
    with pytest.raises(UnexpectedAnswer):
        getattr(Client(transport=Answering(json.dumps(changed(right, path, value, False)).encode())), method)(*arguments)


@pytest.mark.parametrize("part", ["points", "gradients", "updates"])
@pytest.mark.parametrize("row", [[1.0, 2.0, 3.0], 1.0, {"W": [1.0, 2.0]}], ids=["longer", "a number", "named"])
def test_rows_in_another_layout_than_the_start_s_are_told(canned, trajectory_body, part, row):
    rows = [row] * len(trajectory_body["recorded"])
    with pytest.raises(UnexpectedAnswer):
        canned(trajectory_body | {part: rows})[0].trajectory("adam", "quadratic", start=[1.0, 2.0])


def test_what_is_null_throughout_has_every_layout(canned, trajectory_body):
    body = trajectory_body | {"updates": [None] * len(trajectory_body["recorded"])}
    assert np.isnan(canned(body)[0].trajectory("adam", "quadratic", start=[1.0, 2.0]).updates).all()


def test_a_probe_that_cannot_be_an_input_is_not_the_student_s_fault(canned):
    _, right = ANSWERS["probe"]
    step = {"params": [1.0], "gradient": [1.0]}
    for reference in (
        [],
        [{}],
        [{"params": [1.0], "gradient": [[1.0], [2.0]]}],
        [{"params": "x", "gradient": 1}],
        [{"params": {}, "gradient": {}}],
        [{**step, "state": [1]}],
        [{**step, "state": {"t": "x"}}],
    ):
        client, _ = canned({**right, "reference": reference})
        with pytest.raises(UnexpectedAnswer, match="cannot be inputs"):
            client.check_function(lambda w, dw, config: (w - dw, config), "adam")


def test_a_wrong_argument_of_check_function_is_not_the_service_s_fault(canned):
    client, _ = canned({**ANSWERS["probe"][1], "reference": [{"params": [1.0], "gradient": [1.0]}]})
    with pytest.raises(TypeError):
        client.check_function(lambda w, dw, config: (w - dw, config), "adam", seed="x")
