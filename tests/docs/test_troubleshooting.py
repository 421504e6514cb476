"""The page for when something is wrong has the words that ``portside doctor`` has, and no others."""

import re

from tests.docs.pages import DOCS, tables
from tests.docs.troubles import names, said

PAGE = DOCS / "troubleshooting.md"
#: Cells that lead to other rows, have nothing to mend, or are too short to be told from anything else.
NO_WORDS = {"…", "see below", "nothing", "check …", "set OIDC_JWKS_URL"}
#: Said by what all channels share, in the name of each: a time-out, a lost connection.
SHARED = re.compile(
    r"(?:Login with Amazon|The identity provider|The store|Amazon Ads|The notifications queue) (?:did not answer in time|could not be"
    r" reached|took too long|answered with more).*|Amazon's usage plan for … is used up for now\.|All attempts at … failed\."
    r"|Amazon calls a fresh access token expired \(…\)\.|Amazon refuses even a fresh access token: the seller has revoked the"
    r" application\.|This connection can't be used: connect the seller account again\.|Shopify refuses even a fresh access token: .*"
    r"|This store's connection can't be used: connect it again\.|This store does not take the access token\."
    r"|Shopify's limit for this store is used up for now\.|Redis does not answer: .*"
)


def rows() -> list[tuple[str, str, str]]:
    """What is seen, the cause and the mend, of every row of a finding."""
    return [
        (seen, cause, mend)
        for heads, lines in tables(PAGE)
        if heads == ["What you see", "Cause", "Mend"]
        for seen, cause, mend in lines
    ]


def words() -> set[str]:
    """Every cause and mend, and the two in one line as a start says them."""
    found = set()
    for _seen, cause, mend in rows():
        found |= {cause, mend, f"{cause}; {mend}"}
    return found


def test_everything_that_doctor_may_say_is_on_the_page():
    told = words()

    missing = [
        f"{one.place}:{one.line} {one.text}"
        for one in said()
        if not any(one.stands_in(each) for each in told)
    ]

    assert missing == []


def test_everything_on_the_page_is_said_by_doctor():
    everything = said()

    strange = [
        one
        for seen, cause, mend in rows()
        if not any(each.fits(f"{cause}; {mend}") for each in everything)
        for one in (cause, mend)
        if one not in NO_WORDS
        and not SHARED.fullmatch(one)
        and not any(each.fits(one) and len(each.text) > 11 for each in everything)
    ]

    assert strange == []


def test_every_finding_and_every_link_is_on_the_page_by_its_name_and_no_other_is():
    seen = " ".join(seen for seen, _cause, _mend in rows())
    named = {found.split()[0] for found in re.findall(r"`(?:FAIL|warn|skip) ([a-z_ ]+)", seen)}

    assert named == names() | {"settings"}


def test_a_text_that_the_page_does_not_have_is_noticed():
    one = next(each for each in said() if each.text == "read_all_orders was not granted")

    assert one.fits("read_all_orders was not granted")
    assert not one.fits("read_products was not granted")
