"""The gateway, run natively: what passes through it, what it answers itself, and what a dying replica costs."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
import yaml
from tests.deploy.composed import ROOT
from tests.redis_server import settled

from stepgrade_service.serving.addresses import Addresses

LIMIT = 8 * 1024 * 1024
STEP = {"optimizer": {"name": "rmsprop", "lr": 0.01, "rho": 0.9}, "params": [1.0, 2.0], "gradient": [0.1, -4.0]}
BODY = json.dumps(STEP).encode()
HEAD = b"POST /step HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"


def assert_problem(answer, status):
    """Assert that this is problem+json of this status, made by the gateway, and return it."""
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    problem = answer.json
    assert list(problem) == ["type", "title", "status", "detail", "instance", "errors"]
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == answer.headers["X-Request-Id"]
    assert problem["errors"] == []
    return problem


def assert_says_when_to_retry(answer):
    assert int(answer.headers["Retry-After"]) >= 1


# What passes.


def test_a_post_gets_the_same_bytes_through_the_gateway_as_from_each_replica(gateway, replicas):
    through = gateway.post("/step", BODY)
    assert through.status == 200, through.body
    assert [replica.post("/step", BODY).body for replica in replicas] == [through.body, through.body]


def test_a_problem_of_the_service_passes_as_it_is(gateway, replicas):
    body = json.dumps({**STEP, "learning_rate": 0.1}).encode()
    through = gateway.post("/step", body, **{"X-Request-Id": "one"})
    assert through.status == 422
    assert through.json["errors"]
    assert through.body == replicas[0].post("/step", body, **{"X-Request-Id": "one"}).body
    unknown = gateway.get("/nowhere", **{"X-Request-Id": "two"})
    assert unknown.status == 404
    assert unknown.body == replicas[0].get("/nowhere", **{"X-Request-Id": "two"}).body


def test_a_request_id_of_the_agreed_form_is_kept(gateway):
    answer = gateway.post("/step", BODY, **{"X-Request-Id": "Class-7.team_b"})
    assert answer.headers.get_all("X-Request-Id") == ["Class-7.team_b"]


@pytest.mark.parametrize("given", [{}, {"X-Request-Id": 'a"b'}, {"X-Request-Id": "x" * 65}, {"X-Request-Id": "a b"}])
def test_any_other_request_id_is_replaced(gateway, given):
    [made] = gateway.post("/step", BODY, **given).headers.get_all("X-Request-Id")
    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_a_body_of_8_mib_passes(gateway):
    answer = gateway.post("/step", BODY + b" " * (LIMIT - len(BODY)))
    assert answer.status == 200, answer.body


def test_a_large_json_answer_is_compressed_for_those_who_ask(gateway):
    plain = gateway.get("/optimizers")
    packed = gateway.get("/optimizers", **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)


def test_slow_bodies_hold_up_nobody_and_are_answered_when_they_arrive(gateway):
    half = len(BODY) // 2
    head = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    slow = [socket.create_connection(("127.0.0.1", gateway.port), timeout=10) for _ in range(64)]
    try:
        for channel in slow:
            channel.sendall(head + BODY[:half])
        begun = time.monotonic()
        assert gateway.post("/step", BODY).status == 200
        assert time.monotonic() - begun < 2
        for channel in slow:
            channel.sendall(BODY[half:])
        assert [channel.recv(15) for channel in slow] == [b"HTTP/1.1 200 OK"] * 64
    finally:
        for channel in slow:
            channel.close()


# What the gateway answers itself.


def test_a_body_of_one_byte_more_than_8_mib_is_a_413(gateway):
    assert_problem(gateway.post("/step", b" " * (LIMIT + 1)), 413)


def test_a_chunked_body_is_a_411(gateway):
    assert_problem(gateway.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)), 411)


def test_a_post_without_a_body_is_a_400_of_the_service(gateway):
    answer = gateway.raw(HEAD + b"\r\n")
    assert_problem(answer, 400)
    assert answer.json["type"] == "urn:stepgrade:problem:no-body"


def test_two_hosts_are_refused(gateway):
    assert_problem(gateway.raw(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400)


def test_a_path_with_two_slashes_leads_nowhere(gateway):
    assert gateway.get("/docs//x").status == 404


def test_another_version_than_is_asked_for_is_a_412(gateway):
    assert_problem(gateway.get("/optimizers", **{"If-Match": '"other"'}), 412)


def test_pages_and_pictures_have_their_policy(gateway):
    assert "default-src 'none'" in gateway.get("/docs/").headers["Content-Security-Policy"]
    drawn = {"optimizer": "gd", "objective": "beale", "steps": 3}
    picture = gateway.post("/trajectory", json.dumps(drawn).encode(), Accept="image/svg+xml")
    assert "sandbox" in picture.headers["Content-Security-Policy"]


def test_many_headers_pass_and_those_that_the_service_reads_arrive(gateway):
    many = {f"X-{number}": "1" for number in range(150)}
    answer = gateway.post("/step", BODY, **many, Accept="text/csv")
    assert answer.status == 406, "the service was asked for what it does not offer here"
    assert_problem_of_the_service(answer)
    assert gateway.post("/step", BODY, **many).status == 200
    known = gateway.get("/optimizers").headers["ETag"]
    assert gateway.get("/optimizers", **{"If-None-Match": known}).status == 304
    packed = gateway.post("/step", BODY, **{"Content-Encoding": "gzip"})
    assert packed.status == 415
    part = gateway.get("/docs/swagger-ui.css", Range="bytes=0-9")
    assert (part.status, len(part.body)) == (206, 10)
    preflight = gateway.request("OPTIONS", "/step", headers={"Origin": "http://a", "Access-Control-Request-Method": "POST"})
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]


def assert_problem_of_the_service(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Stepgrade-Engine" in answer.headers


def test_http_1_0_needs_no_host(gateway):
    sent = b"POST /step HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    assert gateway.raw(sent + BODY).status == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: gateway\r\n\r\n", 400, id="a byte in the path that is not ASCII"),
        pytest.param(b"GET /?\xc3\xa9 HTTP/1.1\r\nHost: gateway\r\n\r\n", 400, id="text in the query that is not ASCII"),
        pytest.param(b"not http at all\r\n\r\n", 400, id="no request line"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(HEAD + b"Content-Length: many\r\n\r\n", 400, id="a length that is no number"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nno chunk\r\n", 400, id="chunked, but no chunk"),
        pytest.param(HEAD + b"Transfer-Encoding: gzip\r\n\r\n", 501, id="an unknown encoding"),
        pytest.param(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: gateway\r\n\r\n", 414, id="a long path"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: gateway\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n", 431, id="a long header"),
        pytest.param(b"GET / HTTP/3.0\r\nHost: gateway\r\n\r\n", 505, id="HTTP 3.0"),
    ],
)
def test_what_nginx_cannot_read_is_a_problem_too(gateway, sent, status):
    assert_problem(gateway.raw(sent), status)


def test_a_method_that_nginx_refuses_is_a_405_with_allow(gateway):
    answer = gateway.request("TRACE", "/step")
    assert_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/%6Detrics", "/docs/../metrics"])
def test_metrics_are_not_for_the_outside(gateway, path):
    assert_problem(gateway.get(path), 404)


def test_a_problem_of_the_gateway_takes_the_request_id(gateway):
    answer = gateway.get("/metrics", **{"X-Request-Id": "mine-1"})
    assert assert_problem(answer, 404)["instance"] == "mine-1"


def test_with_no_replica_a_request_gets_a_502_that_says_when_to_retry(new_gateway):
    nobody_here = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [one.getsockname()[1] for one in nobody_here]
    for one in nobody_here:
        one.close()
    alone = new_gateway(ports)
    for _ in range(8):  # refused by both at first, then both are known to be down
        answer = alone.post("/step", BODY)
        assert_problem(answer, 502)
        assert_says_when_to_retry(answer)


def with_numbers(limits, **numbers):
    for name, number in numbers.items():
        limits, changed = re.subn(rf"\b{name}([= ])\d+", rf"{name}\g<1>{number}", limits)
        assert changed >= 1
    return limits


def test_too_many_requests_get_a_429_that_says_when_to_retry(new_gateway, replicas, limits):
    strict = new_gateway([replica.port for replica in replicas], with_numbers(limits, rate=1, burst=2))
    answers = [strict.post("/step", BODY) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert_problem(answers[-1], 429)
    assert_says_when_to_retry(answers[-1])
    assert [strict.get("/healthz").status for _ in range(5)] == [200] * 5


@pytest.mark.parametrize("path", ["/openapi.yaml", "/docs/"])
def test_documents_have_no_price_and_so_an_address_gets_few_of_them_at_once(new_gateway, replicas, limits, path):
    strict = new_gateway([replica.port for replica in replicas], with_numbers(limits, rate=1, burst=2))
    strict.get("/openapi.yaml")  # the first one makes the document, for a second or more
    statuses = [strict.get(path, **{"If-None-Match": "*"}).status for _ in range(5)]
    assert statuses[:2] == [304 if path == "/openapi.yaml" else 200] * 2
    assert statuses[4] == 429


def test_a_large_answer_that_nobody_reads_takes_no_room_of_the_gateway(gateway):
    large = {"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 1000}, "steps": 900, "include": ["points"]}
    body = json.dumps(large).encode()
    sent = HEAD.replace(b"/step", b"/trajectory") + b"Content-Length: %d\r\n\r\n" % len(body) + body
    channels = [gateway.open(sent, client="127.0.0.7") for _ in range(3)]
    try:
        assert all(channel.recv(12) == b"HTTP/1.1 200" for channel in channels)
        time.sleep(1.0)
        assert not [path for path in (gateway.directory / "answers").rglob("*") if path.is_file()]
    finally:
        for channel in channels:
            channel.close()


@pytest.mark.parametrize(
    ("same", "other"),
    [
        pytest.param(["2001:db8:1:a00::1", "2001:db8:1:a00:2:3:4:5"], "2001:db8:1:a01::1", id="IPv6: 64 bits"),
        pytest.param(["::ffff:192.0.2.1", "192.0.2.1"], "::ffff:192.0.2.2", id="IPv4 written as IPv6"),
        pytest.param(["10.0.0.10", "10.0.0.10"], "10.0.0.11", id="IPv4, with a line break among its bytes"),
    ],
)
def test_the_limits_tell_clients_apart_as_the_service_does(new_gateway, replicas, limits, same, other):
    real = "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Forwarded-For;\n"
    strict = new_gateway([replica.port for replica in replicas], real + with_numbers(limits, rate=1, burst=1))
    statuses = [strict.post("/step", BODY, **{"X-Forwarded-For": address}).status for address in [*same, same[0], other]]
    assert statuses == [200, 200, 429, 200]
    service = Addresses(())
    assert len({service.of(f"[{address}]:1") for address in same}) == 1
    assert service.of(f"[{same[0]}]:1") != service.of(f"[{other}]:1")


def test_a_network_whose_addresses_many_share_has_no_limit_of_its_rate(new_gateway, replicas, limits):
    real = "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Forwarded-For;\n"
    shared = with_numbers(limits, rate=1, burst=1).replace("# 192.0.2.0/24 1;", "192.0.2.0/24 1;")
    strict = new_gateway([replica.port for replica in replicas], real + shared)
    statuses = {
        address: [strict.post("/step", BODY, **{"X-Forwarded-For": address}).status for _ in range(4)]
        for address in ("192.0.2.9", "10.0.0.1")
    }
    assert statuses == {"192.0.2.9": [200] * 4, "10.0.0.1": [200, 200, 429, 429]}


@pytest.mark.parametrize("length", [5000, 8_000_000])
@pytest.mark.parametrize(
    ("abusers", "each", "shared"),
    [
        pytest.param([f"127.0.0.{last}" for last in range(2, 6)], 256, "", id="four addresses"),
        pytest.param(["127.0.0.2"], 1024, "127.0.0.2/32 1;", id="one address that many share"),
    ],
)
def test_slow_bodies_of_a_few_addresses_keep_no_other_out(new_gateway, replicas, limits, abusers, each, shared, length):
    site = limits.replace("# 192.0.2.0/24 1;", shared)
    assert site != limits
    attacked = new_gateway([replica.port for replica in replicas], site)
    begun = HEAD + b"Content-Length: %d\r\n\r\n{" % length
    slow = [attacked.open(begun, client=address) for address in abusers for _ in range(each)]
    try:
        time.sleep(0.5)
        others = [attacked.request("POST", "/step", BODY, {"Content-Type": "application/json"}) for _ in range(4)]
        assert [answer.status for answer in others] == [200] * 4
        large = attacked.post("/step", BODY + b" " * (LIMIT - len(BODY)))
        assert large.status == (503 if length > 1_000_000 and len(abusers) > 2 else 200), "48 large ones wait, 16 of each address"
        assert attacked.request("POST", "/step", BODY, client=abusers[0]).status == 503 or length > 1_000_000
    finally:
        for channel in slow:
            channel.close()
    assert {line["status"] for line in attacked.requests() if line["client"] in abusers} >= {503}
    assert "limiting" not in attacked.log(), "a line that is no JSON"


def test_a_body_that_stops_arriving_is_cut_off(gateway):
    with gateway.open(HEAD + b"Content-Length: 9\r\n\r\n{") as channel:
        begun = time.monotonic()
        with pytest.raises(ConnectionResetError):
            channel.recv(100)
        assert time.monotonic() - begun < 8


def test_the_bodies_of_one_address_and_the_large_ones_of_all_have_room(limits):
    numbers = {name: int(number) for name, number in re.findall(r"(?m)^limit_conn (\w+) (\d+);", limits)}
    room = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["gateway"]["volumes"][0]["tmpfs"]["size"]
    large, others = numbers["in_progress_large"], numbers["in_progress"] - numbers["in_progress_large"]
    assert large * LIMIT + others * 1_000_000 < room / 2
    assert numbers["in_progress_every_large"] * LIMIT < 0.8 * room
    assert numbers["in_progress"] * 32 <= numbers["in_progress_all"] >= 8 * numbers["in_progress_shared"]
    [connections] = re.findall(r"worker_connections (\d+);", (ROOT / "deploy" / "gateway" / "nginx.conf").read_text())
    assert int(connections) >= 2 * numbers["in_progress_all"]


def test_too_many_at_the_same_time_get_a_503_that_says_when_to_retry(new_gateway, replicas, limits):
    narrow = new_gateway([replica.port for replica in replicas], with_numbers(limits, in_progress=2))
    waiting = [socket.create_connection(("127.0.0.1", narrow.port)) for _ in range(2)]
    try:
        for channel in waiting:
            channel.sendall(HEAD + b"Content-Length: 9\r\n\r\n{")
        time.sleep(0.2)
        answer = narrow.post("/step", BODY)
        assert_problem(answer, 503)
        assert_says_when_to_retry(answer)
        assert narrow.get("/healthz").status == 200
    finally:
        for channel in waiting:
            channel.close()


def test_the_access_log_is_one_json_object_a_request_without_bodies(gateway):
    answer = gateway.post("/step?note=1", BODY, **{"X-Request-Id": "logged"})
    gateway.get("/healthz", **{"X-Request-Id": "not-logged"})
    gateway.get("/metrics", **{"X-Request-Id": "refused"})
    lines = gateway.logged("refused")
    assert lines["logged"]["method"] == "POST"
    assert lines["logged"]["path"] == "/step?note=1"
    assert lines["logged"]["status"] == answer.status == 422
    assert lines["refused"]["status"] == 404
    assert "not-logged" not in lines
    assert "rmsprop" not in gateway.log()


def test_one_client_whose_queue_is_full_takes_no_replica_from_the_others(new_gateway, replica_with):
    narrow = [replica_with(BACKPRESSURE="2", REQUESTS_AT_A_TIME="2", TRUSTED_PROXIES="127.0.0.1", MAX_WORK="1e9") for _ in range(2)]
    before = new_gateway([replica.port for replica in narrow])
    long = {"optimizer": "adam", "objective": {"name": "rosenbrock", "dimension": 2000}, "steps": 80_000, "record_every": 80_000}
    work, asked = json.dumps({**long, "include": ["values"]}).encode(), {"Content-Type": "application/json"}
    greedy = [threading.Thread(target=before.request, args=("POST", "/trajectory", work, asked, 60)) for _ in range(4)]
    for asker in greedy:
        asker.start()
    assert all(settled(lambda replica=replica: b"stepgrade_queue_length 1" in replica.get("/metrics").body, 5) for replica in narrow)
    refused = [before.request("POST", "/trajectory", work, asked) for _ in range(8)]
    assert [answer.status for answer in refused] == [503] * 8
    assert {answer.json["type"] for answer in refused} == {"urn:stepgrade:problem:overloaded"}
    others = [before.request("POST", "/step", BODY, asked, client="127.0.0.2") for _ in range(4)]
    assert [answer.status for answer in others] == [200] * 4
    assert before.get("/healthz").status == 200
    for asker in greedy:
        asker.join()


def test_the_command_of_operations_md_counts_what_the_gateway_answers_itself(new_gateway):
    with socket.create_server(("127.0.0.1", 0)) as nobody_here:
        port = nobody_here.getsockname()[1]
    alone = new_gateway([port])
    for path in ("/step", '/?"status":503,', "/metrics"):
        alone.get(path, **{"X-Request-Id": "last" if path == "/metrics" else "other", "User-Agent": '"status":429,'})
    alone.logged("last")
    page = (ROOT / "docs" / "operations.md").read_text()
    [command] = re.findall(r"(?m)^docker compose logs --no-log-prefix --since 1h gateway (\| grep .*\| sed .*)$", page)
    counted = subprocess.run(["sh", "-c", f"cat out {command}"], cwd=alone.directory, capture_output=True, text=True, check=True).stdout
    assert sum(int(line.split()[0]) for line in counted.splitlines()) == 2
    assert all(re.fullmatch(r" *\d+ \d{4}-\d\d-\d\dT\d\d:\d\d 502", line) for line in counted.splitlines()), counted


def test_the_replicas_of_operations_md_are_those_that_an_older_nginx_can_read(new_gateway, replicas):
    page = (ROOT / "docs" / "operations.md").read_text()
    [block] = re.findall(r"(?ms)^ +```nginx\n(.*?)^ +```$", page)
    ports = {"8001": str(replicas[0].port), "8002": str(replicas[1].port)}
    written = re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda port: ports[port[0]], block)
    started = new_gateway([], change=lambda gateway: (gateway.directory / "site" / "replicas.conf").write_text(written))
    assert [started.post("/step", BODY).status for _ in range(4)] == [200] * 4


def test_a_line_of_the_access_log_is_json_whatever_bytes_a_client_sends(gateway):
    gateway.raw(b"GET /\xff HTTP/1.1\r\nHost: gateway\r\nX-Request-Id: odd-path\r\n\r\n")
    gateway.raw(b'GET /step HTTP/1.1\r\nHost: gateway\r\nX-Request-Id: odd-agent\r\nUser-Agent: \xfe"\r\n\r\n')
    lines = gateway.logged("odd-agent")
    assert lines["odd-path"]["path"] == "(not ASCII)"
    assert lines["odd-agent"]["user_agent"] == "(not ASCII)"


# What a dying replica costs: nothing, but for answers of which a part was sent already.


@pytest.mark.parametrize(("victim", "how", "most_cut"), [(0, signal.SIGKILL, 8), (1, signal.SIGTERM, 0)], ids=["killed", "asked to end"])
def test_no_request_is_lost_when_a_replica_dies_and_it_is_used_again_when_it_returns(new_gateway, replicas, limits, victim, how, most_cut):
    busy = new_gateway([replica.port for replica in replicas], with_numbers(limits, rate=100000, burst=10000))
    expected = busy.post("/step", BODY).body
    address = f"127.0.0.1:{replicas[victim].port}"
    over = threading.Event()
    answers: list[list[tuple[int, bytes]]] = [[] for _ in range(8)]
    cut: list[Exception] = []

    def ask(mine):
        connection = busy.connection()
        while not over.is_set():
            try:
                connection.request("POST", "/step", BODY, {"Content-Type": "application/json"})
                response = connection.getresponse()
                mine.append((response.status, response.read()))
            except http.client.IncompleteRead as part:  # asked again, as the client of this project does
                cut.append(part)
                connection.close()
            except Exception as lost:
                mine.append((0, repr(lost).encode()))
                connection.close()
        connection.close()

    askers = [threading.Thread(target=ask, args=(mine,)) for mine in answers]
    try:
        for asker in askers:
            asker.start()
        time.sleep(0.5)
        replicas[victim].end(how)
        time.sleep(1)
    finally:
        over.set()
        for asker in askers:
            asker.join()
        replicas[victim].end(signal.SIGKILL)
        replicas[victim].start()
        replicas[victim].wait()

    got = [answer for mine in answers for answer in mine]
    assert len(got) > 100
    assert {answer for answer in got if answer != (200, expected)} == set()
    assert len(cut) <= most_cut, "one of each connection at most, and none of a replica that ends in its own time"
    log = busy.requests()
    assert sum(line["replica"] == address for line in log) > 10, "the replica served nothing before its end"
    assert any(line["replica"].startswith(f"{address}, ") for line in log), "no request had to be sent again"

    for _ in range(8):
        assert busy.post("/step", BODY).status == 200
    assert any(line["replica"] == address for line in busy.requests()[-8:])
