"""Connections of sellers who authorized an application themselves, and bring the refresh token along."""

from dataclasses import dataclass

from domain.connections.grants import Accepted, Grants, Offer, Said
from domain.connections.model import Door
from domain.connections.selection import unfit
from domain.connections.trials import Trials
from domain.errors import (
    ClientRefused,
    InvalidInput,
    KeyUnavailable,
    NotConfigured,
    PortsideError,
    ReauthorizationRequired,
)
from domain.marketplaces import MARKETPLACES, Region
from domain.tokens.model import LwaClient, RefreshToken, Renewal
from domain.tokens.ports import TokenExchange
from domain.users.model import User, Visitor


@dataclass(frozen=True)
class Brought:
    """What the seller brings. ``client``: the LWA client that the token belongs to; ``None``: the installation's."""

    seller_id: str
    refresh_token: RefreshToken
    marketplace_ids: tuple[str, ...]
    region: Region | None = None
    client: LwaClient | None = None
    iam_role_arn: str | None = None


@dataclass(frozen=True)
class SelfAuthorised:
    """Takes what sellers bring, once LWA has honoured it."""

    exchange: TokenExchange
    grants: Grants
    trials: Trials

    def connect(self, user: User, visitor: Visitor, brought: Brought) -> Accepted:
        """The connection, new or renewed. Nothing is kept of what LWA does not honour.

        Raises:
            InvalidInput: marketplaces that don't fit, or Amazon refuses the token (in their region) or the user's own
                client.
            NotConfigured: LWA refuses the installation's client.
            RateLimited: this user tries again and again; or LWA is asked too often.
            UpstreamFailed, UpstreamTimedOut: LWA gave no usable answer; nothing was kept.
        """
        problem = unfit(brought.marketplace_ids, brought.region)
        if problem is not None:
            raise InvalidInput({"marketplace_ids": problem})
        home = MARKETPLACES[brought.marketplace_ids[0]]
        self.trials.admit(user)
        renewal = self._proven(user, visitor, brought, home.region)
        offer = Offer(
            door=Door.SELF_AUTHORISED,
            seller_id=brought.seller_id,
            region=home.region,
            marketplace_id=home.id,
            refresh_token=renewal.refresh_token or brought.refresh_token,
            access_token=renewal.access_token,
            client=brought.client,
            chosen_ids=tuple(dict.fromkeys(brought.marketplace_ids)),
            iam_role_arn=brought.iam_role_arn,
        )
        return self.grants.accept(user, visitor, offer, self._said(user, visitor, offer))

    def _proven(self, user: User, visitor: Visitor, brought: Brought, region: Region) -> Renewal:
        try:
            return proven(self.exchange, brought.refresh_token, brought.client)
        except PortsideError as error:
            self._refused(user, visitor, brought.seller_id, region, error)
            raise

    def _said(self, user: User, visitor: Visitor, offer: Offer) -> Said:
        """A token that is of no use in the region must not take the place of one that is."""
        try:
            return self.grants.tried(user, offer)
        except ReauthorizationRequired as error:
            self._refused(user, visitor, offer.seller_id, offer.region, error)
            raise InvalidInput(
                {
                    "refresh_token": f"Amazon does not take it in the region {offer.region.value} of these marketplaces: "
                    "authorize the application in Seller Central of one of them, and copy that token"
                }
            ) from error

    def _refused(
        self, user: User, visitor: Visitor, seller_id: str, region: Region, error: PortsideError
    ) -> None:
        details = refusal(Door.SELF_AUTHORISED, seller_id, error)
        self.grants.refused(user, visitor, details, seller_id=seller_id, region=region)


def proven(exchange: TokenExchange, token: RefreshToken, client: LwaClient | None) -> Renewal:
    """What LWA gives for this token to this client.

    Raises:
        InvalidInput: LWA refuses the token, or the user's own client; names the fields.
        NotConfigured, RateLimited, UpstreamFailed, UpstreamTimedOut: as ``TokenExchange.refresh``.
    """
    try:
        return exchange.refresh(token, client)
    except ReauthorizationRequired as error:
        raise InvalidInput(
            {
                "refresh_token": "Amazon does not honour it (invalid_grant): it was revoked, has run out, is not whole, "
                "or belongs to another application; authorize the application again, and copy the new token"
            }
        ) from error
    except ClientRefused as error:
        if client is None:
            raise
        mend = "Amazon does not accept this client: copy id and secret again from the application that made the token"
        raise InvalidInput({"lwa_client_id": mend, "lwa_client_secret": mend}) from error


def refusal(door: Door, seller_id: str, error: PortsideError) -> dict[str, str]:
    """What is written down of an exchange that gave nothing."""
    code = "not_configured" if isinstance(error, NotConfigured | KeyUnavailable) else "exchange_failed"
    return {"code": code, "door": door.value, "seller_id": seller_id}
