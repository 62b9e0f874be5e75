"""Which addresses webhooks may go to: the internet's, and no others unless they are allowed.

Asked after a name was resolved, of every address that it has, and the connection is made to the
very address that was asked about (`api.push.sender`): a name that answers differently the second
time leads nowhere.
"""

import ipaddress
import re
from collections.abc import Sequence

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What the standard library counts as global and is not, or not for us: the metadata service of
# Azure, relays of 6to4, and networks that translate or tunnel to addresses we do not see.
_FURTHER: tuple[Network, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",
        "192.88.99.0/24",
        "192.0.0.0/24",
        "64:ff9b:1::/48",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
        "::/96",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_MASK = 0xFFFFFFFF
_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")


def refused(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether nothing may be sent to an address.

    Args:
        address: as it was resolved.
        allowed: networks that are taken although they are private.
    """
    inner = _inside(address)
    if any(inner.version == network.version and inner in network for network in allowed):
        return False
    return (
        not inner.is_global
        or inner.is_multicast
        or inner.is_reserved
        or (isinstance(inner, ipaddress.IPv6Address) and inner.scope_id is not None)
        or any(inner.version == network.version and inner in network for network in _FURTHER)
    )


def _inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _MASK)
    return address.ipv4_mapped or address.sixtofour or address


def literal(host: str) -> Address | None:
    """The address that a host is written as, or None where it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def checked_url(url: str, *, allow_http: bool, allowed: Sequence[Network]) -> str:
    """An address that a webhook can have, as it is stored.

    Args:
        url: as somebody typed it.
        allow_http: whether one without TLS is taken.
        allowed: private networks that are taken.

    Raises:
        ValueError: it is none, with the way out.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise ValueError(
            "not an address; it looks like https://hooks.example.com/conduit"
        ) from None
    if parsed.scheme not in ({"https", "http"} if allow_http else {"https"}):
        raise ValueError(
            "has to begin with https://; for http://, CONDUIT_WEBHOOKS_ALLOW_HTTP has to be set"
        )
    if not parsed.host:
        raise ValueError("names no host; it looks like https://hooks.example.com/conduit")
    if parsed.userinfo:
        raise ValueError("carries a name or a password, and must not: sign-in is by signature")
    if parsed.fragment:
        raise ValueError("carries a #fragment, which is not sent: leave it out")
    address = literal(parsed.host)
    if address is None and not _NAME.fullmatch(parsed.raw_host.decode("ascii")):
        raise ValueError("names no host that there can be")
    if not 0 < (parsed.port or 443) < 65536:
        raise ValueError("names a port that there is not; they go from 1 to 65535")
    if address is not None and refused(address, allowed):
        raise ValueError(
            "is an address that nothing is sent to (private, link-local, reserved …); "
            "CONDUIT_WEBHOOKS_ALLOW_PRIVATE lists the networks that are taken all the same"
        )
    return str(parsed)
