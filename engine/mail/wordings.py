"""The letters that there are, and the words that staff gave them.

A letter's file is in `templates/mail`, for every language at once; staff edit it in the browser as
it reads in one language, and what they write is kept as a row in place of the file. The file stays
what a reset goes back to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import languages
from engine.errors import Conflict, DocumentFaulty, Finding, NotFound
from engine.languages import LANGUAGES, _, speaking
from engine.mail import composing
from engine.mail.bounds import LONGEST_SOURCE
from engine.records import audit
from engine.records.tables import LetterTemplate
from engine.settings import Settings

FRAMES: Final = frozenset({"base"})
"""Templates in the folder that are no letters: what letters are made from."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


class Described(NamedTuple):
    """A letter as lists show it."""

    name: str
    title: str
    """When it is sent, in words; its name where its template does not say."""
    always: bool
    readers: str
    faulty: bool
    """Whether it does not render, and so is never sent."""
    edited: Mapping[str, datetime]
    """When staff last changed it, by language."""


def names(settings: Settings) -> list[str]:
    """Every letter that has a file, by name."""
    found = {
        path.stem
        for folder in settings.templates
        for path in (folder / "mail").glob("*.txt")
        if _NAME.fullmatch(path.stem)
    }
    return sorted(found - FRAMES)


def known(settings: Settings, name: str, language: str) -> None:
    """Raises `NotFound` unless there is such a letter and such a language."""
    if name not in names(settings) or language not in LANGUAGES:
        raise NotFound(_("There is no such letter."))


def edited(session: Session, name: str, language: str) -> LetterTemplate | None:
    """What staff made of a letter in one language."""
    return session.get(LetterTemplate, (name, language))


def text_of(session: Session, name: str, language: str) -> str | None:
    """The words that staff gave a letter, or None: then its file is used. One query."""
    return session.scalar(
        select(LetterTemplate.text).where(
            LetterTemplate.name == name, LetterTemplate.language == language
        )
    )


def described(session: Session, settings: Settings) -> list[Described]:
    """Every letter, in the language of the moment, by title."""
    rows = session.scalars(select(LetterTemplate)).all()
    found = []
    for name in names(settings):
        own = {row.language: row for row in rows if row.name == name}
        mine = own.get(languages.current())
        try:
            letter = composing.compose(
                settings, name, "Ana Ruiz", sample(), mine.text if mine else None
            )
            about, always, readers = letter.about, letter.always, letter.readers
            faulty = False
        except DocumentFaulty:
            about, always, readers, faulty = "", False, "", True
        title = about or name.replace("-", " ").replace("_", " ").capitalize()
        when = {language: row.edited_at for language, row in own.items()}
        found.append(Described(name, title, always, readers, faulty, when))
    return sorted(found, key=lambda one: one.title.casefold())


def sample() -> dict[str, Any]:
    """Made-up values with which any letter reads like itself."""
    return {
        "credential": _("Instructional Coach"),
        "path": "/submissions/0",
        "comment": "\n".join((_("You are nearly there."), _("Two small things are missing."))),
        "notes": [
            {
                "look_for": _("The plan says what changes for students."),
                "notes": _("Say which class you mean."),
            },
            {"look_for": _("Two colleagues read it."), "notes": ""},
        ],
        "round": 1,
        "state": _("In review"),
        "due": "2026-03-20T21:00:00+00:00",
        "address": "https://records.example/hooks",
        "asker": "Rosa Lind",
        "person": "Bo Finch",
        "what": _("Being filmed"),
        "said": "given",
        "awarded": "",
        "title": _("From copying a quote to choosing one"),
        "teacher": "Ana Ruiz",
        "visitor": "Bo Finch",
        "words": _("Which of the two cards would you begin with?"),
        "question": _("Which of the two cards would you begin with?"),
        "first": True,
        "reason": _("One of the photos shows a student’s name."),
        "survey": _("Trust and learning in our group"),
        "closes": "2026-03-20",
        "until": "2029-03-12",
        "letters": [
            {
                "subject": _("Your work is back, with notes"),
                "link": "https://awards.example/submissions/0",
                "written": "2026-03-12T14:02:00+00:00",
            }
        ],
    }


def findings(settings: Settings, name: str, text: str) -> Sequence[Finding]:
    """What is wrong with the words that staff wrote, with its line; nothing when it renders."""
    if len(text) > LONGEST_SOURCE:
        words = _("There is room for %(count)s characters.", count=f"{LONGEST_SOURCE:,}")
        return [Finding(f"mail/{name}.txt", 1, 1, "letter", words)]
    try:
        # Once with everything that it may be told, and once with as little as there may be.
        composing.compose(settings, name, "Ana Ruiz", sample(), text)
        bare = {"credential": _("Instructional Coach"), "path": "/"}
        composing.compose(settings, name, "Ana", bare, text)
    except DocumentFaulty as faulty:
        return faulty.findings
    return []


def keep(
    session: Session,
    settings: Settings,
    name: str,
    language: str,
    text: str,
    seen: int,
    by: audit.Doer,
    at: datetime,
) -> LetterTemplate:
    """Put staff's words in place of a letter's own, in one language.

    `seen` is the revision that they began with, 0 when there was none. Raises `DocumentFaulty`
    when it does not render, `Conflict` when somebody else was faster.
    """
    known(settings, name, language)
    text = text.replace("\r\n", "\n").strip() + "\n"
    with speaking(language):
        if wrong := findings(settings, name, text):
            raise DocumentFaulty(wrong)
    row = {"text": text, "edited_by": by.id, "edited_at": at, "revision": seen + 1}
    mine = (LetterTemplate.name == name) & (LetterTemplate.language == language)
    if seen:
        changed = update(LetterTemplate).where(mine, LetterTemplate.revision == seen)
        if session.execute(changed.values(**row).returning(LetterTemplate.name)).first() is None:
            raise Conflict(_("Somebody else changed this letter while you had it open."))
    else:
        try:
            with session.begin_nested():
                session.execute(insert(LetterTemplate).values(name=name, language=language, **row))
        except IntegrityError as error:
            raise Conflict(_("Somebody else changed this letter while you had it open.")) from error
    facts = {"language": language, "revision": seen + 1, "text": text}
    audit.record(session, chain(name), "reworded", facts, by, at)
    found = session.get(LetterTemplate, (name, language), populate_existing=True)
    assert found is not None
    return found


def reset(
    session: Session,
    settings: Settings,
    name: str,
    language: str,
    seen: int,
    by: audit.Doer,
    at: datetime,
) -> None:
    """Go back to the letter's file. Raises `Conflict` when somebody changed it meanwhile."""
    known(settings, name, language)
    gone = delete(LetterTemplate).where(
        LetterTemplate.name == name,
        LetterTemplate.language == language,
        LetterTemplate.revision == seen,
    )
    if session.scalar(gone.returning(LetterTemplate.name)) is None:
        if edited(session, name, language) is None:
            return
        raise Conflict(_("Somebody else changed this letter while you had it open."))
    audit.record(session, chain(name), "reset", {"language": language}, by, at)


def chain(name: str) -> str:
    """Where the trail keeps what became of a letter's words."""
    return f"letter-template:{name}"


_COMMENT = re.compile(r"{#.*?#}\n?", re.DOTALL)
_EXTENDS = re.compile(r'{%-?\s*extends\s+"([a-z0-9_-]+)\.txt"\s*-?%}\n?')
_BLOCK = re.compile(
    r"{%-?\s*block (\w+)\s*-?%}\n?(.*?){%-?\s*endblock\s*(?:\w+\s*)?-?%}\n?", re.DOTALL
)
"""With the line break after a tag, which is no part of the letter (`trim_blocks`)."""
_SET = re.compile(r"^{%-?\s*set .*?%}$\n?", re.MULTILINE)
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_VALUE = r"[^,(){}]+(?:\([^()]*\))?"
_SAID = re.compile(
    rf"{{{{\s*_\(\s*{_QUOTED}((?:,\s*\w+={_VALUE})*)\s*\)(?:\s*\|\s*wordwrap\(\d+\))?\s*}}}}"
)
_NAMED = re.compile(r"(\w+)=([^,(]+(?:\([^()]*\))?)")
_PLACE = re.compile(r"%\((\w+)\)s")


def shipped(settings: Settings, name: str, language: str) -> str:
    """A letter's file as it reads in one language, put together from what it extends.

    What can't be written out like that stays as it is: it means the same.
    """
    with speaking(language):
        return _written_out(_assembled(settings.templates, name)).strip() + "\n"


def _assembled(folders: Sequence[Path], name: str, depth: int = 0) -> str:
    source = _COMMENT.sub("", _source(folders, name))
    if depth > 5 or not (extends := _EXTENDS.search(source)):
        return _BLOCK.sub(lambda found: found[2], source)
    blocks = {found[1]: found[2] for found in _BLOCK.finditer(source)}
    if any("super()" in one for one in blocks.values()):
        return source
    heads = "".join(_SET.findall(_BLOCK.sub("", source)))
    frame = _COMMENT.sub("", _source(folders, extends[1]))
    return heads + _BLOCK.sub(lambda found: blocks.get(found[1], found[2]), frame)


def _source(folders: Sequence[Path], name: str) -> str:
    for folder in folders:
        if (path := folder / "mail" / f"{name}.txt").is_file():
            return path.read_text("utf-8")
    return ""


def _written_out(source: str) -> str:
    def said(found: re.Match[str]) -> str:
        values = {one[1]: one[2].strip() for one in _NAMED.finditer(found[2])}
        words = _(found[1].replace('\\"', '"'))
        if not set(_PLACE.findall(words)) <= set(values):
            return found[0]
        return _PLACE.sub(lambda place: "{{ " + values[place[1]] + " }}", words)

    whole = _SAID.sub(said, source)
    # `{% set about = _("…") %}` says the same in one language.
    whole = re.sub(rf"(set \w+ = )_\({_QUOTED}\)", lambda m: f'{m[1]}"{_(m[2])}"', whole)
    return re.sub(r"\n{3,}", "\n\n", whole)


def history(session: Session, name: str, language: str) -> list[Any]:
    """What became of a letter's words in one language, the latest first."""
    events = audit.story(session, chain(name))
    return [one for one in reversed(events) if one.facts.get("language") == language]
