"""The field kinds, in the order in which a schema is offered to them: the first that fits asks it.

A new kind is one class and one line here, and a macro of its name in `templates/web/fields.html`.
"""

from __future__ import annotations

from engine.forms.agreements import Agreement, Checkbox
from engine.forms.attachments import (
    Evidence,
    EvidenceList,
    Link,
    LinkList,
    Video,
    VideoList,
)
from engine.forms.choices import Checkboxes, Radios, Select, YesNo
from engine.forms.contacts import Person
from engine.forms.durations import Duration
from engine.forms.fields import (
    Constant,
    Date,
    Integer,
    Json,
    LongText,
    Nothing,
    Number,
    Standard,
    Text,
)
from engine.forms.groups import Group
from engine.forms.installed import installed
from engine.forms.markdown import Markdown
from engine.forms.mixed import Variants
from engine.forms.moments import Moment, Month, TimeOfDay, Year
from engine.forms.nodes import Node
from engine.forms.own_words import ChoiceOrOther, ChoicesOrOther
from engine.forms.results_of_surveys import SurveyResults
from engine.forms.reuse import Reuse, ReuseList
from engine.forms.rows import Rows
from engine.forms.scales import Matrix, Rating
from engine.forms.secrets import Secret
from engine.forms.sequences import Sequence
from engine.forms.series import Series
from engine.forms.standards import FrameworkItem, FrameworkItems
from engine.forms.tables import Table

KINDS: tuple[type[Node], ...] = (
    Evidence,
    EvidenceList,
    Video,
    VideoList,
    Link,
    LinkList,
    Reuse,
    ReuseList,
    Agreement,
    Constant,
    Nothing,
    Secret,
    Standard,
    FrameworkItem,
    FrameworkItems,
    Rating,
    ChoiceOrOther,
    ChoicesOrOther,
    Radios,
    Select,
    Checkboxes,
    Checkbox,
    YesNo,
    Date,
    Moment,
    TimeOfDay,
    Month,
    Year,
    Duration,
    Integer,
    Number,
    Markdown,
    LongText,
    Text,
    Matrix,
    Person,
    SurveyResults,
    Group,
    Series,
    Table,
    Sequence,
    Rows,
    Variants,
    Json,
)


def kinds() -> tuple[type[Node], ...]:
    """Every kind: what this installation added comes first. Raises `BadKind`."""
    return (*installed(), *KINDS)
