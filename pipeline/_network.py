"""Which addresses may be dialled. A source's list can carry any link, so the check is made on the address that is
really dialled: it holds for literal addresses, for every hop of a redirect and for names that change their answer."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable
from typing import Any

#: Survives the layers between the socket and the client, which make other exceptions of ours.
NOT_PUBLIC = "not a public address"


class Forbidden(OSError):
    """An address inside our own network."""


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet; IPv4 inside IPv6 is judged as IPv4."""
    found = ipaddress.ip_address(address.split("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):  # NAT64: the last four bytes are the IPv4 address
            return is_public(str(ipaddress.IPv4Address(found.packed[-4:])))
    return found.is_global and not found.is_multicast


def guarded_socket(allowed: frozenset[tuple[str, int]]) -> Callable[[Any], socket.socket]:
    """A socket factory for aiohttp that refuses to dial inside; ``allowed`` are exceptions (address, port)."""

    def make(address: Any) -> socket.socket:
        family, kind, protocol, _, place = address
        if (place[0], place[1]) not in allowed and not is_public(place[0]):
            raise Forbidden(errno.EACCES, NOT_PUBLIC)
        return socket.socket(family, kind, protocol)

    return make
