"""The STEPGRADE_SERVER_* variables."""

import os
from dataclasses import asdict

import pytest

from stepgrade_service.engine.reading.cost import Limits
from stepgrade_service.web import create_app
from stepgrade_service.web.settings import PREFIX, Settings, SettingsError, cores, read_settings


def refused(**variables):
    with pytest.raises(SettingsError) as caught:
        read_settings({f"{PREFIX}{name}": value for name, value in variables.items()})
    return str(caught.value).splitlines()


def test_every_setting_has_a_default_that_serves_one_machine():
    assert read_settings({}) == Settings()
    assert Settings().host == "127.0.0.1"
    assert Settings().max_body == 8 * 1024 * 1024


def test_every_default_is_itself_a_value_that_may_be_set():
    given = {f"{PREFIX}{name.upper()}": str(value) for name, value in asdict(Settings()).items()}
    assert read_settings(given) == Settings()


def test_variables_are_read():
    variables = {"HOST": "::", "PORT": "9000", "WORKERS": "3", "MAX_WORK": "1e6", "MAX_ANSWER": "5", "ACCESS_LOG": "true"}
    settings = read_settings({f"{PREFIX}{name}": value for name, value in variables.items()})
    assert (settings.host, settings.port, settings.workers, settings.access_log) == ("::", 9000, 3, True)
    assert settings.limits == Limits(1e6, 5)


@pytest.mark.parametrize(
    ("cores", "workers", "threads", "expected"), [(8, 1, 0, 8), (8, 3, 0, 2), (2, 4, 0, 1), (2, 4, 3, 3), (1, 1, 1, 1)]
)
def test_a_worker_s_threads_are_its_share_of_the_cores_unless_they_are_told(monkeypatch, cores, workers, threads, expected):
    monkeypatch.setattr("stepgrade_service.web.settings.cores", lambda: cores)
    assert Settings(workers=workers, threads=threads).threads_a_worker == expected


def test_proxies_are_addresses_and_networks():
    settings = read_settings({f"{PREFIX}TRUSTED_PROXIES": "10.0.0.0/8, 192.168.1.7,fd00::/8"})
    assert [str(network) for network in settings.trusted_networks] == ["10.0.0.0/8", "192.168.1.7/32", "fd00::/8"]
    assert Settings().trusted_networks == ()


def test_only_cores_that_may_be_used_count():
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_other_variables_are_nobody_s_business():
    assert read_settings({"PORT": "1", "STEPGRADE_URL": "http://x", "STEPGRADE_SERVERPORT": "2", "PATH": "/bin"}) == Settings()


@pytest.mark.parametrize(
    ("name", "nearest"), [("PROT", "PORT"), ("MAXBODY", "MAX_BODY"), ("WORKER", "WORKERS"), ("ACCESSLOG", "ACCESS_LOG"), ("port", "PORT")]
)
def test_an_unknown_variable_is_an_error_that_names_it_and_the_nearest(name, nearest):
    [line] = refused(**{name: "1"})
    assert f"'{PREFIX}{name}'" in line
    assert f"did you mean {PREFIX}{nearest}" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("PORT", value) for value in ("0", "65536", "-1", "8000.5", "http", "", "8e3")],
        *[("WORKERS", value) for value in ("0", "many", "257")],
        *[("THREADS", value) for value in ("-1", "1.5", "257", "auto")],
        *[("MAX_BODY", value) for value in ("0", "8MiB", str(1 << 31))],
        *[("MAX_WORK", value) for value in ("0", "inf", "nan", "-1", "")],
        *[("MAX_ANSWER", value) for value in ("0", "lots")],
        *[("ACCESS_LOG", value) for value in ("maybe", "2", "")],
        *[("REQUESTS_AT_A_TIME", value) for value in ("0", "65", "all")],
        *[("TRUSTED_PROXIES", value) for value in ("gateway", "10.0.0.0/8 10.1.0.0/16", "10.0.0.1/8", "1.2.3")],
        *[("DRAIN_SECONDS", value) for value in ("-1", "301", "")],
        *[("MAX_MEMORY", value) for value in ("1", "399", "-1")],
        *[("BUDGET", value) for value in ("-1", "1e16", "lots", "4e8")],
        *[("SHARED_ADDRESSES", value) for value in ("campus", "192.0.2.0/24", "192.0.2.0/24=0", "192.0.2.1/24=5", "192.0.2.0/24=1.5")],
        *[("BUDGET_SECONDS", value) for value in ("0", "86401", "")],
        *[
            ("REDIS_URL", value)
            for value in ("redis", "http://redis:6379", "redis:6379", "redis://redis:port", "redis://[", "redis://r?d=1")
        ],
        *[("API_KEYS", value) for value in ("secret", "a:b", f"a:{'0' * 64},a:{'1' * 64}")],
        ("API_KEYS_FILE", "/nowhere/keys"),
        ("HOST", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_an_error_that_names_its_variable(name, value):
    [line] = refused(**{name: value})
    assert line.startswith(f"{PREFIX}{name}: ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("192.0.2.0/24", "the number of people is missing after 192.0.2.0/24."),
        ("10.0.0.0/8=5, 192.0.2.0/24=", "the number of people is missing after 192.0.2.0/24."),
        ("192.0.2.0/24=0", "the number of people after 192.0.2.0/24 is '0', and not a whole number from 1 to 100000."),
        ("192.0.2.0/24=1.5", "is '1.5', and not a whole number"),
        ("192.0.2.0/24=1=2", "is '1=2', and not a whole number"),
        ("192.0.2.0/24=" + "9" * 5000, "and not a whole number"),
        ("192.0.2.0/24=1, 198.51.100.0/24=9, 192.0.2.0/24=2", "the network 192.0.2.0/24 is there twice"),
        ("campus=5", "'campus' does not appear to be an IPv4 or IPv6 network"),
    ],
)
def test_what_is_wrong_with_shared_addresses_is_said_in_words_of_the_setting(value, expected):
    [line] = refused(SHARED_ADDRESSES=value)
    assert "as 192.0.2.0/24=200: " in line
    assert expected in line
    assert "invalid literal" not in line


def test_no_fault_shows_a_password_or_a_key():
    lines = refused(REDIS_URL="http://:secret@redis", API_KEYS="secret")
    assert len(lines) == 2
    assert "secret" not in "".join(lines)


def test_keys_come_from_the_variable_and_from_the_file(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"# those of the course\nb:{'1' * 64}:6e9\n")
    given = {f"{PREFIX}API_KEYS": f"a:{'0' * 64}", f"{PREFIX}API_KEYS_FILE": str(file)}
    assert [(key.name, key.budget) for key in read_settings(given).keys] == [("a", None), ("b", 6e9)]
    file.write_text(f"a:{'1' * 64}")
    assert "the name a stands there twice" in refused(API_KEYS=f"a:{'0' * 64}", API_KEYS_FILE=str(file))[0]


def test_the_dearest_request_fits_into_every_budget():
    assert "at least STEPGRADE_SERVER_MAX_WORK (5e+08)" in refused(BUDGET="1e8")[0]
    assert "the API key a" in refused(API_KEYS=f"a:{'0' * 64}:1e8")[0].replace("The budget of ", "")
    assert read_settings({f"{PREFIX}BUDGET": "1e8", f"{PREFIX}MAX_WORK": "1e8"}).budget == 1e8


def test_redis_needs_its_package(monkeypatch):
    monkeypatch.setattr("stepgrade_service.web.settings.find_spec", lambda _: None)
    assert "pip install 'stepgrade-service[redis]'" in refused(REDIS_URL="redis://redis")[0]


def test_every_fault_is_told_at_once():
    lines = refused(PORT="0", WROKERS="2", MAX_WORK="x")
    assert len(lines) == 3
    assert all(any(name in line for line in lines) for name in ("PORT", "WROKERS", "MAX_WORK"))


def test_an_app_reads_them_itself(monkeypatch):
    monkeypatch.setenv(f"{PREFIX}MAX_BODY", "2048")
    assert create_app().test_client().get("/").json["limits"]["body_bytes"] == 2048
    monkeypatch.setenv(f"{PREFIX}MAX_BODI", "2048")
    with pytest.raises(SettingsError):
        create_app()
