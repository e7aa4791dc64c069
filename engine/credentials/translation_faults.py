"""What a credential in several languages is made of should be in them as well.

What is missing in a document itself is found when it is read (`texts`); here are the workflow and
the definitions that a credential takes in, which may belong to others that need no translation.
Frameworks are left out: their words are official ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.credentials import parameters
from engine.credentials.documents import Document, joined, listing, mapping
from engine.credentials.holdings import Holdings
from engine.credentials.references import bundle
from engine.credentials.texts import missing
from engine.errors import Finding


def faults(document: Document, holdings: Holdings) -> Iterator[Finding]:
    """The texts of others that a credential shows without words in one of its languages."""
    languages = dict.fromkeys([*document.translations, *listing(document.data.get("languages"))])
    if not languages:
        return
    workflow = holdings.workflows.get(parameters.used_workflow(document.data))
    if workflow is not None:
        yield from _missing(workflow, "", list(languages))
        for pointer, language in parameters.untranslated(document, workflow, list(languages)):
            yield document.untranslated(pointer, language)
    for id in mapping(document.data.get("forms")):
        for target in bundle(document, joined("/forms", id), holdings.folders).visited:
            yield from _missing(target.resource.document, target.pointer, list(languages))


def _missing(document: Document, below: str, languages: list[str]) -> Iterator[Finding]:
    own, done = document.language, document.translations
    for pointer, language in missing(document.data, own, done, languages):
        if pointer.startswith(below):
            yield document.untranslated(pointer, language)
