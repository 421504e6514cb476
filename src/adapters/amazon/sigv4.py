"""Signatures for SP-API: only where a role of AWS's is set. Without one, nothing of botocore is imported.

Amazon has neither needed nor checked them since October 2023; proxies that operators put in between may.

Source: AWS documentation, "Signature Version 4"; SP-API documentation, "Sign your request" (as it was until 2023).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from domain.connections.model import Connection
from domain.errors import UpstreamFailed, UpstreamTimedOut, UpstreamUnreachable
from domain.gateway.model import AwsCredentials
from domain.gateway.ports import RoleSessions
from domain.marketplaces import Region

_SERVICE = "execute-api"
#: The AWS regions that SP-API's own regions live in. Source: SP-API documentation, "SP-API Endpoints".
AWS_REGIONS = {Region.NA: "us-east-1", Region.EU: "eu-west-1", Region.FE: "us-west-2"}


@dataclass(frozen=True)
class SigV4Signer:
    """Signs requests in the name of the connection's own role, or of the installation's; the seller is its external id."""

    roles: RoleSessions
    role_arn: str | None

    def signed(
        self, connection: Connection, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> dict[str, str]:
        """The headers to send; the ones given (``x-amz-date`` among them) when no role is set.

        Raises:
            AccessDenied, NotConfigured, UpstreamRefused: the role can't be assumed; says who can mend it.
            RateLimited, UpstreamUnreachable: no credentials were to be had just now; SP-API was not spoken to.
        """
        role_arn = connection.iam_role_arn or self.role_arn
        if role_arn is None:
            return dict(headers)
        lent = self._lent(role_arn, connection.seller_id)
        named = {**headers, "x-amz-security-token": lent.session_token}
        region = AWS_REGIONS[connection.region]
        return {**named, "Authorization": _authorization(lent, region, method, url, named, body)}

    def _lent(self, role_arn: str, seller_id: str) -> AwsCredentials:
        try:
            return self.roles.credentials(role_arn, seller_id)
        except (UpstreamFailed, UpstreamTimedOut) as error:
            raise UpstreamUnreachable(str(error), request_id=error.request_id) from error


def _authorization(
    lent: AwsCredentials, region: str, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> str:
    # Imported by whoever has a role: it takes most of a second. Whoever lent the credentials has said if it is missing.
    from botocore.auth import SigV4Auth  # noqa: PLC0415 - see above
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - see above
    from botocore.credentials import Credentials  # noqa: PLC0415 - see above

    keys = Credentials(lent.access_key_id, lent.secret_access_key, lent.session_token)
    auth = SigV4Auth(keys, _SERVICE, region)
    request = AWSRequest(method=method, url=_canonical(url), headers=dict(headers), data=body or b"")
    # add_auth would go by the machine's clock; the date that is sent goes by ours.
    request.context["timestamp"] = headers["x-amz-date"]
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    names = auth.signed_headers(auth.headers_to_sign(request))
    return f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={names}, Signature={signature}"


def _canonical(url: str) -> str:
    """The same address in AWS's one spelling of it, in which it is signed: whoever checks decodes what came first.

    botocore takes the query's encoding as it finds it, and somebody else's words (``a:b``, ``%2f``) come in any.
    """
    parts = urlsplit(url)
    path = re.sub("%[0-9a-f]{2}", lambda escape: escape[0].upper(), parts.path, flags=re.IGNORECASE)
    pairs = [pair.partition("=") for pair in parts.query.split("&") if pair]
    query = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, _, value in pairs)
    return parts._replace(path=path, query=query).geturl()


def _encoded(text: str) -> str:
    return quote(unquote(text, errors="surrogateescape"), safe="", errors="surrogateescape")
