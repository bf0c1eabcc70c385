"""What a listing ought to say: exactly what the product page says, or nothing and why."""

from __future__ import annotations

import pytest

from integration_assets.rules.content import (
    Attribute,
    ContentFacts,
    LeakPolicy,
    Unfit,
    Verdict,
    decide,
    description,
    images,
    mark,
    shows_images,
    title,
)

CDN = "https://cdn.shopify.com/s/files/1"
COPY, OTHER_COPY = "https://m.media-amazon.com/images/I/1.jpg", "https://m.media-amazon.com/images/I/2.jpg"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("  Jug,  glass ", "Jug, glass"),
        ("Jug 1½ l, Größe M", "Jug 1½ l, Größe M"),
        ("x" * 200, "x" * 200),
        ("x" * 201, Unfit("the title has 201 characters, Amazon takes 200")),
        ("Jug! 50 % off?", Unfit("the title holds ! ?, which Amazon does not allow")),
        ("Jug {new}", Unfit("the title holds { }, which Amazon does not allow")),
        ("Jug\x07", Unfit("the title holds the control character 0x07")),
        ("   ", Unfit("the title is empty in Shopify")),
    ],
)
def test_a_title_is_sent_as_it_is_or_not_at_all(typed: str, sent: str | Unfit) -> None:
    assert title(typed) == sent


@pytest.mark.parametrize(
    ("html", "sent"),
    [
        ("<p>Holds <b>one</b> litre.</p>\n<ul><li>Glass</li><li>Lid</li></ul>", "Holds one litre.\nGlass\nLid"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("Salt &amp; pepper&nbsp;set", "Salt & pepper set"),
        ("<style>p {}</style><script>x()</script>Jug", "Jug"),
        ("a &lt; b", Unfit("the description holds <, which Amazon does not allow")),
        ("<p>" + "x" * 2001 + "</p>", Unfit("the description has 2001 characters, Amazon takes 2000")),
        ("<p></p>", Unfit("the description is empty in Shopify")),
    ],
)
def test_a_description_becomes_plain_lines(html: str, sent: str | Unfit) -> None:
    assert description(html, is_html=True) == sent


def test_a_description_of_a_metafield_keeps_its_lines() -> None:
    assert description("Glass.\n\n  Lid & spout. ", is_html=False) == "Glass.\nLid & spout."
    told = description("<p>Glass</p>", is_html=False)
    assert told == Unfit("the description holds < >, which Amazon does not allow")


@pytest.mark.parametrize(
    ("urls", "sent"),
    [
        ([f"{CDN}/a.jpg?v=1", f"{CDN}/b.PNG"], f"{CDN}/a.jpg?v=1\n{CDN}/b.PNG"),
        ([f"{CDN}/a.jpg", f"{CDN}/a.jpg"], f"{CDN}/a.jpg"),
        ([f"{CDN}/{number}.jpg" for number in range(12)], "\n".join(f"{CDN}/{number}.jpg" for number in range(9))),
        ([], Unfit("the product has no image in Shopify")),
        (
            ["http://cdn.shopify.com/a.jpg"],
            Unfit("'http://cdn.shopify.com/a.jpg' is no https address that Amazon could fetch"),
        ),
        (
            [f"{CDN}/a.webp"],
            Unfit(f"'{CDN}/a.webp' is none of the formats that Amazon takes: .jpg, .jpeg, .png, .gif, .tif, .tiff"),
        ),
    ],
    ids=["in order", "each once", "nine at most", "none", "no https", "another format"],
)
def test_images_are_sent_in_order_or_not_at_all(urls: list[str], sent: str | Unfit) -> None:
    assert images(urls) == sent


@pytest.mark.parametrize(
    ("facts", "policy", "verdict"),
    [
        (ContentFacts("Jug", "Jug"), "hold", "in_step"),
        (ContentFacts("Jug", None), "hold", "push"),
        (ContentFacts("Jug", "Pitcher"), "hold", "push"),
        (ContentFacts("Jug", "Cup", known=mark("Cup")), "hold", "push"),
        (ContentFacts("Jug", "Cup", under_way=mark("Jug")), "hold", "waiting"),
        (ContentFacts("Jug", "Theirs", known=mark("Jug")), "hold", "leak"),
        (ContentFacts("Jug", "Theirs", known=mark("Cup")), "hold", "leak"),
        (ContentFacts("Jug", "Theirs", known=mark("Jug"), let_go=True), "hold", "push"),
        (ContentFacts("Jug", "Theirs", known=mark("Jug")), "restore", "push"),
        (ContentFacts("Jug", "Theirs", known=mark("Jug")), "accept", "in_step"),
        (ContentFacts("Jug", "Theirs", known=mark("Cup")), "accept", "push"),
        (ContentFacts("Jug", None, known=mark("Jug")), "hold", "push"),
        (ContentFacts(Unfit("too long"), "Jug"), "restore", "unfit"),
    ],
)
def test_somebody_elses_text_is_never_written_over_unless_policy_or_a_person_says_so(
    facts: ContentFacts, policy: LeakPolicy, verdict: Verdict
) -> None:
    assert decide("title", facts, policy=policy).verdict == verdict


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (ContentFacts(f"{CDN}/a.jpg", COPY), "push"),
        (ContentFacts(f"{CDN}/a.jpg", COPY, known=mark(f"{CDN}/a.jpg")), "in_step"),
        (ContentFacts(f"{CDN}/a.jpg", COPY, known=mark(f"{CDN}/a.jpg"), before=COPY), "in_step"),
        (ContentFacts(f"{CDN}/a.jpg", OTHER_COPY, known=mark(f"{CDN}/a.jpg"), before=COPY, stood=COPY), "leak"),
        (ContentFacts(f"{CDN}/b.jpg", COPY, known=mark(f"{CDN}/a.jpg"), stood=COPY), "push"),
        (ContentFacts(f"{CDN}/b.jpg", OTHER_COPY, known=mark(f"{CDN}/b.jpg"), stood=COPY), "in_step"),
    ],
)
def test_amazons_copies_of_images_are_ours_as_long_as_they_stay(facts: ContentFacts, verdict: Verdict) -> None:
    attribute: Attribute = "images"
    assert decide(attribute, facts, policy="hold").verdict == verdict


def test_as_many_copies_as_were_sent_show_that_they_were_taken() -> None:
    assert shows_images(2, f"{COPY}\n{OTHER_COPY}", mark(COPY))
    assert not shows_images(1, COPY, mark(COPY))
    assert shows_images(1, COPY, None)
    assert not shows_images(1, f"{COPY}\n{OTHER_COPY}", None)
    assert not shows_images(1, f"{CDN}/else.jpg", None)
