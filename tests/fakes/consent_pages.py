"""Consent pages whose addresses are easy to read."""

from domain.errors import NotConfigured


class PlainConsentPages:
    """The address shows what it was asked for. With ``missing`` set, no application is configured."""

    def __init__(self) -> None:
        self.missing: tuple[str, ...] = ()

    def url(self, marketplace_id: str, state: str, redirect_uri: str) -> str:
        if self.missing:
            raise NotConfigured("The application is not configured.", self.missing)
        return f"https://consent.test/{marketplace_id}?state={state}&redirect_uri={redirect_uri}"

    def confirmation(self, callback_uri: str, amazon_state: str, state: str, redirect_uri: str) -> str:
        if self.missing:
            raise NotConfigured("The application is not configured.", self.missing)
        return f"{callback_uri}?amazon_state={amazon_state}&state={state}&redirect_uri={redirect_uri}"
