"""Internet addresses. Versions look like them and are evidence, so the words before decide.

Loopback, unspecified, masks and the private ranges of RFC 1918 stay: they name nobody, and "I
cannot open 192.168.1.1" is what an engineer needs to read.
"""

import ipaddress
import re
from collections.abc import Iterator

from nlp.redact.reading import Reading
from nlp.redact.spans import Span

_V4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_V6 = re.compile(r"(?<![\w:])[0-9a-f:]{6,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])", re.IGNORECASE)
_CUE = re.compile(
    r"\b(?:(?P<version>versions?|ver|v|firmware|release|builds?|software|drivers?|update[ds]?"
    r"|upgrade[ds]?"
    r"|patch|chrome|firefox|windows|ios|android|sensor|reads|app)"
    r"|(?P<ip>ip|ipv4|ipv6|address(?:es)?|servers?|hosts?|ping|gateway|dns|from|router|at|client"
    r"|login))\b"
)
_PRIVATE = tuple(
    ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)


def wants(reading: Reading) -> bool:
    """Whether there are three dots and a digit, or two colons."""
    text = reading.text
    return text.count(":") > 1 or (reading.has_digit and text.count(".") > 2)


def find(reading: Reading) -> Iterator[Span]:
    """The addresses that may lead to a person."""
    text = reading.text
    for match in _V4.finditer(text):
        if _is_somebody(match.group()) and not _is_version(reading.lower, match.start()):
            yield Span(match.start(), match.end(), "IP", 0.9)
    if text.count(":") > 1:
        for match in _V6.finditer(text):
            if match.group().count(":") > 1 and _is_somebody(match.group()):
                yield Span(match.start(), match.end(), "IP", 0.9)


def _is_somebody(value: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        mask = value.startswith(("255.", "0."))
        return not mask and not any(address in net for net in _PRIVATE)
    return not address.is_link_local


def _is_version(lower: str, start: int) -> bool:
    last = None
    for match in _CUE.finditer(lower, max(0, start - 60), start):
        last = match.lastgroup
    return last == "version" or lower[start - 1 : start] == "v"
