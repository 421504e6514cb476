"""Seller Central's addresses: to which of them a browser may be sent, and whose they are."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from domain.hosts import is_loopback
from domain.marketplaces import MARKETPLACES, SELLING_REGIONS, Marketplace, Region

_LONGEST = 1024
_DEFAULT_PORTS = {"http": 80, "https": 443}
_REAL = {urlsplit(each.seller_central).hostname for each in MARKETPLACES.values()}


@dataclass(frozen=True)
class SellerCentralAddresses:
    """The real ones, and the installation's own: ``base``, which may hold ``{region}``; ``None``: there is none."""

    base: str | None
    production: bool

    def problem(self, uri: str) -> str | None:
        """Why no browser may be sent there; ``None``: it may. Whatever is not surely Seller Central is refused."""
        malformed = _malformed(uri)
        if malformed is not None:
            return malformed
        parts, port = urlsplit(uri), _port(urlsplit(uri))
        if any(_same_place(parts, port, base) for base in self._bases().values()):
            return None
        if is_loopback(parts.hostname) and not self.production:
            return None
        if parts.scheme != "https":
            return "is not encrypted: https is needed"
        if parts.hostname not in _REAL or port != _DEFAULT_PORTS["https"]:
            return "is not Seller Central's"
        return None

    def marketplaces(self, uri: str) -> tuple[Marketplace, ...]:
        """Whose sellers log in there; none where the address does not tell."""
        parts, port = urlsplit(uri), _port(urlsplit(uri))
        regions = [
            region
            for region, base in self._bases().items()
            if _same_place(parts, port, base) and f"{parts.path}/".startswith(f"{base.path.rstrip('/')}/")
        ]
        if regions:
            found = [each for each in MARKETPLACES.values() if regions == [each.region]]
        else:
            found = [
                each
                for each in MARKETPLACES.values()
                if urlsplit(each.seller_central).hostname == parts.hostname
            ]
        return tuple(found)

    def _bases(self) -> dict[Region, SplitResult]:
        """The installation's own address in every region."""
        if self.base is None:
            return {}
        return {region: urlsplit(self.base.replace("{region}", region.value)) for region in SELLING_REGIONS}


def _malformed(uri: str) -> str | None:
    """What is wrong with it as an address, wherever it leads."""
    if len(uri) > _LONGEST or not re.fullmatch(r"[!-~]+", uri) or "\\" in uri:
        return "is no address: it has blanks or other characters that don't belong there, or is too long"
    try:
        parts = urlsplit(uri)
        _port(parts)
    except ValueError:
        return "is no address"
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return "is no plain web address, which would begin with https:// and a host"
    return "has a fragment" if "#" in uri else None


def _port(parts: SplitResult) -> int | None:
    return parts.port if parts.port is not None else _DEFAULT_PORTS.get(parts.scheme)


def _same_place(parts: SplitResult, port: int | None, base: SplitResult) -> bool:
    return (parts.scheme, parts.hostname, port) == (base.scheme, base.hostname, _port(base))
