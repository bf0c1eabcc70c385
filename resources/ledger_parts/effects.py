"""Effects: every change meant for the outside, from the intention to the proof. Nothing lost, nothing twice.

    intended -> sent -> applied -> verified
    intended <-> held                            policy or the breaker keeps it for a person
    sent -> unknown | rejected | intended        cannot tell; the far side said no; the call certainly did nothing
    applied, unknown -> verified | intended | rejected | held
    intended, held, applied, unknown -> superseded

A row is committed before the call it stands for. Only the newest intention of a subject can be `intended` or `held`:
an older one that would come back to either becomes `superseded`, so an older value never overtakes a newer one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from integration_assets.contracts.errors import StoreError
from resources.ledger_parts.effect_rows import (
    expect,
    heads,
    name_of,
    note,
    set_begun,
    set_newest,
    set_state,
    set_verified,
    standings,
    these,
)
from resources.ledger_parts.effect_views import NOT_DONE, EffectViews
from resources.ledger_parts.records import Effect, Intention
from resources.ledger_parts.schema import EFFECTS

STATES = ("intended", "sent", "applied", "verified", "rejected", "unknown", "held", "superseded")
WAITING = ("intended", "held")
"""The states in which nothing was sent yet; only the newest intention of a subject may be in them."""


class Effects(EffectViews):
    """Intentions and what became of them.

    The methods that move an effect take its id, commit before they return, and raise StoreError when its state
    does not allow the step. The `_many` forms are one transaction, all or nothing.
    """

    def intend(
        self, kind: str, region: str, subject: str, payload: Mapping[str, Any], reason: str, origin: str
    ) -> Effect:
        """Record that `payload` should become true of the subject. Older waiting intentions of it are superseded.

        Every call is an event of its own, also with a value that was intended before: 5, then 4, then 5 are three.
        """
        return self.intend_many(kind, region, [Intention(subject, payload, reason, origin)])[0]

    def intend_many(self, kind: str, region: str, intentions: Sequence[Intention]) -> list[Effect]:
        """Record a batch in one transaction; the effects come back in the order of `intentions`.

        Of several intentions for one subject in the batch, the last one is the newest.
        """
        if not intentions:
            return []
        return self._write(lambda connection: self._intend(connection, kind, region, intentions))

    def begin(self, effect_id: int) -> Effect:
        """Mark an intended effect as sent, one attempt more. Call the far side only after this returned.

        Raises StoreError unless it is `intended`, when a newer intention of its subject exists, and while another
        effect of its subject is `sent`.
        """
        return self.begin_many([effect_id])[0]

    def begin_many(self, effect_ids: Sequence[int]) -> list[Effect]:
        """`begin` for all that go in one call."""

        def work(connection: Connection) -> list[Effect]:
            now = self.clock.now()
            found = expect(connection, effect_ids, ("intended",), "begun")
            for effect, newest_id, begun_id, begun_state in found:
                if newest_id != effect.effect_id:
                    raise StoreError(f"{name_of(effect)} cannot be begun: effect {newest_id} is newer.")
                if begun_state == "sent":
                    raise StoreError(
                        f"{name_of(effect)} cannot be begun: effect {begun_id} of its subject is still in flight.",
                        todo="Under the lease, turn it unknown with `orphans` and read back first.",
                    )
            set_state(
                connection,
                effect_ids,
                "sent",
                now,
                "",
                attempts=EFFECTS.c.attempts + 1,
                sent_at=now,
                check_at=None,
            )
            set_begun(connection, effect_ids)
            return these(connection, effect_ids)

        return self._write(work) if effect_ids else []

    def applied(self, effect_id: int, reference: str | None, check_at: datetime | None, detail: str = "") -> Effect:
        """The far side said yes, which proves nothing yet: it is due to be read back at `check_at`.

        `reference` is the far side's own name for the change. Repeated for an applied effect it sets a later
        `check_at`.
        """
        return self.applied_many([effect_id], reference, check_at, detail)[0]

    def applied_many(
        self, effect_ids: Sequence[int], reference: str | None, check_at: datetime | None, detail: str = ""
    ) -> list[Effect]:
        """`applied` for all that went in one call, a feed for one."""

        def work(connection: Connection) -> list[Effect]:
            now = self.clock.now()
            found = expect(connection, effect_ids, ("sent", "unknown", "applied"), "applied")
            values = {"check_at": check_at, "reference": reference}
            first = [standing.effect.effect_id for standing in found if standing.effect.state != "applied"]
            again = [standing.effect.effect_id for standing in found if standing.effect.state == "applied"]
            set_state(connection, first, "applied", now, detail, applied_at=now, **values)
            set_state(connection, again, "applied", now, detail, **values)
            return these(connection, effect_ids)

        return self._write(work) if effect_ids else []

    def verified(self, effect_id: int, detail: str = "") -> Effect:
        """It was seen to be true on the far side. The end."""
        return self.verified_many([effect_id], detail)[0]

    def verified_many(self, effect_ids: Sequence[int], detail: str = "") -> list[Effect]:
        """`verified` for all that one reading proved."""

        def work(connection: Connection) -> list[Effect]:
            now = self.clock.now()
            expect(connection, effect_ids, ("applied", "unknown"), "verified")
            set_state(connection, effect_ids, "verified", now, detail, verified_at=now, check_at=None)
            set_verified(connection, effect_ids)
            return these(connection, effect_ids)

        return self._write(work) if effect_ids else []

    def proven_many(self, effect_ids: Sequence[int], reference: str | None, detail: str = "") -> list[Effect]:
        """`applied` and `verified` in one, for an answer that itself shows the new state: one commit instead of two."""

        def work(connection: Connection) -> list[Effect]:
            now = self.clock.now()
            expect(connection, effect_ids, ("sent", "unknown"), "proven")
            set_state(connection, effect_ids, "applied", now, detail, applied_at=now, reference=reference)
            set_state(connection, effect_ids, "verified", now, detail, verified_at=now, check_at=None)
            set_verified(connection, effect_ids)
            return these(connection, effect_ids)

        return self._write(work) if effect_ids else []

    def rejected(self, effect_id: int, detail: str) -> Effect:
        """The far side said no, at once or in the result of a feed. The end."""
        return self._move(effect_id, "rejected", ("sent", "applied", "unknown"), detail)

    def unknown(self, effect_id: int, detail: str, check_at: datetime | None = None) -> Effect:
        """It cannot be told whether the call was carried out: it is due to be read back, at once or at `check_at`."""
        due = self.clock.now() if check_at is None else check_at
        return self._move(effect_id, "unknown", ("sent", "applied", "unknown"), detail, check_at=due)

    def held(self, effect_id: int, detail: str) -> Effect:
        """Keep it for a person. An older intention than the subject's newest is superseded instead."""
        return self._move(effect_id, "held", ("intended", "applied", "unknown"), detail)

    def release(self, effect_id: int, detail: str = "") -> Effect:
        """Let a held effect go: it is intended again."""
        return self._move(effect_id, "intended", ("held",), detail)

    def resend(self, effect_id: int, detail: str = "") -> Effect:
        """Intend it once more, its attempts kept: after a call that certainly did nothing, or a reading that shows so.

        An older intention than the subject's newest is superseded instead: look at the state that comes back.
        """
        return self._move(effect_id, "intended", ("sent", "applied", "unknown"), detail)

    def put_back(self, effect_ids: Sequence[int], detail: str) -> list[Effect]:
        """The call certainly did nothing: `sent` effects are intended again as if it had not been made.

        The attempt does not count, neither against the most there may be nor as a push of the subject.
        """

        def work(connection: Connection) -> list[Effect]:
            now = self.clock.now()
            expect(connection, effect_ids, ("sent",), "put back")
            never_sent = sa.case((EFFECTS.c.attempts > 1, EFFECTS.c.sent_at), else_=None)
            values = {"attempts": EFFECTS.c.attempts - 1, "sent_at": never_sent, "check_at": None}
            set_state(connection, effect_ids, "intended", now, detail, **values)
            note(connection, [(effect_id, NOT_DONE) for effect_id in effect_ids], now, detail)
            return these(connection, effect_ids)

        return self._write(work) if effect_ids else []

    def supersede(self, effect_id: int, by: int) -> Effect:
        """Give an effect up because effect `by`, a newer intention of the same subject, stands for it now."""

        def work(connection: Connection) -> Effect:
            allowed = ("intended", "held", "applied", "unknown")
            older = expect(connection, [effect_id], allowed, "superseded")[0].effect
            newer = these(connection, [by])[0]
            same = (older.kind, older.region, older.subject) == (newer.kind, newer.region, newer.subject)
            if not same or newer.sequence <= older.sequence:
                raise StoreError(
                    f"{name_of(older)} cannot be superseded by {name_of(newer)}: expected a later sequence of the "
                    "same subject."
                )
            set_state(connection, [effect_id], "superseded", self.clock.now(), f"by effect {by}", check_at=None)
            return these(connection, [effect_id])[0]

        return self._write(work)

    def withdraw_many(self, effect_ids: Sequence[int], detail: str) -> list[Effect]:
        """Give up intentions that nobody wants any more, though no newer one stands for them: `superseded`, too."""

        def work(connection: Connection) -> list[Effect]:
            expect(connection, effect_ids, WAITING, "withdrawn")
            set_state(connection, effect_ids, "superseded", self.clock.now(), detail, check_at=None)
            return these(connection, effect_ids)

        return self._write(work) if effect_ids else []

    def orphans(self, kind: str, region: str) -> list[Effect]:
        """Turn every `sent` effect of the kind and region `unknown` and return them.

        Call it only under the lease of this kind and region: then no sender lives that could still finish them.
        """

        def work(connection: Connection) -> list[Effect]:
            now = self.clock.now()
            sent = (EFFECTS.c.kind == kind, EFFECTS.c.region == region, EFFECTS.c.state == "sent")
            ids = list(connection.scalars(sa.select(EFFECTS.c.effect_id).where(*sent).order_by(EFFECTS.c.effect_id)))
            lost = [found.effect.effect_id for found in standings(connection, ids) if found.effect.state == "sent"]
            set_state(connection, lost, "unknown", now, "its sender ended before it knew", check_at=now)
            return these(connection, lost)

        return self._write(work)

    def _move(
        self,
        effect_id: int,
        state: str,
        allowed: Collection[str],
        detail: str,
        check_at: datetime | None = None,
    ) -> Effect:
        """Bring one effect to `state`; to `superseded` where only the newest intention may wait and it is not."""

        def work(connection: Connection) -> Effect:
            found = expect(connection, [effect_id], allowed, state)[0]
            overtaken = state in WAITING and found.newest_id != effect_id
            becomes = "superseded" if overtaken else state
            set_state(connection, [effect_id], becomes, self.clock.now(), detail, check_at=check_at)
            return these(connection, [effect_id])[0]

        return self._write(work)

    def _intend(self, connection: Connection, kind: str, region: str, intentions: Sequence[Intention]) -> list[Effect]:
        now = self.clock.now()
        standing = heads(connection, kind, region, [intention.subject for intention in intentions])
        last = {subject: head.last_sequence for subject, head in standing.items()}
        newest_at = {intention.subject: position for position, intention in enumerate(intentions)}
        rows: list[dict[str, Any]] = []
        for position, intention in enumerate(intentions):
            last[intention.subject] += 1
            rows.append(
                {
                    "kind": kind,
                    "region": region,
                    "subject": intention.subject,
                    "sequence": last[intention.subject],
                    "payload": dict(intention.payload),
                    "state": "intended" if newest_at[intention.subject] == position else "superseded",
                    "attempts": 0,
                    "origin": intention.origin,
                    "reason": intention.reason,
                    "decided_at": now,
                    "detail": "",
                }
            )
        numbered = sa.insert(EFFECTS).returning(EFFECTS.c.effect_id, sort_by_parameter_order=True)
        ids = list(connection.scalars(numbered, rows))
        nothing_yet: dict[str, Any] = dict.fromkeys(
            ("sent_at", "applied_at", "verified_at", "check_at", "reference"), None
        )
        effects = [Effect(effect_id=effect_id, **row, **nothing_yet) for effect_id, row in zip(ids, rows, strict=True)]
        older = [head.newest_id for head in standing.values() if head.newest_id and head.newest_state in WAITING]
        set_state(connection, older, "superseded", now, "by a newer intention", check_at=None)
        note(connection, [(effect.effect_id, effect.state) for effect in effects], now, "")
        set_newest(connection, [effect.effect_id for effect in effects if effect.state == "intended"])
        return effects
