"""Agreeing: what was agreed to is kept with the answer, and other words ask again."""

from __future__ import annotations

from typing import Any

from engine.errors import Problem
from engine.forms.answers import Draft, validate
from engine.forms.display import read_only
from engine.forms.schema import FormSet
from tests.forms.desk import asking, browse, html_of, only_page, post, said, saved

AGAIN = "The wording has changed since you agreed. Please read it again."


def terms(words: str = "Two reviewers read your work.", **more: Any) -> FormSet:
    return asking(
        q={
            "title": "I agree",
            "description": words,
            "const": True,
            "widget": "agreement",
            **more,
        }
    )


def ticked(form_set: FormSet, draft: Draft | None = None) -> Draft:
    page = only_page(form_set)
    return saved(page, browse(page, draft).fill("/f/q", "true"), draft)


def shown(form_set: FormSet, draft: Draft) -> Any:
    (found,) = read_only(form_set, draft.answers, draft)
    return found.entries[0]


def test_the_words_and_their_version_are_kept_with_the_answer() -> None:
    draft = ticked(terms(wording_version=2))
    assert draft.answers == {"f": {"q": True}}
    assert draft.agreed == {
        "/f/q": {"wording": "I agree\n\nTwo reviewers read your work.", "version": "2"}
    }


def test_without_a_version_of_its_own_the_wording_has_a_digest() -> None:
    one, same, other = (
        ticked(terms(words)).agreed["/f/q"]["version"] for words in ("One.", "One.", "Other.")
    )
    assert one == same != other
    assert len(one) == 12


def test_an_agreement_is_taken_back_with_its_words() -> None:
    form_set = terms()
    page = only_page(form_set)
    draft = ticked(form_set)
    assert saved(page, browse(page, draft).fill("/f/q"), draft) == Draft({"f": {}})


def test_saving_again_is_not_agreeing_again() -> None:
    form_set = terms(wording_version=1)
    page = only_page(form_set)
    draft = ticked(form_set)
    assert saved(page, browse(page, draft), draft) == draft
    # The same version in other words: another language.
    spanish = terms("Dos personas leen su trabajo.", wording_version=1)
    assert saved(only_page(spanish), browse(only_page(spanish), draft), draft) == draft


def test_a_page_saved_without_the_question_keeps_the_agreement() -> None:
    form_set = terms()
    draft = ticked(form_set)
    assert post(only_page(form_set), {}, draft) == draft


def test_an_agreement_to_other_words_is_no_agreement_any_more() -> None:
    draft = ticked(terms("Two reviewers read your work."))
    newer = terms("Everybody reads your work.")
    assert validate(newer, draft) == [Problem("/f/q", "agreement", AGAIN)]
    (box,) = [one for one in browse(only_page(newer), draft).named("/f/q") if one.type != "hidden"]
    assert not box.checked


def test_agreeing_to_the_new_words_puts_them_in_place_of_the_old() -> None:
    draft = ticked(terms("Old.", wording_version=1))
    newer = terms("New.", wording_version=2)
    again = ticked(newer, draft)
    assert again.agreed == {"/f/q": {"wording": "I agree\n\nNew.", "version": "2"}}
    assert validate(newer, again) == []


def test_readers_see_that_it_was_this_wording() -> None:
    form_set = terms(wording_version=2)
    entry = shown(form_set, ticked(form_set))
    assert entry.text == "Agreed to this wording (version 2)"
    assert shown(terms(), ticked(terms())).text == "Agreed to this wording"


def test_readers_see_the_earlier_wording_that_was_agreed_to() -> None:
    draft = ticked(terms("Old **words**.", wording_version=1))
    newer = terms("New.", wording_version=2)
    assert shown(newer, draft).text == "Agreed to an earlier wording (version 1)"
    html = html_of(only_page(newer), draft, read_only=True)
    assert "<strong>words</strong>" in html


def test_an_answer_whose_words_nobody_kept_stands() -> None:
    form_set = terms()
    assert validate(form_set, said({"q": True})) == []
    assert shown(form_set, said({"q": True})).text == "Agreed"


def test_long_wording_is_markdown_above_the_box() -> None:
    html = html_of(only_page(terms("You agree that:\n\n- one\n- <b>two</b>")))
    assert "<li>one</li>" in html
    assert "<b>" not in html
    assert 'aria-describedby="/f/q#help"' in html


def test_a_row_keeps_its_own_agreement() -> None:
    rows = {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "ok": {"const": True, "widget": "agreement"},
            },
        },
    }
    form_set = asking(q=rows)
    page = only_page(form_set)
    fields: dict[str, str | list[str]] = {
        "/f/q": "",
        "/f/q/0/name": "Ana",
        "/f/q/0/ok": ["", "true"],
        "/f/q/1/name": "Ben",
    }
    draft = post(page, fields)
    assert list(draft.agreed) == ["/f/q/0/ok"]
