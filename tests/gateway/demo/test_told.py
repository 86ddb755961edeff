"""A story holds only if everything in it held, and its exit status says so."""

from gateway.demo.told import Row, Sight, Story

ROW = Row("city", "Patient A: Task", Sight.ABSENT, "", False, "42 CFR 2.13(a)", "follows from the text of the rule")


def told(*outcomes: bool) -> Story:
    story = Story()
    chapter = story.chapter("A chapter")
    for held in outcomes:
        chapter.expect("Something", held=held, detail="something else")
    return story


def test_a_story_whose_every_expectation_held_ends_with_status_0() -> None:
    assert told(True, True).exit_status == 0


def test_one_failed_expectation_among_many_ends_with_status_1() -> None:
    assert told(True, False, True).exit_status == 1


def test_a_story_without_expectations_proves_nothing_and_ends_with_status_1() -> None:
    assert told().exit_status == 1


def test_what_happened_instead_is_kept_only_where_an_expectation_failed() -> None:
    assert [each.detail for each in told(True, False).expectations] == ["", "something else"]


def test_the_table_holds_each_row_once_in_the_order_told() -> None:
    story = told(True)
    other = Row("city", "Patient B: Task", Sight.SEEN, "accepted", True, "45 CFR 164.506(c)(1)", "")
    story.chapters[0].rows += [ROW, other, ROW]
    assert story.rows == [ROW, other]


def test_the_beginning_of_each_chapter_is_heard() -> None:
    heard: list[str] = []
    Story(heard=heard.append).chapter("The police ask")
    assert heard == ["The police ask"]


def test_the_story_as_json_says_whether_it_held_and_holds_every_expectation_and_row() -> None:
    story = told(True, False)
    story.chapters[0].rows.append(ROW)
    made = story.as_json()
    assert made["held"] is False
    assert [each["held"] for each in made["chapters"][0]["expectations"]] == [True, False]
    assert made["rows"][0]["sight"] == "absent"
