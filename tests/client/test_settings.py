"""Where the client's settings come from, and what a wrong one says."""

import pytest

from stepgrade import Client, ConfigurationError, OfflineError


def test_without_anything_it_asks_this_machine():
    transport = Client().transport
    assert (transport.base_url, transport.timeouts, transport.deadline) == ("http://127.0.0.1:8000", (2.0, 10.0), 20.0)


def test_the_environment_says_where_and_how_long(monkeypatch):
    monkeypatch.setenv("STEPGRADE_URL", " https://grader.example/stepgrade/ ")
    monkeypatch.setenv("STEPGRADE_TIMEOUT", "7.5")
    transport = Client().transport
    assert (transport.base_url, transport.timeouts) == ("https://grader.example/stepgrade", (2.0, 7.5))


def test_arguments_come_before_the_environment(monkeypatch):
    monkeypatch.setenv("STEPGRADE_URL", "https://grader.example")
    monkeypatch.setenv("STEPGRADE_TIMEOUT", "soon")
    transport = Client("http://localhost:9000", timeout=(1, 3)).transport
    assert (transport.base_url, transport.timeouts) == ("http://localhost:9000", (1.0, 3.0))


def test_an_empty_variable_is_no_variable(monkeypatch):
    for name in ("STEPGRADE_URL", "STEPGRADE_TIMEOUT", "STEPGRADE_OFFLINE"):
        monkeypatch.setenv(name, "")
    assert Client().transport.base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(("given", "timeouts"), [("5", (2.0, 5.0)), ("0.5", (0.5, 0.5)), ("1, 30", (1.0, 30.0))])
def test_a_timeout_is_one_number_or_two(monkeypatch, given, timeouts):
    monkeypatch.setenv("STEPGRADE_TIMEOUT", given)
    assert Client().transport.timeouts == timeouts


def test_a_long_timeout_stretches_the_deadline():
    assert Client(timeout=60).transport.deadline == 62.0


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", "http://host:port", "http://[::1", "http://h/?a=1", "  "])
def test_a_wrong_address_names_the_argument_and_the_variable(url):
    with pytest.raises(ConfigurationError, match=r"^base_url must .*STEPGRADE_URL"):
        Client(url)


def test_a_wrong_address_in_the_environment_names_the_variable_first(monkeypatch):
    monkeypatch.setenv("STEPGRADE_URL", "localhost:8000")
    with pytest.raises(ConfigurationError, match=r"^STEPGRADE_URL must .*'localhost:8000'.*base_url"):
        Client()


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "ten", (1, 2, 3), (), True, (1, None)])
def test_a_wrong_timeout_names_the_argument_and_the_variable(timeout):
    with pytest.raises(ConfigurationError, match=r"^timeout must .*STEPGRADE_TIMEOUT"):
        Client(timeout=timeout)


@pytest.mark.parametrize("text", ["ten", "0", "-1", "nan", "inf", "1,2,3", ","])
def test_a_wrong_timeout_in_the_environment_names_the_variable_first(monkeypatch, text):
    monkeypatch.setenv("STEPGRADE_TIMEOUT", text)
    with pytest.raises(ConfigurationError, match=r"^STEPGRADE_TIMEOUT must .*argument timeout"):
        Client()


@pytest.mark.parametrize("wrong", [{"max_retries": -1}, {"max_retries": 1.5}, {"deadline": 0}, {"deadline": "20"}])
def test_wrong_retries_and_deadlines_are_named(wrong):
    with pytest.raises(ConfigurationError, match=f"^{next(iter(wrong))} must "):
        Client(**wrong)


@pytest.mark.parametrize("word", ["1", "true", "YES", "On"])
def test_offline_raises_before_any_socket_and_says_how_to_undo_it(service, client, monkeypatch, word):
    monkeypatch.setenv("STEPGRADE_OFFLINE", word)
    with pytest.raises(OfflineError, match=r"Set it to 0 .* Client\.local\(\)") as caught:
        client.health()
    assert isinstance(caught.value, ConnectionError)
    assert service.seen == []


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("word", ["0", "false", "No", "off"])
def test_offline_is_undone_without_a_new_client(client, monkeypatch, word):
    monkeypatch.setenv("STEPGRADE_OFFLINE", word)
    assert client.health()["status"] == "completed"


def test_a_word_that_is_neither_yes_nor_no_is_not_guessed_at(client, monkeypatch):
    monkeypatch.setenv("STEPGRADE_OFFLINE", "maybe")
    with pytest.raises(ConfigurationError, match=r"STEPGRADE_OFFLINE must be one of 1, true, yes, on .*'maybe'"):
        client.health()
