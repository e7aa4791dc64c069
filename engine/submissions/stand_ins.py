"""The edition that a workflow is rehearsed with: a credential's own, or a small one made up for it.

It has the forms and the scoring guides that the workflow names, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.credentials.credential import Edition, editions_from
from engine.credentials.library import Library, digest_of
from engine.credentials.parameters import without_parameters
from engine.records.jobs import JobContext
from engine.records.tables import EditionRow
from engine.submissions.rehearsing import START


def edition_of(context: JobContext, library: Library, workflow: str, credential: str) -> Edition:
    """The edition to rehearse with: a credential's, or a small one made up for a workflow."""
    if credential:
        digest, bundle = library.bundle(credential)
    else:
        bundle = stand_in(without_parameters(library.workflow(workflow).data))
        digest = digest_of(bundle)
    with context.database.transaction() as session:
        if session.get(EditionRow, digest) is None:
            session.add(
                EditionRow(
                    digest=digest,
                    credential_id=bundle["credential"]["credential"],
                    version=1,
                    kind=bundle["credential"]["kind"],
                    title=bundle["credential"]["title"],
                    bundle=bundle,
                    published_at=START,
                    published_by="command line",
                )
            )
    return editions_from(digest, bundle).said()


def stand_in(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """The bundle of a small credential with the forms and guides that a workflow names."""
    forms, guides = {"answers"}, {"guide"}
    for state in workflow["states"].values():
        if isinstance(state.get("edits"), list):
            forms.update(state["edits"])
        for block in [state.get("review"), *state.get("reviews", {}).values()]:
            if block and isinstance(block["guides"], list):
                guides.update(block["guides"])
    form = {"type": "object", "properties": {"words": {"type": "string", "title": "Words"}}}
    look_fors = [{"id": id, "text": f"This is {id}."} for id in ("first", "second")]
    return {
        "credential": {
            "credential": f"stand-in-for-{workflow['workflow']}",
            "version": 1,
            "kind": "micro-credential",
            "title": "A stand-in",
            "workflow": workflow["workflow"],
            "forms": {id: {"title": id.capitalize(), **form} for id in sorted(forms)},
            "scoring_guides": {
                id: {"title": id.capitalize(), "reviews": sorted(forms), "look_fors": look_fors}
                for id in sorted(guides)
            },
            "certificate": {"statement": "Stood in."},
        },
        "workflow": dict(workflow),
        "examples": {},
        "alignment": [],
        "titles": {},
    }
