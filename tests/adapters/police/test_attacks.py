"""What attackers and broken exports send: refused by name and place, or neutralised; nothing is fetched."""

import json
import socket
from dataclasses import replace
from time import perf_counter

import pytest

from adapters.base import Unreadable
from adapters.police import POLICE, xml
from tests.adapters.police.reports import CHANNEL, WEB, identify, report, sample, told, translate

NDEX = sample("ndex_incident.xml")
BODY = NDEX.partition(b"?>")[2]


def document(before: bytes) -> bytes:
    return b"<?xml version='1.0'?>" + before + BODY


ATTACKS = {
    "internal entity": document(b'<!DOCTYPE x [<!ENTITY n "m">]>'),
    "external entity": document(b'<!DOCTYPE x [<!ENTITY n SYSTEM "file:///etc/passwd">]>'),
    "parameter entity": document(b'<!DOCTYPE x [<!ENTITY % n SYSTEM "http://192.0.2.1/x"> %n;]>'),
    "external document type": document(b'<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd">'),
    "billion laughs": document(b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;">]>'),
    "entity without declaration": BODY.replace(b"Corwin", b"vic&n;tim"),
    "5,000 levels": b"<doPublish>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</doPublish>",
    "more than 200k elements": b"<doPublish>" + b"<a/>" * 200_001 + b"</doPublish>",
    "more than 5 MB": b"<doPublish>" + b" " * (5 * 2**20) + b"</doPublish>",
    "a text of more than 1 MB": b"<doPublish>" + b"x" * (2**20 + 1) + b"</doPublish>",
    "unknown encoding": b"<?xml version='1.0' encoding='utf-7'?><doPublish/>",
    "UTF-16": "<?xml version='1.0' encoding='utf-16'?><doPublish/>".encode("utf-16"),
    "not well-formed": b"<doPublish><a></doPublish>",
    "NUL": b"<doPublish>\x00</doPublish>",
    "comment before the declaration": b"<!-- x -->" + NDEX,
    "several incidents": BODY.replace(b"</lexs:PublishMessage>", b"<lexs:DataItemPackage/></lexs:PublishMessage>"),
    "NaN": b'{"case_number": NaN}',
    "duplicate key": b'{"case_number": "1", "case_number": "2"}',
    "deep JSON": b'{"case_number":' * 100_000,
    "deep but closed JSON": b'{"persons":' + b"[" * 500 + b"]" * 500 + b"}",
    "lone surrogate": b'{"case_number": "\\ud800"}',
    "control character": b'{"case_number": "1\\u0000"}',
    "not UTF-8": b'{"case_number": "\xff"}',
    "JSON of another kind": b'{"hello": 1}',
    "a number": b"[1]",
    "no reports": b'{"reports": []}',
    "nothing": b" \n",
    "unbalanced quote": b'Case No\n"26-1\n',
    "NUL in a table": b"Case No\x00\n26-1\n",
    "column twice": b"Case No,Case No\n1,2\n",
    "columns missing": b"Case No\n26-1\n",
    "header alone": sample("rms_export.csv").partition(b"\n")[0],
}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused_by_name_and_soon(name: str) -> None:
    started = perf_counter()
    with pytest.raises(Unreadable) as refused:
        [POLICE.translate(each, CHANNEL, identify) for each in POLICE.parse(ATTACKS[name], CHANNEL)]
    assert refused.value.code in {"structure", "required", "not-supported", "value", "too-long"}
    assert len(str(refused.value)) > 20
    assert perf_counter() - started < 10


def test_document_types_and_entities_never_reach_the_tree() -> None:
    for name in ("internal entity", "external entity", "parameter entity", "external document type", "billion laughs"):
        with pytest.raises(Unreadable, match="document type"):
            xml.parse(ATTACKS[name])
    with pytest.raises(Unreadable, match="not well-formed"):
        xml.parse(ATTACKS["entity without declaration"])


def test_a_schema_location_is_not_followed() -> None:
    hinted = BODY.replace(b"<lexspd:doPublish ", b'<lexspd:doPublish xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
                          b' i:schemaLocation="urn:x http://192.0.2.1/x.xsd" ')  # fmt: skip
    assert translate(hinted).bundle == translate(NDEX).bundle


def test_comments_and_instructions_are_dropped_and_the_text_is_joined() -> None:
    root = xml.parse(b"<a>Jane<!-- x -->D<?p x?>oe<b x='>'/><b>1</b></a>")
    assert root.text == "JaneDoe"
    assert [(each.path, each.start, each.end) for each in root.children] == [("/a/b", 27, 37), ("/a/b[2]", 37, 45)]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_places_are_bytes_of_what_was_sent(mark: bytes) -> None:
    raw = mark + "<a>ü<b>ß</b></a>".encode()
    (child,) = xml.parse(raw).children
    assert raw[child.start : child.end] == "<b>ß</b>".encode()
    assert xml.cut(raw, [child], []) == mark + "<a>ü</a>".encode()


def test_a_table_in_cp1252_is_read_where_the_channel_says_so_and_refused_by_the_row_elsewhere() -> None:
    raw = sample("rms_export.csv").splitlines(keepends=True)
    row = b"".join([raw[0], raw[1].replace(b"Maud", b"Zo\xeb")])
    assert '"Zo\u00eb"' in json.dumps(translate(row, replace(CHANNEL, charset="cp1252")).bundle, ensure_ascii=False)
    with pytest.raises(Unreadable, match="charset") as refused:
        translate(row)
    assert refused.value.place == 'column "First"'


def test_a_formula_stays_text_and_is_reported() -> None:
    raw = sample("rms_export.csv").splitlines(keepends=True)
    found = translate(b"".join([raw[0], raw[2]]))
    assert '"=HYPERLINK(1)"' in json.dumps(found.bundle)
    assert [line.path for line in found.report if line.outcome == "repaired"] == ['column "Summary"']


def test_the_format_is_told_from_the_bytes_and_may_be_pinned() -> None:
    pinned = replace(WEB, options={"format": "json"})
    assert POLICE.parse(b"\xef\xbb\xbf  \n" + NDEX.partition(b"?>")[2].lstrip(), WEB)
    for raw, channel in ((NDEX, pinned), (b"a,b\n1,2\n", WEB), (b"{}", replace(WEB, options={"format": "pdf"}))):
        with pytest.raises(Unreadable):
            POLICE.parse(raw, channel)


def test_unknown_elements_never_leave() -> None:
    marked = told(
        persons=[{"role": "subject", "name": {"family": "Elmsworth"}, "shoe": "CANARY"}], canary={"a": ["CANARY"]}
    )
    assert "CANARY" not in json.dumps(marked.bundle) + str(marked.facts)
    assert [line.path for line in marked.report if line.outcome == "unmapped"] == ["/persons/0/shoe", "/canary/a/0"]


def test_no_refusal_quotes_the_report() -> None:
    for change in ({"action": "CANARY"}, {"ori": None}, {"persons": [{"role": "subject"}]}, {"sealed": True}):
        with pytest.raises(Unreadable) as refused:
            translate(json.dumps(report(**change)).encode())
        assert "CANARY" not in str(refused.value) + refused.value.place
        assert "26-000001" not in str(refused.value)
