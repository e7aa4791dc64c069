"""Finding submissions by words of their answers, and people by the beginnings of their names.

Only what was handed in is found, never a draft: the text is kept in the transaction of the
snapshot (`keep`). Words are compared without accents and capitals, and found by their beginnings,
so that one way serves every language. Nothing here is without a bound: at most `MOST` submissions
or people are found, and a word needs three letters. Who may read what is for `listing` to ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    MetaData,
    Select,
    SQLColumnExpression,
    String,
    Table,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

from engine.records.database import Database
from engine.records.folding import MOST_WORDS, SCHOOL, composed, spaced, words
from engine.records.tables import AccountWord, AnswerText

MOST = 500
"""Submissions, or people, that words find at most."""
SHORTEST = 3
"""Letters of a word from which on its beginning is enough; a shorter one is meant whole."""
LONGEST_TEXT = 200_000
"""Characters of one submission's answers that it is found by."""
AROUND = 60
"""Characters of a snippet on either side of what was found."""

_ID = re.compile("[0-9a-f]{32}")
_INDEX = Table(
    "answer_index",
    MetaData(),
    Column("number", BigInteger, primary_key=True),
    Column("terms", String),
)


class Piece(NamedTuple):
    """Part of a snippet; `found` marks the word that was looked for."""

    text: str
    found: bool


def keep(session: Session, submission_id: str, round: int, answers: Mapping[str, Any]) -> None:
    """Have a submission found by what was just handed in, in place of the round before."""
    forget(session, submission_id)
    text = composed("\n".join(_said(answers)))[:LONGEST_TEXT].replace("\x00", " ")
    row = {"submission_id": submission_id, "round": round, "text": text, "folded": spaced(text)}
    session.execute(insert(AnswerText), row)


def forget(session: Session, submission_id: str) -> None:
    """Have a submission found by none of its words any more."""
    session.execute(
        delete(AnswerText).where(AnswerText.submission_id == submission_id),
        execution_options={"synchronize_session": False},
    )


def _said(value: object) -> Iterator[str]:
    """Every text in a JSON value; the ids of files are none that anybody wrote."""
    if isinstance(value, str):
        if not _ID.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _said(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _said(one)


def sought(text: str) -> list[str]:
    """The words of what somebody typed into a search field."""
    return words(text)[:MOST_WORDS]


def too_short(said: list[str]) -> bool:
    """Whether there is nothing in these words to find anything by."""
    return not any(len(word) >= SHORTEST for word in said)


def submissions_with(session: Session, said: list[str]) -> Select[str]:
    """The ids of submissions in whose answers all of these words are; at most `MOST` + 1.

    Whole words are asked for first: a word that is everywhere fills the answer at once, where
    gathering all words that begin with it would take long. One query, and one to be asked.
    """
    whole = session.scalars(_numbers(session, said, whole=True)).all()
    if len(whole) > MOST:
        return select(AnswerText.submission_id).where(AnswerText.number.in_(whole))
    begun = _numbers(session, said, whole=False)
    return select(AnswerText.submission_id).where(AnswerText.number.in_(begun))


def _numbers(session: Session, said: list[str], whole: bool) -> Select[int]:
    def sign(word: str, of: str) -> str:
        return "" if whole or len(word) < SHORTEST else of

    if Database.of(session).is_sqlite:
        asked = " ".join(f'"{word}"{sign(word, "*")}' for word in said)
        return (
            select(literal_column("rowid", BigInteger))
            .select_from(_INDEX)
            .where(literal_column("answer_index").op("MATCH")(asked))
            .limit(MOST + 1)
        )
    asked = " & ".join(f"'{word}'{sign(word, ':*')}" for word in said)
    query = func.to_tsquery(literal_column("'simple'"), asked)
    return select(_INDEX.c.number).where(_INDEX.c.terms.op("@@")(query)).limit(MOST + 1)


def says(submission_id: SQLColumnExpression[str], said: list[str]) -> ColumnElement[bool]:
    """Whether one submission's answers have all of these words: the same question, asked of the
    few submissions that are known already."""
    text = literal(" ") + AnswerText.folded + literal(" ")
    return (
        select(AnswerText.number)
        .where(
            AnswerText.submission_id == submission_id,
            *(
                text.contains(f" {word}" if len(word) >= SHORTEST else f" {word} ", autoescape=True)
                for word in said
            ),
        )
        .exists()
    )


def people(said: list[str], school: bool = False) -> Select[str]:
    """The ids of people to whom all of these beginnings of words belong; at most `MOST` + 1."""
    beginnings = [SCHOOL + " ".join(said)] if school else said
    first, *others = sorted(beginnings, key=len, reverse=True)
    found = select(AccountWord.account_id).where(*_begins(first)).distinct()
    for word in others:
        again = select(AccountWord.account_id).where(*_begins(word))
        found = found.where(AccountWord.account_id.in_(again))
    return found.limit(MOST + 1)


def _begins(word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    # Plain comparisons, which any index serves; LIKE needs one of a certain kind.
    return AccountWord.word >= word, AccountWord.word < word[:-1] + chr(ord(word[-1]) + 1)


def snippets(
    session: Session, submission_ids: Sequence[str], said: list[str]
) -> dict[str, tuple[Piece, ...]]:
    """A few words around the first place where each submission says what was looked for."""
    rows = session.execute(
        select(AnswerText.submission_id, AnswerText.text).where(
            AnswerText.submission_id.in_(submission_ids)
        )
    )
    return {id: snippet(text, said) for id, text in rows}


def snippet(text: str, said: list[str]) -> tuple[Piece, ...]:
    """The words around the first of these words, which is marked; empty when none is there."""
    if not said:
        return ()
    plain = spaced(text)
    wanted = re.compile(
        "|".join(
            rf"(?<![^ ]){re.escape(word)}{'[^ ]*' if len(word) >= SHORTEST else '(?![^ ])'}"
            for word in said
        )
    )
    first = wanted.search(plain)
    if first is None:
        return ()
    start = max(0, first.start() - AROUND)
    end = min(len(text), first.end() + AROUND)
    if start:  # at a word's beginning, so that none is cut in two
        start = plain.find(" ", start, first.start()) + 1 or start
    if end < len(text):
        end = max(plain.rfind(" ", first.end(), end), first.end())
    pieces, at = [Piece("… ", False)] if start else [], start
    for match in wanted.finditer(plain, start, end):
        if match.start() > at:
            pieces.append(Piece(text[at : match.start()], False))
        pieces.append(Piece(text[match.start() : match.end()], True))
        at = match.end()
    if at < end:
        pieces.append(Piece(text[at:end], False))
    if end < len(text):
        pieces.append(Piece(" …", False))
    return tuple(pieces)
