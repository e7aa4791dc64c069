"""Very many answers to an open link at once."""

from __future__ import annotations

import time

from sqlalchemy import func, select

from engine.records.tables import SurveyAnswer
from tests.surveys.conftest import Circle

POSTS = 400
CLASS = 200
MOST = 12.0
"""Milliseconds of a processor for one post, taken or refused: 10,000 a minute on two of them."""


def test_ten_thousand_a_minute_are_taken_or_refused_in_time(circle: Circle) -> None:
    code = circle.row(circle.opens("class", "once", expected=CLASS)).code
    visitor = circle.browser(signed_in=False)
    said = {"csrf_token": visitor.token(), "/class/safe": "Yes"}
    visitor.client.post(f"/c/{code}", data={**said, "/class/safe": ""})  # forms are compiled once
    statuses: dict[int, int] = {}
    begun = time.process_time()
    for _number in range(POSTS):
        status = visitor.client.post(f"/c/{code}", data=said).status_code
        statuses[status] = statuses.get(status, 0) + 1
    each = (time.process_time() - begun) / POSTS * 1000
    assert statuses == {303: CLASS, 409: POSTS - CLASS}
    with circle.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SurveyAnswer)) == CLASS
    assert each < MOST, f"{each:.1f} ms a post"
