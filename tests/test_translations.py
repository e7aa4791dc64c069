"""The interface in every shipped language: nothing missing, nothing that breaks when it is said."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from engine import languages
from engine.languages import LANGUAGES, SOURCE, _, ngettext, script_words, speaking
from tests.extracting import ROOT, extracted, said, stored
from tests.raw_words import raw_words

OTHERS = [language for language in LANGUAGES if language != SOURCE]
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt")
)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def _forms(string: object) -> tuple[str, ...]:
    if isinstance(string, tuple | list):
        return tuple(str(one) for one in string)
    return (str(string or ""),)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated(language: str) -> None:
    kept = {message.id: message for message in stored(language) if message.id}
    missing = [
        message.id
        for message in extracted()
        if message.id and (message.id not in kept or not all(_forms(kept[message.id].string)))
    ]
    assert missing == [], "run `make words` and translate what is new"


def test_every_sentence_in_the_code_is_found_to_be_translated() -> None:
    """What finds them looks past some places, such as the inside of an f-string."""
    found = {
        message.id if isinstance(message.id, str) else message.id[0] for message in extracted()
    }
    said = {
        node.args[0].value
        for path in (ROOT / "engine").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("_", "N_", "ngettext")
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(said) > 1000
    assert said - found == set()


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    known = {message.id for message in extracted()}
    assert [one.id for one in stored(language) if one.id not in known] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_a_guess(language: str) -> None:
    assert [message.id for message in stored(language) if message.fuzzy and message.id] == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_has_the_places_of_its_sentence(language: str) -> None:
    wrong = []
    for message in stored(language):
        originals = _forms(message.id)
        wanted = set(PLACEHOLDER.findall(originals[-1]))
        for form in _forms(message.string) if message.id else ():
            # "One thing is missing" counts without a figure, and so may its translation.
            found = set(PLACEHOLDER.findall(form)) | ({"count"} if len(originals) > 1 else set())
            if found != wanted | ({"count"} if len(originals) > 1 else set()):
                wrong.append((message.id, form))
            form % dict.fromkeys(wanted | {"count"}, "x") if wanted else None
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_the_markup_of_their_sentence(language: str) -> None:
    tags = re.compile(r"</?\w+|href=\"[^\"]*\"")
    assert [
        message.id
        for message in stored(language)
        for form in _forms(message.string)
        if message.id and sorted(tags.findall(form)) != sorted(tags.findall(_forms(message.id)[0]))
    ] == []


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix()
)
def test_no_template_says_anything_that_cannot_be_translated(path: Path) -> None:
    assert raw_words(path) == []


def test_sentences_are_whole() -> None:
    # What begins or ends with a space is half of a sentence, and no language divides it alike.
    halves = [message for _name, message in said() if str(message) != str(message).strip()]
    assert halves == []


def test_nothing_is_said_while_a_module_is_imported() -> None:
    early = []
    for path in (ROOT / "engine").rglob("*.py"):
        for node in _outside_functions(ast.parse(path.read_text("utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in ("_", "ngettext"):
                early.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert early == []


def _outside_functions(node: ast.AST) -> list[ast.AST]:
    found = [node]
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            found += _outside_functions(child)
    return found


def test_no_function_that_speaks_uses_the_underscore_for_something_else() -> None:
    confused = []
    for path in (ROOT / "engine").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
            speaks = any(
                isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"
                for node in ast.walk(function)
            )
            stored_to = [n for n in names if n.id == "_" and isinstance(n.ctx, ast.Store)]
            if speaks and len(stored_to) > _in_comprehensions(function):
                confused.append(f"{path.relative_to(ROOT)}:{function.name}")
    assert confused == []


def _in_comprehensions(function: ast.AST) -> int:
    return sum(
        isinstance(name, ast.Name) and name.id == "_"
        for node in ast.walk(function)
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
    )


def test_a_sentence_is_said_in_the_language_of_the_moment() -> None:
    assert _("Save and continue") == "Save and continue"
    with speaking("es"):
        assert _("Save and continue") == "Guardar y continuar"
        assert ngettext("%(count)s day", "%(count)s days", 1) == "1 día"
        assert ngettext("%(count)s day", "%(count)s days", 1500) == "1,500 días"
    assert _("Save and continue") == "Save and continue"


def test_a_language_that_is_not_shipped_is_english() -> None:
    with speaking("tlh"):
        assert languages.current() == SOURCE


def test_scripts_get_only_what_scripts_say() -> None:
    assert script_words() == {}
    with speaking("es"):
        words = script_words()
    assert words["Saved %(time)s"] == "Guardado a las %(time)s"
    assert words["%(count)s character left"] == (
        "Queda %(count)s carácter",
        "Quedan %(count)s caracteres",
    )
    assert "Save and continue" not in words
