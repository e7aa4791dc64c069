"""The certificates of many awards in one file: asked for, prepared by a job, kept for a week.

A bundle is a list of serials and how many of them were seen to. The job prints what is not printed
yet, piece by piece, so that a worker that is killed loses a certificate at most, and puts the file
together at the end (`binding`). Certificates of awards that no longer count are left out, by name.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from engine.awards import status
from engine.awards.certificates import binding, printing
from engine.awards.certificates.binding import Sheet
from engine.errors import AccoladeError, NotFound, Refusal, Refused
from engine.languages import _, speaking
from engine.people import Actor
from engine.permissions import require
from engine.records import audit, catalogue, jobs
from engine.records.files import safe_name
from engine.records.jobs import JobContext
from engine.records.tables import Account, Award, CertificateBundle, new_id
from engine.records.whole_files import clear
from engine.settings import Settings

JOB: Final = "certificate-bundle"
Kind = Literal["zip", "pdf"]
MOST = 5_000
"""Certificates in one file."""
PIECE = 100
"""Certificates that one job prints; the next job goes on."""
KEPT_FOR: Final = timedelta(days=7)

_log = logging.getLogger("accolade.bundles")


class LeftOut(NamedTuple):
    """An award whose certificate is not in the file."""

    serial: str
    name: str
    words: str


def ask(
    session: Session, kind: Kind, title: str, serials: Sequence[str], actor: Actor, at: datetime
) -> str:
    """Have the certificates put together; returns the bundle's id.

    Raises `Refused` when there are none, or more than `MOST`.
    """
    require(actor, "award.list")
    if not serials:
        raise Refused(Refusal(_("There are no certificates here."), code="bundle"))
    if len(serials) > MOST:
        raise Refused(
            Refusal(
                _("That is more than %(count)s at once.", count=f"{MOST:,}"),
                _("Narrow the list, and do it in parts."),
                "bundle",
            )
        )
    bundle = CertificateBundle(
        id=new_id(),
        kind=kind,
        title=title[:500],
        serials=list(serials),
        asked_by=actor.id,
        asked_at=at,
    )
    session.add(bundle)
    session.flush()
    facts = {"kind": kind, "title": bundle.title, "serials": bundle.serials}
    audit.record(session, f"certificates:{bundle.id}", "bundled", facts, actor, at)
    jobs.enqueue(session, JOB, {"bundle": bundle.id}, key=_key(bundle))
    return bundle.id


def find(session: Session, actor: Actor, bundle_id: str) -> CertificateBundle:
    """A bundle that is still kept. Raises `NotFound`."""
    require(actor, "award.list")
    if (found := session.get(CertificateBundle, bundle_id)) is None:
        raise NotFound(_("This file is no longer here. Have it made again."))
    return found


def path_of(bundle: CertificateBundle, settings: Settings) -> Path:
    """Where its file is, once it is ready."""
    return settings.certificates / "bundles" / f"{bundle.id}.{bundle.kind}"


def file_name(bundle: CertificateBundle) -> str:
    """What it is saved as."""
    title = re.sub(r"[/\\]", "_", bundle.title)[:110]
    return safe_name(f"{title} {bundle.asked_at:%Y-%m-%d}.{bundle.kind}")


def left_out(bundle: CertificateBundle) -> list[LeftOut]:
    """What is not in the file, and why."""
    return [LeftOut(*one) for one in bundle.left_out]


def run(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: print the next piece and queue the one after it, or put the file together."""
    with context.database.read() as session:
        bundle = session.get(CertificateBundle, payload["bundle"])
        if bundle is None or bundle.ready_at is not None:
            return
        language = session.get_one(Account, bundle.asked_by).language
    with speaking(language or context.settings.language):
        if bundle.done < len(bundle.serials):
            _print(context, bundle)
        else:
            _bind(context, bundle)


def _print(context: JobContext, bundle: CertificateBundle) -> None:
    start = bundle.done
    end = min(start - start % PIECE + PIECE, len(bundle.serials))
    for serial in bundle.serials[start:end]:
        found = _sheet(context, serial)
        with context.database.transaction() as session:
            # Two workers may print the same ones; each is counted once.
            row = session.get_one(CertificateBundle, bundle.id, with_for_update=True)
            if row.done != start:
                return
            if isinstance(found, LeftOut):
                row.left_out = [*row.left_out, list(found)]
            start = row.done = start + 1
            if start == end:
                jobs.enqueue(session, JOB, {"bundle": bundle.id}, key=_key(row))


def _key(bundle: CertificateBundle) -> str:
    """Of the job that goes on with it: there is one for each piece, and one that binds."""
    done, total = bundle.done, len(bundle.serials)
    return f"{bundle.id}/{done if done == total else done - done % PIECE}"


def stuck(session: Session, bundle: CertificateBundle) -> jobs.JobRow | None:
    """The job that holds it up, for staff; mostly there is none."""
    return None if bundle.ready_at else jobs.stuck(session, f"{JOB}/{_key(bundle)}")


def _bind(context: JobContext, bundle: CertificateBundle) -> None:
    left = {one.serial for one in left_out(bundle)}
    gone: list[LeftOut] = []
    sheets = []
    for serial in bundle.serials:
        if serial in left:
            continue
        # Printed already, so this is quick; a file that was removed meanwhile is printed anew.
        found = _sheet(context, serial)
        if isinstance(found, LeftOut):
            gone.append(found)
        else:
            sheets.append(found)
    path = path_of(bundle, context.settings)
    if bundle.kind == "zip":
        binding.zipped(path, sheets)
    else:
        binding.merged(path, sheets, bundle.title)
    with context.database.transaction() as session:
        session.execute(
            update(CertificateBundle)
            .where(CertificateBundle.id == bundle.id)
            .values(
                ready_at=datetime.now(UTC),
                bytes=path.stat().st_size,
                left_out=[*bundle.left_out, *map(list, gone)],
            )
        )


def _sheet(context: JobContext, serial: str) -> Sheet | LeftOut:
    """A certificate, printed now if it was not yet; or why there is none."""
    with context.database.read() as session:
        award = session.get(Award, serial)
    if award is None:
        return LeftOut(serial, "", _("There is no award with this number."))
    standing = status.standing(award, datetime.now(UTC))
    if standing.word != "valid":
        return LeftOut(serial, award.recipient_name, standing.sentence)
    try:
        path = _printed(context, serial)
    except (OSError, DBAPIError, NoConnection):
        raise  # the disk or the database is away: the job is tried again
    except AccoladeError as error:
        if isinstance(error, Refused) and error.refusal.code == "issuer-key":
            raise  # no badge can be signed now, neither this one nor the next
        return LeftOut(serial, award.recipient_name, str(error))
    except Exception as error:
        _log.exception("the certificate of %s could not be printed", serial)
        words = _("It could not be printed: %(fault)s", fault=type(error).__name__)
        return LeftOut(serial, award.recipient_name, words)
    # A name is one part of a path here, whatever strokes are in it.
    named = re.sub(r"[/\\]", "_", f"{award.title}, {award.recipient_name}")
    return Sheet(safe_name(f"{named[:110]} ({award.serial}).pdf"), path, award.issued_at)


def _printed(context: JobContext, serial: str) -> Path:
    with context.database.transaction() as session:
        award = session.get_one(Award, serial)
        edition = catalogue.as_written(session, award.edition_digest)
        sheet = printing.sheet_of(session, award, edition, context.settings)
    return printing.path_of(sheet, context.settings)


def _tidy(context: JobContext, at: datetime) -> None:
    """Remove what was asked for more than a week ago, file and all, and what workers that were
    killed have left half done."""
    folder = context.settings.certificates
    for one in (folder, folder / "bundles"):
        clear(one, at - KEPT_FOR)
    old = select(CertificateBundle).where(CertificateBundle.asked_at < at - KEPT_FOR)
    with context.database.read() as session:
        found = list(session.scalars(old.limit(50)))
    for bundle in found:
        path_of(bundle, context.settings).unlink(missing_ok=True)
    if found:
        with context.database.transaction() as session:
            ids = [bundle.id for bundle in found]
            session.execute(delete(CertificateBundle).where(CertificateBundle.id.in_(ids)))


jobs.register(JOB, run)
jobs.periodically("certificate-bundles-tidy", 3600.0, _tidy)
