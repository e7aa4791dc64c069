"""The milestone credential as the program words it: one test for each thing that it requires."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials import rules
from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.credentials.pathways import standing
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, worded

PREREQUISITES = ("standards-ambassador", "learning-facilitator", "instructional-specialist")

TOOLS = [
    "Achieve the Core Instructional Practice Guide",
    "Danielson Framework for Teaching",
    "Marzano’s Teacher Practice Rubric",
    "TNTP Core Teaching Rubric",
    "Marshall Teacher Evaluation Rubric",
]

STEPS = [
    "Team establishes student learning goal by analyzing evidence. "
    "Team unpacks relevant standards.",
    "Collect baseline data on teacher practice: Teacher leader or team observes lessons to "
    "understand instructional gaps OR Teachers self-assess using framework.",
    "Teachers learn and implement new instructional strategies.",
    "Team analyzes student work/ teacher practice and adjusts instruction.",
    "Collect end of cycle data on teacher practice: Teacher leader or entire team observes lessons "
    "to reflect on changes in teacher practice",
    "Team evaluates progress related to student learning and teacher practice",
]

SNAPSHOT_LOOK_FORS = [
    "Basic: The submission includes an answer to all questions in the Inquiry Cycle Snapshot "
    "template.",
    "Based on the responses to the questions in the snapshot, it is clear that the team engaged in "
    "a coherent inquiry cycle that included implementation of instructional strategies that "
    "addressed the instructional gaps identified by the team.",
    "The snapshot includes a critical analysis of changes in teacher practice that reflects a "
    "strong understanding of progress made and the instructional gaps that remain and explicitly "
    "references a research-based framework (eg Danielson, IPG, etc.).",
    "The snapshot includes clear and appropriate next steps to advance teacher learning.",
]

WHAT_IT_IS = (
    "Instructional coaches (ICs) partner with teachers to help them improve teaching and learning "
    "so students become more successful. To do this, ICs collaborate with teachers to get a clear "
    "picture of current reality, identify goals, pick teaching strategies to meet the goals, "
    "monitor progress, and problem-solve until the goals are met."
)

ARTIFACTS_LOOK_FORS = [
    "The artifacts submitted demonstrate that the team used a research based framework "
    "appropriately to reflect on teacher practice pre-implementation, and assess progress "
    "post-implementation.",
    "The post-implementation artifacts demonstrate that teachers have made progress on targeted "
    "areas of the research-based framework.",
    "The lesson plans demonstrate classroom application of an instructional strategy that aligns "
    "with the team's targeted instructional gaps during this inquiry cycle.",
]


def question(edition: Edition, form: str, name: str) -> dict[str, Any]:
    asked: dict[str, Any] = edition.credential.forms[form]["properties"][name]
    return asked


def labels(asked: dict[str, Any]) -> list[str]:
    return [choice["title"] for choice in asked["oneOf"]]


def places(problems: list[Any]) -> list[str]:
    return [problem.pointer for problem in problems]


# What it is, and what comes before and after it


@pytest.mark.row("A0")
def test_the_page_opens_with_the_competency_as_published(edition: Edition) -> None:
    credential = edition.credential
    assert (credential.title, credential.kind) == ("Instructional Coach", "milestone")
    assert " ".join(credential.summary.split()) == (
        "Learning team leader facilitates improvements in instruction and student learning. "
        "Teachers on the team are successful in applying new knowledge about content and pedagogy "
        "to advance classroom practice."
    )


@pytest.mark.row("A0")
def test_it_builds_towards_teacher_leader_which_asks_for_nothing_itself(library: Library) -> None:
    goal = library.edition("teacher-leader").credential
    assert library.edition("instructional-coach").credential.builds_towards == ("teacher-leader",)
    assert (goal.kind, goal.title, dict(goal.forms)) == ("goal", "Teacher Leader", {})


@pytest.mark.row("A1")
@pytest.mark.parametrize("held", [0, 1, 2])
def test_fewer_than_three_prerequisites_are_not_enough(edition: Edition, held: int) -> None:
    found = standing(edition.credential.prerequisites, PREREQUISITES[:held])
    assert (found.met, found.needed, set(found.missing)) == (False, 3, set(PREREQUISITES[held:]))


@pytest.mark.row("A1")
def test_all_three_prerequisites_are_enough(edition: Edition) -> None:
    assert standing(edition.credential.prerequisites, PREREQUISITES).met


@pytest.mark.row("A1")
@pytest.mark.parametrize(
    ("id", "title"),
    [
        ("standards-ambassador", "Standards Ambassador"),
        ("learning-facilitator", "Learning Facilitator"),
        ("instructional-specialist", "Instructional Specialist"),
    ],
)
def test_a_prerequisite_can_be_held_but_asks_for_nothing(
    library: Library, id: str, title: str
) -> None:
    credential = library.edition(id).credential
    assert (credential.kind, credential.title, dict(credential.forms)) == ("recognised", title, {})


# The tool, before the cycle


@pytest.mark.row("A2")
def test_five_tools_are_named(edition: Edition) -> None:
    assert question(edition, "questionnaire", "tool")["anyOf"][0]["enum"] == TOOLS


@pytest.mark.row("A2")
def test_a_tool_of_the_teams_own_is_accepted(answers: Answers, check: Check) -> None:
    answers["questionnaire"]["tool"] = "Our district's walkthrough rubric"
    assert check(answers) == []


@pytest.mark.row("A2")
@pytest.mark.parametrize(
    ("selected", "wrong"),
    [("2025-09-14", []), ("2025-09-15", []), ("2025-09-16", ["/snapshot/cycle_started_on"])],
)
def test_the_tool_is_selected_by_the_day_the_cycle_starts(
    answers: Answers, check: Check, selected: str, wrong: list[str]
) -> None:
    answers["questionnaire"]["tool_selected_on"] = selected
    assert answers["snapshot"]["cycle_started_on"] == "2025-09-15"
    assert places(check(answers)) == wrong


@pytest.mark.parametrize(
    ("questionnaire", "may"),
    [
        ({}, False),
        ({"tool": "Danielson Framework for Teaching"}, False),
        ({"tool": "Danielson Framework for Teaching", "tool_selected_on": "2025-09-08"}, True),
    ],
)
def test_the_cycle_starts_once_the_tool_is_selected(
    edition: Edition, questionnaire: dict[str, str], may: bool
) -> None:
    assert edition.workflow is not None
    facts = {"form": {"questionnaire": questionnaire}}
    guards = edition.workflow.transitions["start_cycle"].guards
    assert all(rules.compile(guard.rule, facts).holds(facts) for guard in guards) is may


# The questionnaire


@pytest.mark.row("A5")
def test_the_questions_are_worded_as_published(edition: Edition) -> None:
    asked = edition.credential.forms["questionnaire"]["properties"]
    assert [one["title"] for name, one in asked.items() if name != "tool_selected_on"] == [
        "What subject area(s) did your team focus on this cycle?",
        "What grade level(s)?",
        "What was your team’s student learning goal for this cycle?",
        "What standard does the goal address?",
        "What research-based tool did you use to observe and reflect on changes in teacher "
        "practice?",
        "To what extent did your team make progress related to the student learning goal?",
        "To what extent did your team make progress related to an identified area of teacher "
        "practice?",
    ]


@pytest.mark.row("A5")
@pytest.mark.parametrize(
    "name",
    [
        "subject_areas",
        "grade_levels",
        "student_learning_goal",
        "standard",
        "tool",
        "tool_selected_on",
        "student_learning_progress",
        "teacher_practice_progress",
    ],
)
def test_every_question_needs_an_answer(answers: Answers, check: Check, name: str) -> None:
    del answers["questionnaire"][name]
    assert places(check(answers)) == [f"/questionnaire/{name}"]


def test_several_subject_areas_and_grade_levels_are_accepted(
    answers: Answers, check: Check
) -> None:
    answers["questionnaire"]["subject_areas"] = ["Mathematics", "Science", "Robotics"]
    answers["questionnaire"]["grade_levels"] = ["Kindergarten", "Grade 1", "Grade 12"]
    assert check(answers) == []


@pytest.mark.row("A5")
@pytest.mark.parametrize("standard", ["Our own standard 3", "tlms:4.b", "4.NF.A.2"])
def test_the_standard_may_be_typed_or_picked(answers: Answers, check: Check, standard: str) -> None:
    answers["questionnaire"]["standard"] = standard
    assert check(answers) == []


@pytest.mark.row("A6")
def test_progress_on_the_goal_has_exactly_four_answers(edition: Edition) -> None:
    assert labels(question(edition, "questionnaire", "student_learning_progress")) == [
        "A great deal of progress was made and we met our goal",
        "Good progress was made, but we did not quite meet our goal",
        "Some progress was made",
        "Little or no progress was made",
    ]


@pytest.mark.row("A7")
def test_progress_in_teacher_practice_has_four_answers_of_its_own(edition: Edition) -> None:
    assert labels(question(edition, "questionnaire", "teacher_practice_progress")) == [
        "A great deal of progress was made",
        "Good progress was made",
        "Some progress was made",
        "Little or no progress was made",
    ]


@pytest.mark.parametrize("name", ["student_learning_progress", "teacher_practice_progress"])
def test_progress_takes_one_answer_from_its_list(answers: Answers, check: Check, name: str) -> None:
    answers["questionnaire"][name] = "Enough progress was made"
    assert places(check(answers)) == [f"/questionnaire/{name}"]


# The Inquiry Cycle Snapshot


@pytest.mark.row("A4")
def test_the_worksheet_lists_the_six_steps_as_published(edition: Edition) -> None:
    assert labels(question(edition, "snapshot", "steps_completed")["items"]) == STEPS


def test_a_step_that_is_not_ticked_is_named_as_missing(answers: Answers, check: Check) -> None:
    answers["snapshot"]["steps_completed"].remove("adjustments")
    assert places(check(answers)) == ["/snapshot/steps_completed"]


def test_every_step_has_its_part_of_the_worksheet(form_set: FormSet) -> None:
    pages = [page.title for page in form_set.pages if page.form_id == "snapshot"]
    for step in ("Step 1", "Step 2", "Steps 3 and 4", "Step 5", "Step 6"):
        assert len([title for title in pages if title.startswith(step)]) == 1


@pytest.mark.row("A8")
def test_every_question_of_the_worksheet_needs_an_answer(
    edition: Edition, answers: Answers, check: Check
) -> None:
    asked = edition.credential.forms["snapshot"]
    assert sorted(asked["required"]) == sorted(asked["properties"])
    answers["snapshot"] = {}
    assert sorted(places(check(answers))) == sorted(f"/snapshot/{one}" for one in asked["required"])


@pytest.mark.row("A4")
@pytest.mark.parametrize(
    ("end", "wrong"),
    [
        ("2025-09-22", ["/snapshot/end_of_cycle_collected_on"]),
        ("2025-09-23", ["/snapshot/end_of_cycle_collected_on"]),
        ("2025-09-24", []),
    ],
)
def test_baseline_data_comes_before_end_of_cycle_data(
    answers: Answers, check: Check, end: str, wrong: list[str]
) -> None:
    assert answers["snapshot"]["baseline_collected_on"] == "2025-09-23"
    answers["snapshot"]["end_of_cycle_collected_on"] = end
    assert places(check(answers)) == wrong


@pytest.mark.row("A3")
def test_one_team_member_is_too_few(answers: Answers, check: Check) -> None:
    del answers["snapshot"]["team_members"][1:]
    (problem,) = check(answers)
    assert problem.pointer == "/snapshot/team_members"
    assert problem.message == "Two team members are needed here. Please add another."


@pytest.mark.row("A3")
def test_two_team_members_are_enough(answers: Answers, check: Check) -> None:
    del answers["snapshot"]["team_members"][2:]
    assert check(answers) == []


def test_the_same_team_member_twice_is_one(answers: Answers, check: Check) -> None:
    members = answers["snapshot"]["team_members"][:1] * 2
    members[1] = {**members[1], "name": "carmen ruiz "}
    answers["snapshot"]["team_members"] = members
    assert places(check(answers)) == ["/snapshot/team_members"]


def test_each_team_members_changes_are_in_planning_and_in_instruction(
    answers: Answers, check: Check
) -> None:
    answers["snapshot"]["team_members"][1] = {"name": "Daniel Osei"}
    assert sorted(places(check(answers))) == [
        "/snapshot/team_members/1/instruction",
        "/snapshot/team_members/1/planning",
    ]


@pytest.mark.row("A3")
def test_goal_actions_and_changes_are_connected_in_words(answers: Answers, check: Check) -> None:
    del answers["snapshot"]["connection"]
    assert places(check(answers)) == ["/snapshot/connection"]


# The artifacts


@pytest.mark.row("A9", "A10")
@pytest.mark.parametrize("when", ["baseline", "end_of_cycle"])
def test_data_for_one_teacher_is_too_little(answers: Answers, check: Check, when: str) -> None:
    del answers["artifacts"][when][1:]
    assert f"/artifacts/{when}" in places(check(answers))


@pytest.mark.row("A9", "A10")
@pytest.mark.parametrize("when", ["baseline", "end_of_cycle"])
def test_data_for_three_teachers_is_too_much(answers: Answers, check: Check, when: str) -> None:
    third = {**answers["artifacts"][when][0], "teacher": "Priya Nair"}
    answers["artifacts"][when].append(third)
    assert f"/artifacts/{when}" in places(check(answers))


def test_the_baseline_is_of_two_different_teachers(answers: Answers, check: Check) -> None:
    for when in ("baseline", "end_of_cycle"):
        answers["artifacts"][when][1]["teacher"] = "Carmen Ruiz"
    assert places(check(answers)) == ["/artifacts/baseline/1/teacher"]


@pytest.mark.row("A10")
def test_a_third_teacher_after_the_cycle_is_a_problem(answers: Answers, check: Check) -> None:
    answers["artifacts"]["end_of_cycle"][1]["teacher"] = "Priya Nair"
    assert places(check(answers)) == ["/artifacts/end_of_cycle"]


def test_one_teacher_twice_after_the_cycle_is_a_problem(answers: Answers, check: Check) -> None:
    answers["artifacts"]["end_of_cycle"][1]["teacher"] = "Carmen Ruiz"
    assert places(check(answers)) == ["/artifacts/end_of_cycle"]


@pytest.mark.row("A10")
def test_the_same_two_teachers_in_another_order_are_the_same(
    answers: Answers, check: Check
) -> None:
    answers["artifacts"]["end_of_cycle"].reverse()
    assert check(answers) == []


def test_a_name_in_other_capitals_is_the_same_teacher(answers: Answers, check: Check) -> None:
    answers["artifacts"]["end_of_cycle"][0]["teacher"] = "carmen  ruiz"
    assert check(answers) == []


OBSERVATION = {"indicators": "IPG 3C", "notes": "9:02 T: “Why?”"}
SELF_ASSESSMENT = {
    "indicators": "IPG 3C",
    "assessment": "3C: mostly.",
    "justification": "Eleven of my questions asked for a reason.",
}


@pytest.mark.row("A9", "A10")
@pytest.mark.parametrize("when", ["baseline", "end_of_cycle"])
@pytest.mark.parametrize("way", [OBSERVATION, SELF_ASSESSMENT])
def test_each_teacher_may_have_either_kind_of_data(
    answers: Answers, check: Check, when: str, way: dict[str, Any]
) -> None:
    answers["artifacts"][when][1]["data"] = dict(way)
    assert check(answers) == []


@pytest.mark.parametrize("when", ["baseline", "end_of_cycle"])
@pytest.mark.parametrize("missing", ["indicators", "justification"])
def test_a_self_assessment_has_indicators_and_a_justification(
    answers: Answers, check: Check, when: str, missing: str
) -> None:
    answers["artifacts"][when][1]["data"] = {
        name: said for name, said in SELF_ASSESSMENT.items() if name != missing
    }
    assert len(check(answers)) == 1


@pytest.mark.parametrize("when", ["baseline", "end_of_cycle"])
def test_observation_notes_have_indicators(answers: Answers, check: Check, when: str) -> None:
    answers["artifacts"][when][1]["data"] = {"notes": "9:02 T: “Why?”"}
    assert len(check(answers)) == 1


@pytest.mark.parametrize("when", ["baseline", "end_of_cycle"])
def test_observation_notes_may_be_a_file(answers: Answers, check: Check, when: str) -> None:
    answers["artifacts"][when][1]["data"] = {"indicators": "IPG 3C", "files": ["notes.pdf"]}
    assert check(answers) == []


@pytest.mark.parametrize("when", ["baseline", "end_of_cycle"])
def test_observation_notes_are_typed_or_attached(answers: Answers, check: Check, when: str) -> None:
    answers["artifacts"][when][1]["data"] = {"indicators": "IPG 3C"}
    assert places(check(answers)) == [f"/artifacts/{when}/1/data/notes"]


@pytest.mark.row("A11")
@pytest.mark.parametrize("teacher", [0, 1])
def test_each_observed_teacher_has_a_lesson_plan(
    answers: Answers, check: Check, teacher: int
) -> None:
    answers["artifacts"]["end_of_cycle"][teacher]["lesson_plans"] = []
    (problem,) = check(answers)
    assert problem.pointer == f"/artifacts/end_of_cycle/{teacher}/lesson_plans"
    assert problem.message == "Attach at least one lesson plan for this teacher."


def test_a_teacher_may_have_several_lesson_plans(answers: Answers, check: Check) -> None:
    answers["artifacts"]["end_of_cycle"][0]["lesson_plans"] = ["monday.pdf", "tuesday.pdf"]
    assert check(answers) == []


# The example, and how it is judged


@pytest.mark.row("A8")
def test_the_math_example_is_complete_and_valid(answers: Answers, check: Check) -> None:
    assert check(answers) == []


def test_the_worksheets_example_has_its_published_title(edition: Edition) -> None:
    assert edition.credential.examples["snapshot"] == "Inquiry Cycle Snapshot - Math Example"
    assert edition.credential.forms["snapshot"]["title"] == (
        "Inquiry Cycle Snapshot - Instructional Coach Worksheet"
    )


@pytest.mark.row("A13", "A14")
def test_two_guides_hold_four_and_three_look_fors_as_published(edition: Edition) -> None:
    guides = edition.credential.scoring_guides
    assert {
        guide.title: [look_for.text for look_for in guide.look_fors] for guide in guides.values()
    } == {
        "Inquiry Cycle Snapshot Scoring Guide": SNAPSHOT_LOOK_FORS,
        "Artifacts Scoring Guide": ARTIFACTS_LOOK_FORS,
    }


@pytest.mark.row("A13")
def test_only_the_basic_look_for_is_answered_by_the_engine(edition: Edition) -> None:
    prechecked = [
        look_for.text
        for guide in edition.credential.scoring_guides.values()
        for look_for in guide.look_fors
        if look_for.precheck
    ]
    assert prechecked == SNAPSHOT_LOOK_FORS[:1]


@pytest.mark.row("A13", "A14")
def test_each_guide_shows_what_it_judges(edition: Edition) -> None:
    guides = edition.credential.scoring_guides
    assert "snapshot" in guides["snapshot"].reviews
    assert guides["artifacts"].reviews == ("artifacts",)


@pytest.mark.row("B0")
def test_it_opens_with_what_instructional_coaching_is(edition: Edition) -> None:
    said = worded(edition.credential.instructions)
    assert said.startswith(f"### What is Instructional Coaching? {WHAT_IT_IS}")


@pytest.mark.row("A13")
def test_it_is_reviewed_by_a_tmi_coach_for_a_learning_team_leader(edition: Edition) -> None:
    assert edition.workflow is not None
    assert {role.kind: role.label for role in edition.workflow.roles.values()} == {
        "owner": "Learning team leader",
        "reviewer": "TMI Coach",
        "staff": "Program staff",
    }
