"""Which addresses webhooks may go to."""

import ipaddress

import pytest

from api.push.addresses import checked_url, refused
from api.settings import networks

PRIVATE = (
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",  # noqa: S104 - refused
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "2002:7f00:1::",
    "2002:0a00:0001::1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "3fff::1",
    "5f00::1",
)
PUBLIC = (
    "8.8.8.8",
    "93.184.215.14",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "2002:808:808::1",
    "64:ff9b::8.8.8.8",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_the_internets_is_refused(address: str) -> None:
    assert refused(ipaddress.ip_address(address), ())


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_taken(address: str) -> None:
    assert not refused(ipaddress.ip_address(address), ())


def test_what_is_allowed_is_taken_and_no_more() -> None:
    allowed = networks("127.0.0.0/8, fd00::/8")
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "fd00::5"):
        assert not refused(ipaddress.ip_address(address), allowed)
    for address in ("10.0.0.1", "::1", "fe80::1", "169.254.169.254"):
        assert refused(ipaddress.ip_address(address), allowed)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example.com/", "https://"),
        ("ftp://hooks.example.com/", "https://"),
        ("hooks.example.com", "https://"),
        ("https://", "no host"),
        ("https:///x", "no host"),
        ("https://me:secret@hooks.example.com/", "password"),
        ("https://hooks.example.com/#x", "fragment"),
        ("https://127.0.0.1/", "nothing is sent to"),
        ("https://[::1]/", "nothing is sent to"),
        ("https://[::ffff:10.0.0.1]:8443/", "nothing is sent to"),
        ("https://hooks.example.com:99999/", "no host that|port that"),
        ("https://exa%20mple.com/", "no host that"),
        ("https://exa mple.com/", "no host that|port that"),
    ],
)
def test_what_no_webhook_can_have(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as raised:
        checked_url(url, allow_http=False, allowed=())
    assert "secret" not in str(raised.value)


def test_what_a_webhook_can_have() -> None:
    for url in ("https://hooks.example.com/a?b=c", "https://8.8.8.8:8443/x"):
        assert checked_url(url, allow_http=False, allowed=()) == url
    assert checked_url(
        "http://127.0.0.1:9/", allow_http=True, allowed=networks("127.0.0.0/8")
    ).startswith("http://127.0.0.1:9")
