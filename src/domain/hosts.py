"""Names and addresses of hosts."""

import re
from ipaddress import IPv6Address, IPv6Network, ip_address

_AWS_REGION = r"[a-z]{2}(?:-[a-z]+)+-[0-9]"
#: Buckets of S3, as a whole, so that nobody can read another host out of it than we do. Not all of AWS: customers' own
#: machines have names there too, and some of those lead into their private networks.
_AT_S3 = re.compile(
    rf"https://(?:[a-z0-9-]+\.)*s3(?:-external-1|(?:\.dualstack)?[.-]{_AWS_REGION}|-accelerate(?:\.dualstack)?)?"
    r"\.amazonaws\.com(?::443)?/[!-\[\]-~]*",
    re.IGNORECASE | re.ASCII,  # or else letters of other alphabets would count as ours in capitals
)


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address can only mean this machine."""
    name = (host or "").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_at_s3(url: str) -> bool:
    """Whether an address leads to Amazon S3, where Amazon puts what it has made for us, whoever reads it.

    Source: Amazon S3 User Guide, "Virtual hosting of buckets"; Amazon S3 endpoints, AWS General Reference.
    """
    return _AT_S3.fullmatch(url) is not None


def neighbourhood(address: str) -> str:
    """Whom to hold responsible for what comes from an address: whoever has one of IPv6 has all of its /64 to choose from.

    An address of IPv4 that is written as one of IPv6 is the same address; what is no address stands for itself.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))
