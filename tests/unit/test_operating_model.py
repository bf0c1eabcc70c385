"""The operating model: what is declared is what is used, and secrets stay where they are."""

import copy
import pickle
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from integration_assets.contracts.errors import ConfigurationError
from resources.operating_model import default_path, load, parse
from resources.operating_model_parts.types import EnvRef

ROOT = Path(__file__).resolve().parents[2]
SMALLEST = """
[shopify]
shop = "example-brand.myshopify.com"
access_token = { env = "SHOPIFY_ACCESS_TOKEN" }
[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK", "DE"]
refresh_token = { env = "SP_API_REFRESH_TOKEN_EU" }
[pools.mfn]
locations = ["Manchester", "Leeds"]
"""
ENVIRONMENT = {
    "SHOPIFY_ACCESS_TOKEN": "shpat_1",
    "SP_API_REFRESH_TOKEN_EU": "Atzr|2",
    "SP_API_CLIENT_ID": "amzn1.application-oa2-client.3",
    "SP_API_CLIENT_SECRET": "amzn1.oa2-cs.v1.4",
}


def test_a_new_operating_model_writes_nothing_to_the_outside() -> None:
    assert parse(SMALLEST).mode.stock_push == "preview"


def test_what_is_left_out_has_the_documented_default() -> None:
    model = parse(SMALLEST)
    assert model.shopify.url == "https://example-brand.myshopify.com"
    assert model.shopify.api_version == "2026-10"
    account = model.amazon["eu"]
    assert account.url == "https://sellingpartnerapi-eu.amazon.com"
    assert account.token_url == "https://api.amazon.com/auth/o2/token"
    assert (account.client_id, account.client_secret) == (
        EnvRef(env="SP_API_CLIENT_ID"),
        EnvRef(env="SP_API_CLIENT_SECRET"),
    )
    assert account.share == 100
    stock = model.stock
    assert (stock.leak_policy, stock.explain_within_minutes, stock.read_back_within_minutes) == ("hold", 30, 15)
    assert (stock.max_attempts, stock.feed_from, stock.accept_overpromise) == (3, 500, False)
    breaker = model.breaker
    assert (breaker.max_zeroed_percent, breaker.min_skus, breaker.max_moved_percent) == (20, 5, None)
    assert breaker.max_shrink_percent == 20
    assert (model.loop.max_pushes, model.loop.window_minutes) == (12, 60)
    assert (model.mapping.trim, model.mapping.case_insensitive) == (True, False)
    assert (model.orders.since, model.orders.overlap_minutes) == (None, 10)
    assert (model.receiver.host, model.receiver.port, model.receiver.public_url) == ("127.0.0.1", 4300, None)
    assert model.rehearsal.clock_url is None


def test_the_marketplaces_of_an_account_keep_the_order_of_the_file_and_gb_means_uk() -> None:
    model = parse(SMALLEST.replace('["UK", "DE"]', '["DE", "GB"]'))
    assert [(m.country, m.marketplace_id) for m in model.marketplaces("eu")] == [
        ("DE", "A1PA6795UKMFR9"),
        ("UK", "A1F83G8C2ARO7P"),
    ]
    with pytest.raises(KeyError):
        model.marketplaces("na")


def test_every_endpoint_can_be_set_so_that_the_same_code_can_be_rehearsed() -> None:
    text = SMALLEST.replace(
        "[amazon.eu]", 'url = "http://127.0.0.1:4400/"\n[amazon.eu]\nurl = "http://[::1]:4400/amazon"'
    )
    model = parse(text + '[rehearsal]\nclock_url = "http://localhost:4400/sandbox/clock"\n')
    assert model.shopify.url == "http://127.0.0.1:4400"
    assert model.amazon["eu"].url == "http://[::1]:4400/amazon"
    assert model.rehearsal.clock_url == "http://localhost:4400/sandbox/clock"


def test_the_location_that_mirrors_fba_is_known_per_account() -> None:
    model = parse(SMALLEST + '[pools.fba.eu]\nlocation = "Amazon FBA EU"\n')
    assert model.fba_location("eu") == "Amazon FBA EU"
    assert model.fba_location("na") is None


def test_an_instant_is_kept_in_utc() -> None:
    model = parse(SMALLEST + "[orders]\nsince = 2026-03-01T01:00:00+01:00\n")
    assert model.orders.since == datetime(2026, 3, 1, tzinfo=UTC)
    assert model.orders.since.tzinfo is UTC


def test_nothing_of_a_model_can_be_changed() -> None:
    model = parse(SMALLEST)
    with pytest.raises(ValidationError):
        model.mode.stock_push = "live"


class TestFiles:
    """Where the file is and where its folders are."""

    def test_relative_folders_count_from_the_folder_of_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "brand" / "operating_model.toml"
        file.parent.mkdir()
        file.write_text(SMALLEST + '[store]\ndata_dir = "kept"\n', encoding="utf-8")
        model = load(file)
        kept = tmp_path / "brand" / "kept"
        assert model.data_dir == kept
        assert model.warehouse_path == kept / "warehouse.duckdb"
        assert (model.archive_dir, model.published_dir) == (kept / "archive", kept / "published")
        assert model.ledger_url() == f"sqlite:///{kept}/ledger.db"

    def test_an_absolute_folder_stays_where_it_is(self, tmp_path: Path) -> None:
        model = parse(SMALLEST + '[store]\ndata_dir = "/var/lib/instep"\n', folder=tmp_path)
        assert model.data_dir == Path("/var/lib/instep")

    @pytest.mark.parametrize(
        ("typed", "used"),
        [
            ("sqlite:///own.db", "sqlite:////brand/own.db"),
            ("sqlite:////elsewhere/own.db", "sqlite:////elsewhere/own.db"),
            ("sqlite:///:memory:", "sqlite:///:memory:"),
            ("postgresql://ledger@db/instep", "postgresql://ledger@db/instep"),
        ],
        ids=["relative to the file", "absolute", "in memory", "another database"],
    )
    def test_the_ledger_is_the_same_one_wherever_a_process_was_started(self, typed: str, used: str) -> None:
        model = parse(SMALLEST + f'[store]\nledger_url = "{typed}"\n', folder=Path("/brand"))
        assert model.ledger_url() == used

    def test_a_ledger_url_with_a_password_comes_from_the_environment(self) -> None:
        model = parse(SMALLEST + '[store]\nledger_url = { env = "LEDGER_URL" }\n')
        assert model.ledger_url({"LEDGER_URL": "postgresql://a:b@db/c"}) == "postgresql://a:b@db/c"
        with pytest.raises(ConfigurationError, match=r"LEDGER_URL, needed by store\.ledger_url"):
            model.ledger_url({})

    def test_the_file_is_named_by_the_environment_or_lies_in_the_working_folder(self) -> None:
        assert default_path({}) == Path("operating_model.toml")
        assert default_path({"INSTEP_OPERATING_MODEL": "/etc/instep.toml"}) == Path("/etc/instep.toml")

    def test_a_file_that_is_not_there_is_said_so(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"none\.toml: the operating model cannot be read \(No such file"):
            load(tmp_path / "none.toml")

    def test_a_file_that_is_not_text_is_said_so(self, tmp_path: Path) -> None:
        (tmp_path / "model.toml").write_bytes(b'a = "\xff"')
        with pytest.raises(ConfigurationError, match=r"model\.toml: not UTF-8 at byte 5"):
            load(tmp_path / "model.toml")

    def test_a_byte_order_mark_is_overlooked(self, tmp_path: Path) -> None:
        (tmp_path / "model.toml").write_bytes(b"\xef\xbb\xbf" + SMALLEST.encode())
        assert load(tmp_path / "model.toml").shopify.shop == "example-brand.myshopify.com"

    def test_the_example_of_the_project_loads_and_previews(self) -> None:
        model = load(ROOT / "operating_model.toml")
        assert model.mode.stock_push == "preview"
        assert model.shopify.shop == "example-brand.myshopify.com"
        assert [m.country for m in model.marketplaces("eu")] == ["UK", "DE"]
        assert model.pools.mfn.locations == ("Manchester", "Leeds")
        assert model.pools.fba["eu"].location == "Amazon FBA EU"
        assert model.data_dir == ROOT / "data"

    def test_reading_it_imports_nothing_heavy(self) -> None:
        code = (
            "import sys, pathlib, resources.operating_model as m; m.load(pathlib.Path('operating_model.toml'));"
            "print([n for n in ('dagster', 'pandas', 'duckdb', 'sqlalchemy', 'httpx', 'sp_api') if n in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


class TestSecrets:
    """Named in the file, read from the environment, shown nowhere."""

    def test_every_secret_is_found_by_the_key_that_names_it(self) -> None:
        model = parse(SMALLEST)
        secrets = model.secrets(ENVIRONMENT)
        assert model.shopify.access_token is not None
        assert secrets[model.shopify.access_token] == "shpat_1"
        assert secrets[model.amazon["eu"].refresh_token] == "Atzr|2"
        assert secrets[model.amazon["eu"].client_secret] == "amzn1.oa2-cs.v1.4"
        assert len(secrets) == 4

    def test_all_missing_variables_are_named_at_once_with_the_keys_that_need_them(self) -> None:
        text = SMALLEST + (
            '[amazon.na]\nseller_id = "A2EXAMPLE"\nmarketplaces = ["US"]\nrefresh_token = { env = "TOKEN_NA" }\n'
            "[stock]\naccept_overpromise = true\n"
        )
        with pytest.raises(ConfigurationError) as told:
            parse(text).secrets({"SHOPIFY_ACCESS_TOKEN": "shpat_1", "TOKEN_NA": "  "})
        assert str(told.value) == (
            "4 environment variables are not set; set and start again:\n"
            "  SP_API_REFRESH_TOKEN_EU, needed by amazon.eu.refresh_token\n"
            "  SP_API_CLIENT_ID, needed by amazon.eu.client_id and amazon.na.client_id\n"
            "  SP_API_CLIENT_SECRET, needed by amazon.eu.client_secret and amazon.na.client_secret\n"
            "  TOKEN_NA, needed by amazon.na.refresh_token"
        )

    def test_a_part_can_ask_for_no_more_than_it_needs(self) -> None:
        model = parse(SMALLEST)
        secrets = model.secrets({"SHOPIFY_ACCESS_TOKEN": "shpat_1"}, only=("shopify",))
        assert [ref.env for ref in secrets] == ["SHOPIFY_ACCESS_TOKEN"]
        assert EnvRef(env="SP_API_CLIENT_ID") not in secrets
        with pytest.raises(ConfigurationError, match="SP_API_CLIENT_ID was not read"):
            secrets[model.amazon["eu"].client_id]

    def test_the_line_end_of_a_pasted_secret_is_no_part_of_it(self) -> None:
        model = parse(SMALLEST)
        secrets = model.secrets({**ENVIRONMENT, "SP_API_CLIENT_ID": "id\n"})
        assert secrets[model.amazon["eu"].client_id] == "id"

    def test_webhooks_are_signed_with_the_client_secret_unless_told_otherwise(self) -> None:
        app = 'client_id = { env = "ID" }\nclient_secret = { env = "NOW" }'
        text = SMALLEST.replace('access_token = { env = "SHOPIFY_ACCESS_TOKEN" }', app)
        assert parse(text).shopify.webhook_secrets() == (EnvRef(env="NOW"),)
        rotating = text.replace(app, app + '\nwebhook_secret = [{ env = "NOW" }, { env = "BEFORE" }]')
        assert parse(rotating).shopify.webhook_secrets() == (EnvRef(env="NOW"), EnvRef(env="BEFORE"))
        assert parse(SMALLEST).shopify.webhook_secrets() == ()

    def test_secrets_are_never_shown(self) -> None:
        model = parse(SMALLEST)
        secrets = model.secrets(ENVIRONMENT)
        for text in (repr(secrets), str(secrets), f"{secrets}", repr(model)):
            assert not any(value in text for value in ENVIRONMENT.values())

    def test_secrets_cannot_be_written_anywhere(self) -> None:
        secrets = parse(SMALLEST).secrets(ENVIRONMENT)
        for write in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError, match="cannot be pickled or copied"):
                write(secrets)
