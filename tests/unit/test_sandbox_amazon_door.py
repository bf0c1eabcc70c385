"""Tokens, published rates, faults and the request log of the sandbox's Amazon side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from sandbox.brand import Plan
from sandbox.clock import SandboxClock
from sandbox.server import PortTaken, running
from tests.amazon_caller import UK, AmazonCaller

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def amazon() -> Iterator[AmazonCaller]:
    with (
        running(seed=7, skus=80, clock=SandboxClock(start=NOW, speed=0)) as sandbox,
        AmazonCaller(sandbox) as caller,
    ):
        yield caller


def last_request(amazon: AmazonCaller) -> dict[str, object]:
    found: dict[str, object] = amazon.http.get("/sandbox/requests").json()[-1]
    return found


def test_a_token_lives_an_hour_and_is_answered_with_403_afterwards(amazon: AmazonCaller) -> None:
    amazon.advance(3599)
    assert amazon.get_item("007-ROPE").status_code == 200
    amazon.advance(2)
    answer = amazon.get_item("007-ROPE")
    assert answer.status_code == 403
    assert answer.json()["errors"] == [
        {
            "code": "Unauthorized",
            "message": "Access to requested resource is denied.",
            "details": "The access token you provided has expired.",
        }
    ]
    amazon.token = amazon.new_token()
    assert amazon.get_item("007-ROPE").status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"refresh_token": "Atzr|revoked"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "profile"}, 400, "invalid_scope"),
    ],
)
def test_a_token_is_refused_in_the_shape_of_oauth(
    amazon: AmazonCaller, form: dict[str, str], status: int, error: str
) -> None:
    answer = amazon.ask_token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}


def test_a_token_says_how_long_it_lives(amazon: AmazonCaller) -> None:
    answer = amazon.ask_token().json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)


@pytest.mark.parametrize("token", ["", "Atza|made-up"])
def test_no_token_or_a_made_up_one_is_403(amazon: AmazonCaller, token: str) -> None:
    assert amazon.call("GET", amazon.listings_path, {"marketplaceIds": UK}, token=token).status_code == 403


def test_a_grantless_token_opens_no_account(amazon: AmazonCaller) -> None:
    granted = amazon.ask_token(grant_type="client_credentials", scope="sellingpartnerapi::notifications").json()
    answer = amazon.call("GET", amazon.listings_path, {"marketplaceIds": UK}, token=granted["access_token"])
    assert answer.status_code == 403


def test_the_refresh_token_decides_the_account() -> None:
    plan = Plan(skus=80, regions=("eu", "na"))
    with running(plan=plan, clock=SandboxClock(start=NOW, speed=0)) as sandbox, AmazonCaller(sandbox, "na") as amazon:
        answer = amazon.call("GET", "/sellers/v1/marketplaceParticipations").json()
        assert [each["marketplace"]["countryCode"] for each in answer["payload"]] == ["US"]


def test_calls_over_the_published_rate_are_429_without_retry_after(amazon: AmazonCaller) -> None:
    statuses = [amazon.patch("007-ROPE", 5).status_code for _ in range(6)]
    assert statuses == [200, 200, 200, 200, 200, 429]
    throttled = amazon.patch("007-ROPE", 5)
    assert throttled.json()["errors"][0]["code"] == "QuotaExceeded"
    assert "retry-after" not in throttled.headers
    assert "x-amzn-ratelimit-limit" not in throttled.headers
    assert throttled.headers["x-amzn-requestid"]
    amazon.advance(0.2)
    assert [amazon.patch("007-ROPE", 5).status_code for _ in range(2)] == [200, 429]


def test_each_operation_has_a_bucket_of_its_own_and_names_its_rate(amazon: AmazonCaller) -> None:
    for _ in range(6):
        amazon.patch("007-ROPE", 5)
    answer = amazon.get_item("007-ROPE")
    assert (answer.status_code, answer.headers["x-amzn-ratelimit-limit"]) == (200, "5")


def test_orders_may_be_searched_twenty_times_and_then_every_three_minutes(amazon: AmazonCaller) -> None:
    def search() -> int:
        return amazon.orders(createdAfter="2026-10-01T00:00:00Z").status_code

    assert [search() for _ in range(21)] == [200] * 20 + [429]
    amazon.advance(178)
    assert search() == 429
    amazon.advance(1)
    assert search() == 200


def test_every_call_is_logged_with_what_it_did(amazon: AmazonCaller) -> None:
    answer = amazon.patch("BOWL/SET-4", 5)
    record = last_request(amazon)
    assert {name: record[name] for name in ("service", "operation", "status", "outcome", "effect", "subject")} == {
        "service": "amazon",
        "operation": "patchListingsItem",
        "status": 200,
        "outcome": "ok",
        "effect": "quantity 5",
        "subject": "BOWL/SET-4",
    }
    assert record["request_id"] == answer.headers["x-amzn-requestid"]
    amazon.patch("MIRROR-ROUND", 5)
    assert (last_request(amazon)["outcome"], last_request(amazon)["effect"]) == ("invalid", "")
    amazon.get_item("NO-SUCH-SKU")
    assert last_request(amazon)["outcome"] == "refused"


def test_the_log_can_be_read_from_a_number_on(amazon: AmazonCaller) -> None:
    amazon.get_item("007-ROPE")
    seen = str(last_request(amazon)["seq"])
    amazon.patch("007-ROPE", 5)
    found = amazon.http.get("/sandbox/requests", params={"since": seen, "service": "amazon"}).json()
    assert [record["operation"] for record in found] == ["patchListingsItem"]


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("status_503_html", 503, "<html>"),
        ("status_500_empty", 500, ""),
        ("status_403_no_errors", 403, '{"message":"Forbidden"}'),
    ],
)
def test_a_fault_answers_without_a_list_of_errors_and_without_an_effect(
    amazon: AmazonCaller, kind: str, status: int, body: str
) -> None:
    amazon.fault(kind, "patchListingsItem", times=1)
    answer = amazon.patch("007-ROPE", 5)
    assert (answer.status_code, answer.text[: len(body)]) == (status, body)
    amazon.advance(60)
    assert amazon.shown("007-ROPE") == 18
    assert amazon.patch("007-ROPE", 5).status_code == 200


@pytest.mark.parametrize(
    ("kind", "shown", "outcome"),
    [("timeout_before", 18, "cut_before"), ("timeout_after", 5, "cut_after"), ("reset_after", 5, "cut_after")],
)
def test_a_cut_connection_leaves_the_caller_in_the_dark(
    amazon: AmazonCaller, kind: str, shown: int, outcome: str
) -> None:
    amazon.fault(kind, "patchListingsItem", times=1, params={"seconds": 0.01})
    with pytest.raises(httpx.TransportError):
        amazon.patch("007-ROPE", 5)
    assert last_request(amazon)["outcome"] == outcome
    amazon.advance(60)
    assert amazon.shown("007-ROPE") == shown


def test_a_call_can_outlast_the_callers_patience(amazon: AmazonCaller) -> None:
    amazon.fault("slow", "patchListingsItem", times=1, params={"seconds": 0.5})
    with httpx.Client(base_url=amazon.sandbox.url, timeout=0.1) as impatient:
        amazon.http, patient = impatient, amazon.http
        with pytest.raises(httpx.ReadTimeout):
            amazon.patch("007-ROPE", 5)
        amazon.http = patient
    amazon.advance(60)
    assert amazon.shown("007-ROPE") == 5


def test_a_fault_can_strike_when_the_effect_has_happened(amazon: AmazonCaller) -> None:
    amazon.fault("status_500_after", "patchListingsItem", times=1)
    answer = amazon.patch("007-ROPE", 5)
    assert (answer.status_code, answer.content) == (500, b"")
    amazon.advance(60)
    assert amazon.shown("007-ROPE") == 5


def test_a_fault_for_one_operation_leaves_the_others_alone_and_can_be_removed(amazon: AmazonCaller) -> None:
    amazon.fault("status_500_empty", "patchListingsItem")
    assert amazon.get_item("007-ROPE").status_code == 200
    assert [amazon.patch("007-ROPE", 5).status_code for _ in range(2)] == [500, 500]
    assert amazon.http.request("DELETE", "/sandbox/faults").json() == {"removed": 1}
    assert amazon.patch("007-ROPE", 5).status_code == 200


def test_a_fault_that_expires_tokens_is_mended_by_a_new_one(amazon: AmazonCaller) -> None:
    amazon.fault("expired_token", "*", times=1)
    assert [amazon.get_item("007-ROPE").status_code for _ in range(2)] == [403, 403]
    amazon.token = amazon.new_token()
    assert amazon.get_item("007-ROPE").status_code == 200


@pytest.mark.parametrize(("kind", "status", "shown"), [("invalid", "INVALID", 18), ("never_applied", "ACCEPTED", 18)])
def test_a_write_can_be_made_to_fail_in_silence(amazon: AmazonCaller, kind: str, status: str, shown: int) -> None:
    amazon.fault(kind, "patchListingsItem", times=1)
    assert amazon.patch("007-ROPE", 5).json()["status"] == status
    amazon.advance(3600)
    amazon.token = amazon.new_token()
    assert amazon.shown("007-ROPE") == shown


def test_a_mistake_at_the_control_door_is_told(amazon: AmazonCaller) -> None:
    def told(path: str, body: dict[str, object]) -> str:
        answer = amazon.http.post(f"/sandbox/{path}", json=body)
        assert answer.status_code == 400
        return str(answer.json()["error"])

    assert told("faults", {"kind": "nonsense"}).startswith("fault kind 'nonsense' is unknown; known: status_503_html")
    assert told("clock", {}) == "expected advance (seconds) or speed (a factor)"
    assert told("clock", {"advance": -1}) == "the clock cannot go back; advance takes seconds >= 0"
    assert told("amazon/quantity", {"sku": "NO-SUCH-SKU", "quantity": 1}) == "'NO-SUCH-SKU' is missing or unknown"
    assert told("amazon/quantity", {"sku": "JUG-GLASS-FBA", "quantity": 1}).startswith("JUG-GLASS-FBA is fulfilled by")
    assert told("shopify/stock", {"sku": "007-ROPE", "location": "Paris"}).startswith("location 'Paris' is unknown")


def test_the_clock_tells_its_time_and_speed(amazon: AmazonCaller) -> None:
    assert amazon.http.get("/sandbox/clock").json() == {"now": "2026-11-02T09:00:00+00:00", "speed": 0}
    amazon.advance(90)
    assert amazon.http.get("/sandbox/clock").json() == {"now": "2026-11-02T09:01:30+00:00", "speed": 0}


def test_a_port_in_use_is_reported_with_the_way_to_choose_another(amazon: AmazonCaller) -> None:
    taken = int(amazon.sandbox.url.rsplit(":", 1)[1])
    with pytest.raises(PortTaken, match=f"{taken}.*Choose another port with --port"), running(skus=80, port=taken):
        pass


def test_an_unknown_path_is_404_in_amazons_shape(amazon: AmazonCaller) -> None:
    answer = amazon.call("GET", "/orders/v0/orders")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "NotFound")
