"""Who advertises: persons who log in, their profiles, global accounts and DSP advertisers.

Source: Amazon Ads API, "Accounts", "Profiles" and "DSP advertisers".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.dice import number
from entrypoints.simulator.marketplaces import BY_COUNTRY, Marketplace
from entrypoints.simulator.sellers import Seller

_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#: Advertising counts the days of these countries in one zone.
_PARIS = frozenset({"DE", "FR", "IT", "ES", "NL", "BE"})
_NAMES = ("Blue", "Quiet", "Copper", "Maple", "Tidal", "Amber", "Silver", "Çınar", "Übersee", "Ōsaka")
_KINDS = ("Trading", "Goods", "Supply", "Works", "Studio", "Wholesale", "Brands")
#: Invented accounts take turns, so that the regions do as well.
_TURNS = ("US", "DE", "JP", "CA", "GB", "AU", "MX", "FR", "SG", "BR", "IT", "JP", "US", "ES", "AU")
_DSP_COUNTRIES = {"na": "US", "eu": "DE"}


@dataclass(frozen=True)
class Person:
    """Somebody with an Amazon account. Without sellers: the agency's, who sees everything."""

    id: str
    name: str
    seller_ids: tuple[str, ...] = ()

    @property
    def sees_all(self) -> bool:
        return not self.seller_ids


@dataclass(frozen=True)
class Profile:
    """An advertiser in one country.

    Attributes:
        account_id: the seller's id, or an entity.
        seller: whose orders its sales are a part of; None where they are invented.
        active: it has campaigns.
        view_only: the person may look and not change.
    """

    id: int
    marketplace: Marketplace
    type: str
    account_id: str
    name: str
    seller: Seller | None = None
    active: bool = False
    view_only: bool = False
    sub_type: str | None = None

    @property
    def region(self) -> str:
        return self.marketplace.region

    @property
    def country_code(self) -> str:
        """Profiles say UK where everybody else says GB."""
        return "UK" if self.marketplace.country_code == "GB" else self.marketplace.country_code

    @property
    def zone_name(self) -> str:
        paris = self.marketplace.country_code in _PARIS
        return "Europe/Paris" if paris else self.marketplace.zone_name


@dataclass(frozen=True)
class Account:
    """A global account of sponsored ads; ``countries`` pairs a country with its profile, some more than once."""

    id: str
    name: str | None
    status: str
    countries: tuple[tuple[str, int | None], ...]
    errors: tuple[tuple[str, str, str], ...] = ()
    owner_id: str = ""


@dataclass(frozen=True)
class Advertiser:
    """An advertiser of DSP. ``agency`` is None for one that only lends its reports to a manager account."""

    id: str
    name: str
    marketplace: Marketplace
    agency: Profile | None
    active: bool


@dataclass(frozen=True)
class Size:
    """How many there are at least."""

    accounts: int = 0
    profiles: int = 0
    advertisers: int = 0


@dataclass(frozen=True)
class Everybody:
    """All there is to see, for one size: a pure function of the configuration."""

    config: SimulatorConfig
    size: Size = field(default_factory=Size)

    @cached_property
    def persons(self) -> tuple[Person, ...]:
        agency = Person(self._id("person", "agency"), "Portside Media (all accounts)")
        owners = (Person(self._id("person", each.id), each.name, (each.id,)) for each in self.config.sellers)
        return (agency, *owners)

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        of_sellers = [
            self._profile(each, "seller", seller.id, seller.name, seller=seller, active=True)
            for seller in self.config.sellers
            for each in seller.marketplaces
        ]
        invented = max(0, self.size.profiles - len(of_sellers) - len(self._special))
        return (*of_sellers, *self._special, *(self._invented_profile(index) for index in range(invented)))

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        own = [
            Account(
                "amzn1.ads-account.g." + self._id("account", seller.id).lower(),
                seller.name,
                "CREATED",
                tuple((each.country_code, self._profile_id(each, seller.id)) for each in seller.marketplaces),
                owner_id=seller.id,
            )
            for seller in self.config.sellers
        ]
        vendors = [
            Account(
                "amzn1.ads-account.g." + self._id("account", each.id).lower(),
                each.name,
                "CREATED",
                ((each.marketplace.country_code, each.id),),
            )
            for each in self._special
            if each.type == "vendor" and each.sub_type is None
        ]
        invented = max(0, self.size.accounts - len(own) - len(vendors))
        return (*own, *vendors, *(self._invented_account(index) for index in range(invented)))

    @cached_property
    def advertisers(self) -> tuple[Advertiser, ...]:
        agencies = [each for each in self._special if each.type == "agency"]
        found = []
        for index in range(self.size.advertisers):
            agency = agencies[index % len(agencies)]
            name = f"{self._name('advertiser', index)} DSP {index + 1}"
            advertiser_id = str(self._number("advertiser", index))
            found.append(
                Advertiser(advertiser_id, name, agency.marketplace, agency, index < 2 * len(agencies))
            )
        lent = Advertiser(
            str(self._number("advertiser", "lent")), "Reports only", BY_COUNTRY["US"], None, True
        )
        return (*found, lent)

    def person(self, person_id: str | None) -> Person | None:
        """One of them; the first without an id."""
        known = {each.id: each for each in self.persons}
        return self.persons[0] if person_id is None else known.get(person_id)

    def profile_for(self, marketplace: Marketplace, account_id: str, name: str) -> Profile:
        """The profile of a seller who registers."""
        return self._profile(marketplace, "seller", account_id, name)

    def entity(self, *words: object) -> str:
        return "ENTITY" + self._id("entity", *words)[:13]

    @cached_property
    def _special(self) -> tuple[Profile, ...]:
        """Vendors, agencies and an oddity."""
        us, jp = BY_COUNTRY["US"], BY_COUNTRY["JP"]
        agencies = (
            self._profile(BY_COUNTRY[country], "agency", self.entity("agency", region), "Portside Media")
            for region, country in _DSP_COUNTRIES.items()
        )
        return (
            self._profile(us, "vendor", self.entity("vendor", "US"), "Harbor Wholesale", active=True),
            self._profile(jp, "vendor", self.entity("vendor", "JP"), "雲の本", active=True, view_only=True),
            self._profile(
                us, "vendor", self.entity("attribution"), "Attribution", sub_type="AMAZON_ATTRIBUTION"
            ),
            *agencies,
        )

    def _profile(
        self,
        marketplace: Marketplace,
        kind: str,
        account_id: str,
        name: str,
        *,
        seller: Seller | None = None,
        active: bool = False,
        view_only: bool = False,
        sub_type: str | None = None,
    ) -> Profile:
        profile_id = self._profile_id(marketplace, account_id)
        return Profile(profile_id, marketplace, kind, account_id, name, seller, active, view_only, sub_type)

    def _invented_profile(self, index: int) -> Profile:
        marketplace = BY_COUNTRY[_TURNS[index % len(_TURNS)]]
        kind = "vendor" if index % 4 == 3 else "seller"
        owner = self._invented_owner(index)
        return self._profile(marketplace, kind, owner, self._name("account", index))

    def _invented_account(self, index: int) -> Account:
        country = _TURNS[index % len(_TURNS)]
        owner = self._invented_owner(index)
        profile_id = self._profile_id(BY_COUNTRY[country], owner)
        countries: tuple[tuple[str, int | None], ...] = ((country, profile_id),)
        if index % 7 == 6:  # the same country once more, which Amazon does
            countries = (*countries, (country, profile_id + 1))
        status = "CREATED"
        errors: tuple[tuple[str, str, str], ...] = ()
        if index % 50 == 49:
            status, errors = "DISABLED", ((country, "SELLER_NOT_ELIGIBLE", "The seller is not eligible."),)
        elif index % 41 == 40:
            other = "FR" if country != "FR" else "ES"
            status, countries = "PARTIALLY_CREATED", (*countries, (other, None))
            errors = ((other, "MARKETPLACE_SUSPENDED", "The account is suspended in this country."),)
        elif index % 97 == 96:
            status, countries = "PENDING", ((country, None),)
        name = None if index % 60 == 59 else self._name("account", index)
        account_id = "amzn1.ads-account.g." + self._id("account", "invented", index).lower()
        return Account(account_id, name, status, countries, errors, owner)

    def _invented_owner(self, index: int) -> str:
        vendor = index % 4 == 3
        return self.entity("invented", index) if vendor else "A" + self._id("seller", index)[:13]

    def _name(self, *words: object) -> str:
        throw = number(self.config.seed, "ads name", *words)
        return f"{_NAMES[throw % len(_NAMES)]} {_KINDS[throw // 16 % len(_KINDS)]} {words[-1]}"

    def _profile_id(self, marketplace: Marketplace, account_id: str) -> int:
        return self._number("profile", marketplace.id, account_id)

    def _number(self, *words: object) -> int:
        """Eighteen digits: more than a number of JavaScript holds."""
        return 10**17 + number(self.config.seed, "ads", *words) % (9 * 10**17)

    def _id(self, *words: object) -> str:
        value, text = number(self.config.seed, "ads id", *words) ** 2, ""
        for _ in range(20):
            value, rest = divmod(value, len(_CHARACTERS))
            text += _CHARACTERS[rest]
        return text
