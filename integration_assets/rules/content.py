"""What a listing ought to say in a marketplace, from what the product says in Shopify, and whether Amazon may be told.

Texts are never cut and never cleaned of what Amazon forbids: a person writes them, so a person is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal
from urllib.parse import urlsplit

Attribute = Literal["title", "description", "images"]
Verdict = Literal["in_step", "push", "waiting", "leak", "unfit"]
LeakPolicy = Literal["hold", "restore", "accept"]

TEXTS: Mapping[Attribute, str] = {"title": "item_name", "description": "product_description"}
IMAGES = ("main_product_image_locator", *(f"other_product_image_locator_{number}" for number in range(1, 9)))
"""The attributes of a listing on Amazon that each part is kept in."""
LONGEST: Mapping[Attribute, int] = {"title": 200, "description": 2000}
"""Characters, blanks included; a product type may allow fewer, and Amazon then says so itself."""
FORBIDDEN: Mapping[Attribute, str] = {"title": "!$?_{}^¬¦", "description": "<>"}
"""Amazon's title requirements, and code in a description. A line break is no code."""
MOST_IMAGES = 9
FORMATS = (".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff")
COPIES = ("media-amazon.com", "ssl-images-amazon.com", "images-amazon.com")
"""Where Amazon keeps its own copies of images: what it shows is not the address that was sent."""
LOCALES: Mapping[str, str] = {
    "US": "en_US",
    "CA": "en_CA",
    "MX": "es_MX",
    "BR": "pt_BR",
    "IE": "en_IE",
    "ES": "es_ES",
    "UK": "en_GB",
    "FR": "fr_FR",
    "BE": "fr_BE",
    "NL": "nl_NL",
    "DE": "de_DE",
    "IT": "it_IT",
    "SE": "sv_SE",
    "ZA": "en_ZA",
    "PL": "pl_PL",
    "EG": "ar_AE",
    "TR": "tr_TR",
    "SA": "ar_AE",
    "AE": "en_AE",
    "IN": "en_IN",
    "SG": "en_SG",
    "AU": "en_AU",
    "JP": "ja_JP",
}
"""The language that a marketplace's listings are in where nothing else is declared."""
BLOCKS = frozenset({"p", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "br"})


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why nothing is sent."""

    told: str


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """All that is known of one attribute in one marketplace; values as `as_text` has them, marks as `mark` makes them.

    `known` is what we last saw applied, `under_way` what was sent and not seen yet. `before` is what Amazon showed
    when it was last in step with what is wanted now, `stood` what it showed when it was last no foreign one.
    """

    wanted: str | Unfit
    shown: str | None
    known: str | None = None
    under_way: str | None = None
    before: str | None = None
    stood: str | None = None
    let_go: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and why, in plain words."""

    verdict: Verdict
    reason: str


def mark(value: str) -> str:
    """A short name for a value: a text is too long for the ledger."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def as_text(urls: Sequence[str]) -> str:
    """Images as one value, a line each, the main one first."""
    return "\n".join(urls)


def title(text: str) -> str | Unfit:
    """A title as it is sent, or why it cannot be."""
    return _checked("title", " ".join(text.split()))


def description(text: str, *, is_html: bool) -> str | Unfit:
    """A description as it is sent: plain lines, which HTML becomes. Or why it cannot be sent."""
    if is_html:
        reader = _Plain()
        reader.feed(text)
        reader.close()
        text = "".join(reader.parts)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return _checked("description", "\n".join(line for line in lines if line))


def images(urls: Sequence[str]) -> str | Unfit:
    """Images as they are sent, the main one first and eight others at most, or why they cannot be."""
    chosen = list(dict.fromkeys(urls))[:MOST_IMAGES]
    if not chosen:
        return Unfit("the product has no image in Shopify")
    for url in chosen:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            return Unfit(f"{url!r} is no https address that Amazon could fetch")
        if not parts.path.casefold().endswith(FORMATS):
            return Unfit(f"{url!r} is none of the formats that Amazon takes: {', '.join(FORMATS)}")
    return as_text(chosen)


def shows_images(count: int, shown: str, before: str | None) -> bool:
    """Whether Amazon shows as many copies of its own as images were sent, and others than stood there `before`.

    `before` is the mark of what was shown when they were sent; None where that says nothing any more.
    """
    return len(shown.splitlines()) == count and all(map(_is_copy, shown.splitlines())) and mark(shown) != before


def decide(attribute: Attribute, facts: ContentFacts, *, policy: LeakPolicy) -> Decision:
    """Decide about one attribute. What somebody else wrote is written over only where policy or a person says so."""
    if isinstance(facts.wanted, Unfit):
        return Decision("unfit", facts.wanted.told)
    wanted, shown = mark(facts.wanted), facts.shown
    if shown == facts.wanted:
        return Decision("in_step", "Amazon shows it")
    is_applied = facts.known == wanted
    if attribute == "images" and is_applied and _is_kept(facts.wanted, shown, facts.before):
        return Decision("in_step", "Amazon shows its copies of them")
    if facts.under_way == wanted:
        return Decision("waiting", "it was sent and is not shown yet")
    if is_foreign(attribute, facts) and not facts.let_go:
        if policy == "hold":
            return Decision("leak", "somebody else set it on Amazon")
        if policy == "accept" and is_applied:
            return Decision("in_step", "somebody else set it on Amazon: accepted until our own changes")
        return Decision("push", "somebody else set it on Amazon")
    return Decision("push", "Amazon shows nothing" if shown is None else "Amazon shows another")


def _is_kept(wanted: str, shown: str | None, before: str | None) -> bool:
    """Whether images that were applied stand there as they did, so far as Amazon's copies tell."""
    return shown is not None and before in (None, shown) and shows_images(len(wanted.splitlines()), shown, None)


def is_foreign(attribute: Attribute, facts: ContentFacts) -> bool:
    """Whether Amazon shows what neither we set nor stood there when ours was last in step."""
    if facts.shown is None or facts.known is None:
        return False
    if mark(facts.shown) in (facts.known, facts.under_way):
        return False
    return attribute != "images" or facts.stood is None or facts.shown != facts.stood


def _checked(attribute: Attribute, text: str) -> str | Unfit:
    if not text:
        return Unfit(f"the {attribute} is empty in Shopify")
    if len(text) > LONGEST[attribute]:
        return Unfit(f"the {attribute} has {len(text)} characters, Amazon takes {LONGEST[attribute]}")
    found = sorted(set(FORBIDDEN[attribute]) & set(text))
    if found:
        return Unfit(f"the {attribute} holds {' '.join(found)}, which Amazon does not allow")
    control = next((sign for sign in text if ord(sign) < 32 and sign != "\n"), None)
    return text if control is None else Unfit(f"the {attribute} holds the control character {ord(control):#04x}")


def _is_copy(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return any(host == place or host.endswith(f".{place}") for place in COPIES)


class _Plain(HTMLParser):
    """The text of HTML, with a new line where a block begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its signature
        self._hidden += tag in ("script", "style")
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data.replace("\n", " "))

    def _break(self, tag: str) -> None:
        if tag in BLOCKS:
            self.parts.append("\n")
