"""The field kinds, in the order in which a schema is offered to them: the first that fits asks it.

A new kind is one class and one line here, and a macro of its name in `templates/web/fields.html`.
"""

from __future__ import annotations

from engine.forms.attachments import Evidence, EvidenceList
from engine.forms.choices import (
    Agreement,
    Checkboxes,
    ChoiceOrOther,
    ChoicesOrOther,
    Radios,
    Select,
    YesNo,
)
from engine.forms.fields import Constant, Date, Integer, Json, LongText, Number, Standard, Text
from engine.forms.groups import Group
from engine.forms.nodes import Node
from engine.forms.rows import Rows

KINDS: tuple[type[Node], ...] = (
    Evidence,
    EvidenceList,
    Agreement,
    Constant,
    Standard,
    ChoiceOrOther,
    ChoicesOrOther,
    Radios,
    Select,
    Checkboxes,
    YesNo,
    Date,
    Integer,
    Number,
    LongText,
    Text,
    Group,
    Rows,
    Json,
)
