"""What a recipient got is judged beside what the record's keeper sees, and answers are compared byte by byte."""

import json

import pytest

from gateway.demo.clients import Answer, acknowledgement
from gateway.demo.stage import sight_of
from gateway.demo.told import Sight

TASK = {"id": "t", "status": "accepted", "note": [{"text": "one"}, {"text": "two"}], "meta": {"versionId": "1"}}


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    return Answer(status, headers, json.dumps(body).encode())


def test_a_record_as_its_keeper_sees_it_is_seen_whatever_its_meta_says() -> None:
    assert sight_of(answer({**TASK, "meta": {"versionId": "9"}}), answer(TASK)) is Sight.SEEN


@pytest.mark.parametrize(
    "left",
    [
        {name: value for name, value in TASK.items() if name != "note"},
        {**TASK, "note": [{"text": "one"}]},
        {**TASK, "note": [{"text": "one"}, {}]},
        {**TASK, "status": "requested"},
    ],
)
def test_a_record_that_lacks_or_alters_anything_is_redacted(left: dict[str, object]) -> None:
    assert sight_of(answer(left), answer(TASK)) is Sight.REDACTED


def test_a_refusal_is_absence() -> None:
    assert sight_of(answer({}, 404), answer(TASK)) is Sight.ABSENT


def test_only_date_and_request_id_may_differ_between_equal_answers() -> None:
    one = Answer(200, {"etag": "1", "date": "now", "x-request-id": "a"}, b"same")
    assert one.bytes_for() == Answer(200, {"etag": "1", "date": "then", "x-request-id": "b"}, b"same").bytes_for()
    for other in (
        Answer(404, one.headers, b"same"),
        Answer(200, {**one.headers, "etag": "2"}, b"same"),
        Answer(200, one.headers, b"Same"),
    ):
        assert one.bytes_for() != other.bytes_for()


def test_only_what_the_asker_typed_is_blotted_out() -> None:
    assert answer(["800201", 1]).bytes_for("800201") == answer(["899999", 1]).bytes_for("899999")
    assert answer(["800201", 1]).bytes_for("800201") != answer(["899999", 2]).bytes_for("899999")


def test_the_acknowledgement_code_is_msa_1() -> None:
    assert acknowledgement("MSH|^~\\&|A\rMSA|AR|DAY-5\r") == "AR"
    assert acknowledgement("MSH|^~\\&|A\r") == ""
