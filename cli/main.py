"""The `instep` command. Each command is imported when it is called, so that `instep --help` answers at once.

Exit codes: 0 all is well; 1 something was found that a person must see to; 2 the command was used wrongly or the
configuration is wrong; 3 the far side or a store could not be used; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from integration_assets.contracts.errors import ConfigurationError, InstepError

OK, FOUND, USAGE, TROUBLE, STOPPED = 0, 1, 2, 3, 130
WITHOUT_PANDAS = frozenset(
    {
        "doctor",
        "plan",
        "explain",
        "exceptions",
        "ack",
        "release",
        "release-prices",
        "release-content",
        "accept-snapshot",
        "settlement",
        "adopt",
        "backfill",
        "listen",
    }
)
"""Commands that have no use for pandas. DuckDB loads it with the first value it binds: half of their time."""

app = typer.Typer(
    name="instep",
    help="Keeps Amazon Seller Central in step with Shopify.",
    epilog="Exit codes: 0 all is well; 1 something is there that a person must see to; 2 the command or the "
    "configuration is wrong; 3 a shop or a store could not be used; 130 stopped with Ctrl-C.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
adopt = typer.Typer(help="Take over what another tool made.", no_args_is_help=True)
backfill = typer.Typer(help="Read from further back than the last reading.", no_args_is_help=True)
app.add_typer(adopt, name="adopt")
app.add_typer(backfill, name="backfill")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Model = Annotated[
    Path | None,
    typer.Option("--model", help="The operating model; by default $INSTEP_OPERATING_MODEL or ./operating_model.toml."),
]
Region = Annotated[str | None, typer.Option("--region", help="One region account only: na, eu or fe.")]
Note = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]


@app.command()
def doctor(model: Model = None, json: Json = False) -> None:
    """Look at configuration, credentials, scopes, rates, clock and stores; say what to do about each fault."""
    from cli.doctor import doctor as run

    raise typer.Exit(run(model, as_json=json))


@app.command()
def setup(
    model: Model = None,
    url: Annotated[
        str | None, typer.Option(help="Public address of the receiver; by default receiver.public_url.")
    ] = None,
) -> None:
    """Prepare the stores and make or mend Shopify's webhook subscriptions. Safe to repeat."""
    from cli.setup import setup as run

    raise typer.Exit(run(model, url=url))


@app.command()
def sync(
    model: Model = None,
    once: Annotated[bool, typer.Option("--once", help="One cycle, then end; for cron.")] = False,
    every: Annotated[int, typer.Option(help="Seconds between the starts of two cycles.", min=30)] = 900,
    json: Json = False,
) -> None:
    """Run whole cycles without Dagster's services: read both shops, compare, push, read back."""
    from cli.sync import sync as run

    raise typer.Exit(run(model, once=once, every=every, as_json=json))


@app.command()
def plan(model: Model = None, region: Region = None, json: Json = False) -> None:
    """Show what would be sent to Amazon and why. Sends nothing."""
    from cli.plan import plan as run

    raise typer.Exit(run(model, region=region, as_json=json))


@app.command()
def audit(
    model: Model = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Read both shops first, every offer included.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a report for people to this file.")] = None,
    json: Json = False,
) -> None:
    """Say what is wrong between the two sides, with what is at stake and what to do. Sends nothing."""
    from cli.audit import audit as run

    raise typer.Exit(run(model, refresh=refresh, html=html, as_json=json))


@app.command("release-prices")
def release_prices(
    sku: Annotated[str | None, typer.Argument(help="The SKU; without one, the plan that is held whole.")] = None,
    plan: Annotated[str | None, typer.Option(help="Name of the plan that was looked at.")] = None,
    model: Model = None,
    region: Region = None,
    note: Note = "",
) -> None:
    """Let go of a price that is held: ours is sent, over somebody else's too."""
    from cli.release_prices import release_prices as run

    raise typer.Exit(run(model, sku=sku, plan=plan, region=region, note=note))


@app.command("release-content")
def release_content(
    sku: Annotated[str, typer.Argument(help="The SKU, as typed on Amazon.")],
    model: Model = None,
    region: Region = None,
    note: Note = "",
) -> None:
    """Let go of what a listing is to say where somebody else's is held: ours is sent over it."""
    from cli.release_content import release_content as run

    raise typer.Exit(run(model, sku=sku, region=region, note=note))


@app.command()
def explain(
    what: Annotated[
        list[str],
        typer.Argument(
            help="A SKU as typed on Amazon (put -- before one that begins with a dash); or `order` and Amazon's id of "
            "it; or `payout` and the settlement's id."
        ),
    ],
    model: Model = None,
    region: Region = None,
    json: Json = False,
) -> None:
    """Tell the whole story behind a SKU's number, an order or a payout: who did what when, on both sides."""
    from cli.explain import explain as run

    raise typer.Exit(run(model, what=what, region=region, as_json=json))


@app.command("month-end")
def month_end(
    model: Model = None,
    month: Annotated[str | None, typer.Option(help="Such as 2026-10; by default the last month that is over.")] = None,
    region: Region = None,
    json: Json = False,
) -> None:
    """Write the pack that finance closes a month with: CSV, workbook and page, whose sums tie to the bank."""
    from cli.month_end import month_end as run

    raise typer.Exit(run(model, month=month, region=region, as_json=json))


@app.command()
def exceptions(
    number: Annotated[int | None, typer.Argument(help="One exception, open or closed, with its whole history.")] = None,
    model: Model = None,
    team: Annotated[str | None, typer.Option(help="Of one team only.")] = None,
    json: Json = False,
) -> None:
    """List what a person must see to, by team, in plain words and with the steps that end it."""
    from cli.exceptions import exceptions as run

    raise typer.Exit(run(model, number=number, team=team, as_json=json))


@app.command()
def ack(
    numbers: Annotated[list[int], typer.Argument(help="Numbers of exceptions, as `instep exceptions` shows them.")],
    model: Model = None,
    note: Note = "",
    until: Annotated[
        str | None, typer.Option(help="Tell nobody again before then: a span such as 4h or 2d, or a moment.")
    ] = None,
) -> None:
    """Say that somebody sees to an exception; who and why is kept."""
    from cli.ack import ack as run

    raise typer.Exit(run(model, numbers=numbers, note=note, until=until))


@app.command()
def watch(
    model: Model = None,
    every: Annotated[
        int | None, typer.Option(help="Go on, with so many seconds between two looks; without it one look.", min=10)
    ] = None,
    json: Json = False,
) -> None:
    """Watch from outside of the daemon: its life, runs, ticks, waiting changes, old sources; then tell the teams."""
    from cli.watch import watch as run

    raise typer.Exit(run(model, every=every, as_json=json))


@app.command()
def release(
    sku: Annotated[
        str | None, typer.Argument(help="The SKU to let go of; put -- before one that begins with a dash.")
    ] = None,
    model: Model = None,
    region: Region = None,
    restore: Annotated[bool, typer.Option("--restore", help="Send our number, over a foreign one too.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Leave the foreign number until our stock changes.")] = False,
    breaker: Annotated[bool, typer.Option("--breaker", help="Let go of the plan the breaker holds.")] = False,
    note: Note = "",
) -> None:
    """Let go of what a policy or the breaker holds back."""
    from cli.release import release as run

    raise typer.Exit(run(model, sku=sku, region=region, restore=restore, accept=accept, breaker=breaker, note=note))


@adopt.command("orders")
def adopt_orders(
    model: Model = None,
    yes: Annotated[bool, typer.Option("--yes", help="Link and mark what the list says is to adopt.")] = False,
    json: Json = False,
) -> None:
    """List the Shopify orders that another tool made for Amazon orders; with --yes take them over. Makes none."""
    from cli.adopt import adopt_orders as run

    raise typer.Exit(run(model, yes=yes, as_json=json))


@backfill.command("orders")
def backfill_orders(
    since: Annotated[str, typer.Option(help="The first day, such as 2026-11-17, or an instant with its offset.")],
    model: Model = None,
    region: Region = None,
    json: Json = False,
) -> None:
    """Read both sides' orders from further back, in full pages, and import what is missing. Safe to repeat."""
    from cli.backfill import backfill_orders as run

    raise typer.Exit(run(model, since=since, region=region, as_json=json))


@app.command("accept-snapshot")
def accept_snapshot(
    table: Annotated[str, typer.Argument(help="The table that keeps its old rows, such as amazon.listings.")],
    model: Model = None,
    note: Note = "",
) -> None:
    """Take an answer that has truly become much smaller: for an hour, readings of the table may shrink."""
    from cli.release import accept_snapshot as run

    raise typer.Exit(run(model, table=table, note=note))


settlement = typer.Typer(
    name="settlement", help="Check settlement files, or collect and close them.", no_args_is_help=True
)
app.add_typer(settlement)


@settlement.command("check")
def settlement_check(
    files: Annotated[list[Path], typer.Argument(help="Settlement files (flat file V2), plain or .gz.")],
    model: Annotated[
        Path | None, typer.Option("--model", help="An operating model whose [[settlements.kind]] is to count too.")
    ] = None,
    json: Json = False,
) -> None:
    """Does a settlement file balance, and what is in it. Works offline; 0 balanced, 1 unbalanced, 2 unreadable."""
    from cli.settlement import check as run

    raise typer.Exit(run(files, model=model, as_json=json))


@settlement.command("collect")
def settlement_collect(model: Model = None, json: Json = False) -> None:
    """Archive Amazon's settlements before it forgets them, and take them in; without Dagster's services, for cron."""
    from cli.settlement_collect import collect as run

    raise typer.Exit(run(model, as_json=json))


@settlement.command("close")
def settlement_close(model: Model = None, json: Json = False) -> None:
    """Put settlements on orders and into the books, and compare them with Shopify; without Dagster's services."""
    from cli.settlement_close import close as run

    raise typer.Exit(run(model, as_json=json))


@app.command()
def receive(
    model: Model = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; by default receiver.host.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; by default receiver.port.", min=0, max=65535)
    ] = None,
) -> None:
    """Run the webhook receiver."""
    from cli.receive import receive as run

    raise typer.Exit(run(model, host=host, port=port))


@app.command()
def listen(
    model: Model = None,
    once: Annotated[bool, typer.Option("--once", help="Take what waits, then end; for cron.")] = False,
    json: Json = False,
) -> None:
    """Listen to Amazon's notifications of changed orders. Needs `pip install 'instep[sqs]'`."""
    from cli.listen import listen as run

    raise typer.Exit(run(model, once=once, as_json=json))


@app.command()
def manual(
    model: Model = None,
    to: Annotated[Path, typer.Option(help="Folder to write the pages into.")] = Path("docs/manual"),
) -> None:
    """Write the brand's own operator manual: runbook, routines, who owns what."""
    from cli.manual import manual as run

    raise typer.Exit(run(model, to=to))


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End by itself when the story is told.")] = False,
    ui_port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
    sandbox_port: Annotated[int, typer.Option(help="Port of the sandbox.")] = 4310,
    receiver_port: Annotated[int, typer.Option(help="Port of the webhook receiver.")] = 4300,
    skus: Annotated[int, typer.Option(help="How many SKUs the brand sells.", min=50)] = 300,
    seed: Annotated[int, typer.Option(help="Another seed is another brand.")] = 7,
) -> None:
    """Rehearse on a brand that trades: sandbox, pipeline, findings, Dagster UI."""
    from cli.demo import demo as run

    raise typer.Exit(
        run(once=once, ui_port=ui_port, sandbox_port=sandbox_port, receiver_port=receiver_port, skus=skus, seed=seed)
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and turn an expected error into one clear message and an exit code. Ends with SystemExit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter is no reason to fail
    if arguments is None and WITHOUT_PANDAS.intersection(sys.argv[1:2]):
        sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]  # None: not to be imported in this process
    try:
        app(args=arguments)
    except ConfigurationError as error:
        sys.stderr.write(f"instep: {error}\n")
        sys.exit(USAGE)
    except InstepError as error:
        sys.stderr.write(f"instep: {error}\n")
        sys.exit(TROUBLE)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
