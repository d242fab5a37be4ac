"""docs/deploy.md against the code and the gateway's files: the settings and the limits that it names are theirs."""

import re
from pathlib import Path

import pytest
from requests.structures import CaseInsensitiveDict

from stepgrade import settings as client_settings
from stepgrade.messages import Answer
from stepgrade.transports import retries
from stepgrade_service.engine.running import giving_way
from stepgrade_service.serving import bodies, casebook, drawers, environ, fair_queue, slow_readers, studio, worker
from stepgrade_service.serving.server import IDLE_SECONDS
from stepgrade_service.web import drawable, memory, pricing
from stepgrade_service.web.settings import LEAST_MEMORY, PREFIX, VARIABLES, Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
GATEWAY = "".join((ROOT / "deploy" / "gateway" / path).read_text(encoding="utf-8") for path in ("nginx.conf", "site/limits.conf"))
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]
NAMING = [
    *PAGES,
    *ROOT.glob("docker-compose*.yml"),
    *ROOT.glob("deploy/**/*.yml"),
    *ROOT.glob("deploy/**/*.yaml"),
    ROOT / "service" / "Dockerfile",
]
PRESET = Settings()


def compose_memory():
    """The memory of a worker in Docker Compose and in Kubernetes."""
    files = (ROOT / "docker-compose.yml", ROOT / "deploy" / "kubernetes" / "base" / "service.yaml")
    [size] = {int(size) for path in files for size in re.findall(r'MAX_MEMORY(?:, value)?: "(\d+)"', path.read_text(encoding="utf-8"))}
    return size


def gateway(before):
    """The number that comes after this in the gateway's files."""
    [found] = re.findall(before + r"(\d+)", GATEWAY, re.MULTILINE)
    return found


LIMITS = [
    f"{PRESET.max_body >> 20} MiB per body",
    f"{PRESET.max_seconds:g} seconds for a request",
    f"{PRESET.max_seconds:g} seconds in the queue of a worker",
    f"{IDLE_SECONDS} seconds for the headers of a request, and for an idle connection",
    f"{gateway('client_header_timeout ')} and {gateway('^ +keepalive_timeout ')} at the gateway",
    f"{bodies.SECONDS:g} seconds for a body, and one more for each {bodies.BYTES_A_SECOND >> 10} KiB",
    f"{slow_readers.SECONDS} seconds in which the client reads nothing",
    f"{gateway('^ +send_timeout ')} seconds in which the client reads nothing",
    f"{environ.MOST_OF_TARGET >> 10} KiB for the path with its query, and for a header",
    f"{environ.MOST_OF_HEADER >> 10} KiB for the path with its query, and for a header",
    f"{environ.MOST_OF_HEADERS >> 10} KiB for all headers",
    f"{PRESET.backpressure} requests that wait in a worker, {PRESET.backpressure // 2} of one client",
    f"{PRESET.max_connections} connections of a worker",
    f"{bodies.ROOM >> 20} MiB for all bodies over {bodies.SMALL >> 10} KiB that arrive or wait at the same time",
    f"and {bodies.ROOM >> 21} MiB per client",
    f"{PRESET.max_memory >> 10} GiB of memory for a worker",
    f"{gateway('zone=rate:10m rate=')} requests per second from one address, and {gateway('zone=rate burst=')} more at once",
    f"{gateway('zone=documents:10m rate=')} requests per second from one address for `/docs/` and `/openapi.yaml`, "
    f"and {gateway('zone=documents burst=')} more at once",
    f"{gateway('in_progress ')} requests at the same time from one address, {gateway('in_progress_shared ')} "
    f"from one that many people share, {gateway('in_progress_all ')} from all",
    f"{gateway('in_progress_large ')} of them with a body of 1,000,000 bytes or more; "
    f"{gateway('in_progress_every_large ')} of these from all",
    f"{gateway('client_body_timeout ')} seconds in which nothing of a body arrives",
]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_the_one_in_force(limit):
    table = PAGE.partition("\n## Limits\n")[2].partition("\n## ")[0]
    assert limit in table


def test_every_setting_has_a_row_and_every_variable_that_a_file_names_is_a_setting():
    settings = {*VARIABLES}
    assert set(re.findall(rf"^\| `({PREFIX}\w+)` \|", PAGE, re.MULTILINE)) == settings
    misspelt = {"STEPGRADE_SERVER_PROT"}  # on purpose, in an example
    named = {name for path in NAMING for name in re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", path.read_text(encoding="utf-8"))}
    assert named - misspelt <= settings


def test_what_the_page_says_in_words_are_the_numbers_in_force():
    assert (PRESET.requests_at_a_time, "A worker works on eight requests at a time" in PAGE) == (8, True)
    text = PAGE.replace("\n", " ")
    assert (fair_queue.SHORT, worker.SHORT_AT_A_TIME, "takes longer than 20 ms is not short" in text) == (0.02, 1, True)
    assert f"A worker needs {LEAST_MEMORY} MiB for itself" in text
    assert (pricing.A_BYTE, f"half a unit per byte, and {pricing.A_LIST:.0f} units per list or object" in text) == (0.5, True)
    assert f"another reason costs {pricing.A_REQUEST:,.0f} units" in text
    assert f"whose price is {memory.SMALL >> 20} MiB or more waits" in text
    assert (memory.SHARE, "at most a quarter of `STEPGRADE_SERVER_MAX_SECONDS`" in text) == (0.25, True)
    assert f"the whole rest: {compose_memory() - LEAST_MEMORY} MiB in Docker Compose and Kubernetes" in text
    assert f"It has a lower priority (`nice` {drawers.NICE})" in text
    assert (drawable.FOR_THE_ANSWER, "not ready after 95 % of its time gets a 503 too" in text) == (0.05, True)
    assert (studio.WAITS, "if a picture takes longer than half a second" in text) == (0.5, True)
    assert (studio.MOST, "There are at most two of these processes" in text) == (2, True)
    assert "A picture that waits for them for a quarter of `STEPGRADE_SERVER_MAX_SECONDS` gets a 503 with `Retry-After`" in text
    assert (studio.TRIES, "A picture that ends two of these processes gets a 503" in text) == (2, True)
    assert f"After {1000 * giving_way.AS_SHORT:.0f} ms of work such a request gives way" in text
    assert (giving_way.TIMES_ITS_WORK, giving_way.AT_LEAST, giving_way.AT_MOST) == (3.0, 0.1, 5.0)
    assert "at most three times as long as it works, and a tenth of a second more. It never waits more than 5 seconds" in PAGE.replace(
        "\n", " "
    )
    assert (casebook.MOST_ENDED, casebook.REFUSED_FOR / 60) == (2, 10)
    assert "After a request has ended two workers, the service refuses it with 503 for ten minutes" in PAGE
    assert f"comes within {2 * PRESET.max_seconds:g} seconds" in PAGE
    assert 2 * PRESET.max_seconds < int(gateway("proxy_read_timeout "))
    assert 2 * PRESET.max_seconds < PRESET.kill_timeout, "what waits when the worker is to end is answered too"
    assert (PRESET.drain_seconds, "For a second `/readyz` says 503" in PAGE) == (1, True)


@pytest.mark.parametrize("dice", [0.75, 1.25], ids=["shortest pauses", "longest pauses"])
def test_so_long_does_our_client_wait_for_a_replica_while_all_are_replaced(dice, monkeypatch):
    told = Answer(502, CaseInsensitiveDict({"Retry-After": gateway("^ +502 (?=[0-9])")}), b"")
    monkeypatch.setattr(retries._dice, "uniform", lambda *_: dice)
    pauses = [retries.pause_after(tries, told) for tries in range(1, 13)]
    assert (client_settings.MAX_RETRIES, client_settings.DEADLINE) == (5, 20)
    assert sum(pauses[:5]) <= 20, "and no longer deadline helps"
    assert min(sum(pauses), 60 - pauses[-1]) >= 50
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").replace("\n", " ")
    assert "sends the request again for up to 20 seconds, at most five times" in page
    assert "`Client(max_retries=12, deadline=60)` sends its requests again for at least 50 seconds" in page


def test_the_keys_of_the_examples_are_nobody_s():
    """The SHA-256 of something is the hash of a key that somebody may send; the one of nothing but zeros is not known to be of any."""
    files = [*PAGES, *ROOT.glob("deploy/**/*.txt")]
    hashes = [found for path in files for found in re.findall(r"[\w.-]+:([0-9a-f]{64})\b", path.read_text(encoding="utf-8"))]
    assert len(hashes) > 3
    assert {*hashes} == {"0" * 64}
