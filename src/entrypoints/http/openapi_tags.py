"""The subjects by which the API's document lists its calls, each in a line."""

from collections.abc import Iterable, Mapping

from domain.channels.table import STORE_CHANNELS

_WORDS = {
    "API keys": "Keys for programs: made and deleted by people, each shown once.",
    "Advertising accounts": "The accounts, profiles and DSP advertisers that the grant to Amazon Ads can see.",
    "Advertising reports": "Reports of the Ads API: asked for once or by a schedule, fetched in the background, kept.",
    "Amazon Ads": "The connection to Amazon Ads: consent, look, disconnect.",
    "Amazon connections": "Connections to seller accounts: consent, look, change, try out, disconnect.",
    "Audit": "Who did what to this user's account, connections and keys, and from where.",
    "Dashboards": "Figures from what is stored; none of these calls Amazon. As JSON, or with `Accept: text/csv` as a table.",
    "Events": "What happens, as it happens: server-sent events.",
    "Operations": "For those who run Portside: health, metrics, and this document. Nobody has to log in.",
    "Page": "The bundled page and its files.",
    "Products": "Whether a product may be listed, what Amazon charges for it, and what it has received of shipments.",
    "Proxy": "Any call to SP-API, in its own words: Portside adds token, usage plan, retries and signing.",
    "Reports": "Reports of SP-API: asked for, fetched in the background, kept.",
    "Sync": "Having data fetched now, and how that gets on.",
    "Usage": "How often Amazon was called, and what is left of each usage plan.",
    "Users": "Registering, logging in and out, and the password.",
} | {
    f"{each.label} stores": f"Connections to {each.label} stores, and {each.label}'s own calls."
    for each in STORE_CHANNELS
}


def in_words(tags: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The tags of a document by name, each with what it stands for.

    Raises:
        KeyError: a view names one that is not in the table above.
    """
    return [{"name": name, "description": _WORDS[name]} for name in sorted(tag["name"] for tag in tags)]
