"""The manual of the operating model, made from its field descriptions.

`python -m resources.operating_model_parts.docs FILE` writes it.

Without FILE it is printed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from resources.operating_model import DEFAULT_FILE, FILE_VARIABLE, OperatingModel
from resources.operating_model_parts.errors import key_of, name_of_keys, names_in, section_in, unwrap, words_for
from resources.operating_model_parts.types import EXPECTED_ENV, EnvRef

HEAD = f"""# The operating model

One file says who owns what: `{DEFAULT_FILE}` in the working folder, or the file that the environment variable
`{FILE_VARIABLE}` names. It is TOML, read once at start. All mistakes in it are told at once, each with its key, what
was found and what was expected, and then nothing runs. Entries of a list are counted from 1:

```text
operating_model.toml: 2 mistakes; nothing runs until all is mended (docs/operating_model.md explains every key):
  stock.bufer: unknown key; did you mean buffer?
  stock.rule[#1].buffer.percent: found 120, expected a whole number from 0 to 100
```

Secrets are never in the file. Where a key takes a secret, `{{ env = "NAME" }}` names the environment variable that
holds it; all variables that are not set are named at once. Only `[shopify]`, one `[amazon.<region>]` and `[pools.mfn]`
must be there; every other key has a default.

The `{DEFAULT_FILE}` of this project is a complete example. This page is made from the code by
`python -m resources.operating_model_parts.docs docs/operating_model.md`.
"""

TABLE_HEAD = ("| key | takes | default | meaning |", "|---|---|---|---|")

EXAMPLES = {
    "mode": """
[mode]
stock_push = "live"
order_import = "live"
shipment_confirmation = "live"
fba_fulfilment = "live"
order_cancellation = "live"
order_refund = "preview"
""",
    "shopify": """
[shopify]
shop = "example-brand.myshopify.com"
client_id = { env = "SHOPIFY_CLIENT_ID" }
client_secret = { env = "SHOPIFY_CLIENT_SECRET" }
# While the secret is being changed, webhooks signed with either are taken:
webhook_secret = [{ env = "SHOPIFY_CLIENT_SECRET" }, { env = "SHOPIFY_CLIENT_SECRET_BEFORE" }]
""",
    "amazon": """
[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK", "DE"]
refresh_token = { env = "SP_API_REFRESH_TOKEN_EU" }
share = 70

# Optional: changed orders are read within half a minute. Needs `pip install 'instep[sqs]'` and `instep listen`.
[amazon.eu.notifications]
queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/amazon-orders"
aws_region = "eu-west-1"
access_key_id = { env = "INSTEP_AWS_KEY_ID" }
secret_access_key = { env = "INSTEP_AWS_KEY" }

[amazon.na]
seller_id = "A2EXAMPLE"
marketplaces = ["US", "CA"]
refresh_token = { env = "SP_API_REFRESH_TOKEN_NA" }
share = 30
""",
    "pools": """
[pools.mfn]
locations = ["Manchester", "Leeds"]

[pools.fba.eu]
location = "Amazon FBA EU"
""",
    "stock": """
[stock]
buffer = { units = 2 }
leak_policy = "hold"

# The scarce ones: a tenth, and never fewer than three units, stay back.
[[stock.rule]]
match = { tag = "fragile-supply" }
buffer = { percent = 10, units = 3 }

# One of those sells slowly enough to be shown to the last unit, five at most.
[[stock.rule]]
match = { sku = "GLASS-TUMBLER" }
buffer = { max = 5 }

# Listed by hand, never touched.
[[stock.rule]]
match = { sku_pattern = "SAMPLE-*" }
never_push = true
""",
    "content": """
[content]
leak_policy = "hold"

[[content.attribute]]
name = "title"
marketplaces = ["UK"]

[[content.attribute]]
name = "description"
marketplaces = ["DE"]
metafield = "custom.amazon_description_de"
tag = "own-brand"
""",
    "prices": """
[prices]
currency = "GBP"
fx = { EUR = "1.17", USD = "1.29" }
markup_percent = 8
endings = ["0.99"]
floor_percent = 90

# A repricer sets these; they are left alone.
[[prices.rule]]
match = { tag = "repriced" }
managed_elsewhere = true

# Dearer to ship to Germany, and never under twelve euros.
[[prices.rule]]
match = { marketplace = "DE" }
markup = "1.50"
floor = "12.00"
""",
    "breaker": """
[breaker]
max_zeroed_percent = 10
max_moved_percent = 60
""",
    "loop": """
[loop]
max_pushes = 6
window_minutes = 30
""",
    "mapping": """
[mapping]
override = { "GLASS-TUMBLER-OLD" = "GLASS-TUMBLER" }

# FBA-1234 on Amazon is 1234 in Shopify.
[[mapping.rule]]
strip_prefix = "FBA-"

# SKUs that Amazon makes up for units it grades and sells again.
[[mapping.rule]]
ignore = ["amzn.gr.*"]
""",
    "orders": """
[orders]
since = 2026-01-01T00:00:00Z
overlap_minutes = 15
fba = "when_shipped"
tags = ["amazon", "marketplace"]

# The tool before this one named its orders AMZ-202-1234567-1234567.
[orders.adopt]
by = ["name", "note"]
prefix = "AMZ-"
""",
    "fulfilment": """
[fulfilment]
warn_hours = 12
restock_cancelled = true
# Refunded units go back on sale here, without waiting for the parcel.
returns_to = "Leeds"
""",
    "money": """
[money]
allocate = { storage = "by_sku", advertising = "by_revenue", subscription = "leave" }
drift_over = { GBP = "0.50", EUR = "0.50" }

# The shop keeps its books in pounds; amazon.de pays in euros.
[[money.fx]]
from = "GBP"
to = "EUR"
month = "2026-10"
rate = "1.1523"
""",
    "settlements": """
# A fee that Amazon has renamed.
[[settlements.kind]]
transaction_type = "AmazonFees"
amount_type = "Brand Store Fee"
amount_description = "Base fee"
bucket = "advertising"
about = "account"
""",
    "accounts": """
[accounts]
bank = "1200"
clearing = "1150"
buckets = { principal = "4000", commission = "6100", fba_fee = "6110", unmapped = "9999" }
""",
    "mcf": """
[mcf]
service = "Amazon MCF"
policy = "FillAllAvailable"
mixed = "hold"
notify = false

# Trade customers are served from our own warehouse.
[[mcf.route]]
tag = "wholesale"
action = "reject"

# A few units of everything are kept for buyers on Amazon.
[[mcf.route]]
countries = ["GB", "IE"]
region = "eu"
marketplace = "UK"
speed = "Expedited"
keep_units = 3
""",
    "teams": """
[teams.ecommerce]
alerts = [{ env = "ECOMMERCE_ALERTS" }]

[teams.finance]
alerts = [{ env = "FINANCE_ALERTS" }]
least = "high"
""",
    "alerts": """
[alerts]
fallback = [{ env = "INSTEP_ALERTS" }]
quiet_from = "22:00"
quiet_until = "07:00"
time_zone = "Europe/London"

[alerts.mail]
host = "smtp.example-brand.com"
sender = "instep@example-brand.com"
user = { env = "SMTP_USER" }
password = { env = "SMTP_PASSWORD" }
""",
    "carriers": """
[carriers]
"Royal Mail" = "Royal Mail"
"DHL Paket" = "DHL"
""",
    "store": """
[store]
data_dir = "/var/lib/instep"
ledger_url = { env = "INSTEP_LEDGER_URL" }
""",
    "receiver": """
[receiver]
port = 4310
public_url = "https://hooks.example-brand.com"
""",
    "rehearsal": """
[shopify]
shop = "example-brand.myshopify.com"
url = "http://127.0.0.1:4400"
access_token = { env = "SHOPIFY_ACCESS_TOKEN" }

[rehearsal]
clock_url = "http://127.0.0.1:4400/sandbox/clock"
""",
}
"""One example per section; each loads when it takes the place of its sections in a complete file."""


def manual() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD]
    told: dict[type[BaseModel], str] = {}
    for name, field in OperatingModel.model_fields.items():
        parts.extend(_section(name, field, told, depth=2))
        parts.append(f"```toml\n{EXAMPLES[name].strip()}\n```\n")
    return "\n".join(parts)


def _section(path: str, field: FieldInfo, told: dict[type[BaseModel], str], *, depth: int) -> Iterator[str]:
    heading, inside = _places(path, field)
    yield f"{'#' * depth} `{heading}`\n"
    section = section_in(field)
    if section is None:
        yield f"{field.description}\n"
        return
    if section in told:
        yield f"The same keys as `{told[section]}`.\n"
        return
    told[section] = heading
    yield f"{_prose(section)}\n"
    if inside != path:
        yield f"`<{name_of_keys(field)}>` is one of {', '.join(f'`{name}`' for name in names_in(field))}.\n"
    below = [(key_of(name, inner), inner) for name, inner in section.model_fields.items()]
    yield "\n".join([*TABLE_HEAD, *(_line(key, inner) for key, inner in below), ""])
    for key, inner in below:
        if section_in(inner) is not None:
            yield from _section(f"{inside}.{key}", inner, told, depth=depth + 1)


def _places(path: str, field: FieldInfo) -> tuple[str, str]:
    """A section's heading, and the path of what is inside it."""
    base, _ = unwrap(field)
    if get_origin(base) is tuple:
        return f"[[{path}]]", path
    inside = f"{path}.<{name_of_keys(field)}>" if get_origin(base) is dict and section_in(field) else path
    return f"[{inside}]", inside


def _prose(section: type[BaseModel]) -> str:
    paragraphs = (section.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _line(key: str, field: FieldInfo) -> str:
    takes = "see below" if section_in(field) else words_for(field).replace(EXPECTED_ENV, '`{ env = "NAME" }`')
    cells = [f"`{key}`", takes, _default(field), field.description or ""]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value: Any = field.default
    if isinstance(value, EnvRef):
        return f'`{{ env = "{value.env}" }}`'
    if value is None or value == "" or isinstance(value, BaseModel):
        return "none"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, int):
        return f"`{value}`"
    if isinstance(value, tuple | dict):
        entries = ", ".join(f'"{entry}"' for entry in value) if isinstance(value, tuple) else ""
        return f"`[{entries}]`" if isinstance(value, tuple) else "`{}`"
    return f'`"{value}"`'


def main(arguments: list[str]) -> int:
    """Write the manual to the file named, or print it."""
    if arguments:
        Path(arguments[0]).write_text(manual(), encoding="utf-8")
    else:
        sys.stdout.write(manual())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
