"""The state: goes out with the seller, and comes back with the channel's code, once, to the same user and browser."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from domain.clock import Clock
from domain.connections.model import ConsentState, Door, Provider
from domain.connections.work import ConnectionWork
from domain.errors import ConsentFailed
from domain.marketplaces import Marketplace, Region
from domain.users.model import User
from domain.users.ports import Tokens

#: From asking for the consent to the code: Amazon allows ten minutes as well.
STATE_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class States:
    """Makes states, and takes them back."""

    work: Callable[[], ConnectionWork]
    tokens: Tokens
    clock: Clock

    def new(self) -> str:
        """A text that nobody can guess."""
        return self.tokens.new()

    def keep(
        self,
        text: str,
        user: User,
        browser: str,
        marketplace: Marketplace,
        door: Door,
        expected_seller_id: str | None = None,
    ) -> None:
        """Remember whose consent this state stands for, and for which seller, where that is known."""
        state = ConsentState(
            state_hash=_hash(text),
            user_id=user.id,
            provider=Provider.AMAZON_SP,
            region=marketplace.region,
            marketplace_id=marketplace.id,
            browser_hash=_hash(browser),
            expires_at=self.clock.now() + STATE_LIFE,
            expected_seller_id=expected_seller_id,
            door=door,
        )
        self._keep(state)

    def keep_for_store(self, provider: Provider, text: str, user: User, browser: str, shop: str) -> None:
        """Remember whose consent this state stands for, and for which store alone."""
        self._keep(
            ConsentState(
                state_hash=_hash(text),
                user_id=user.id,
                provider=provider,
                region=Region.WORLD,
                marketplace_id=shop,
                browser_hash=_hash(browser),
                expires_at=self.clock.now() + STATE_LIFE,
                expected_seller_id=shop,
            )
        )

    def keep_for_ads(self, text: str, user: User, browser: str, region: Region) -> None:
        """Remember whose consent to advertising this state stands for, and on which region's page it is given."""
        self._keep(
            ConsentState(
                state_hash=_hash(text),
                user_id=user.id,
                provider=Provider.AMAZON_ADS,
                region=region,
                marketplace_id="",
                browser_hash=_hash(browser),
                expires_at=self.clock.now() + STATE_LIFE,
            )
        )

    def _keep(self, state: ConsentState) -> None:
        with self.work() as work:
            work.states.keep(state)
            work.commit()

    def redeem(
        self, text: str | None, user: User, browser: str | None, provider: Provider = Provider.AMAZON_SP
    ) -> ConsentState:
        """What the state stood for; whoever shows it as their own has burnt it.

        Raises:
            ConsentFailed: ``missing_params`` or ``invalid_state``.
        """
        if not text:
            raise ConsentFailed("missing_params", f"{provider.label} sent no state.")
        with self.work() as work:
            state = work.states.take(user.id, _hash(text), self.clock.now())
            work.commit()
        if state is None:
            raise ConsentFailed("invalid_state", "The state is unknown, used, expired, or another user's.")
        if state.provider is not provider:
            raise ConsentFailed("invalid_state", "The state belongs to another channel's consent.")
        if browser is None or state.browser_hash != _hash(browser):
            raise ConsentFailed("invalid_state", "The state belongs to another browser.")
        return state


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
