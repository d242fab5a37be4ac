"""Whose request it is."""

import pytest

from stepgrade_service.serving.addresses import Addresses
from stepgrade_service.web.settings import networks

BEHIND = Addresses(networks("10.0.0.0/8, ::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1:5000", "", "192.0.2.1"),
        ("192.0.2.1:5000", "198.51.100.7", "192.0.2.1"),  # whoever is not trusted may say what he likes
        ("10.1.2.3:5000", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3:5000", "", "10.1.2.3"),
        ("10.1.2.3:5000", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # only what the proxy itself added counts
        ("10.1.2.3:5000", "198.51.100.7, 10.9.9.9", "198.51.100.7"),  # two proxies
        ("10.1.2.3:5000", "10.9.9.9", "10.9.9.9"),
        ("10.1.2.3:5000", "nonsense", "10.1.2.3"),
        ("[::1]:5000", "198.51.100.7", "198.51.100.7"),
        ("[::ffff:10.1.2.3]:5000", "198.51.100.7", "198.51.100.7"),
        ("[2001:db8:1:2:3::4]:5000", "", "2001:db8:1:2::/64"),
        ("", "198.51.100.7", "unknown"),
    ],
)
def test_a_client_is_the_peer_unless_that_is_a_trusted_proxy(peer, forwarded, client):
    assert BEHIND.of(peer, forwarded) == client


def test_nobody_is_trusted_unless_it_is_said():
    assert Addresses(()).of("127.0.0.1:5000", "198.51.100.7") == "127.0.0.1"


def test_what_nobody_trusted_says_is_not_kept():
    addresses = Addresses(())
    for port in range(3):
        addresses.of(f"192.0.2.1:{port}", "x" * 8000)
    assert addresses._of_host.cache_info().currsize == 1
