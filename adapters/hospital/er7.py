"""The pipe-and-hat encoding of HL7 v2 (ER7), read lazily: a message, its segments, and the leaves of a field.

Source: HL7 v2.8 chapter 2.5 to 2.7. Escapes are decoded at the leaf; ``""`` (delete) is told apart from empty.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from adapters.base import Unreadable
from mappings.parts import Component, Parts

MAX_SEGMENTS = 10_000
MAX_REPETITIONS = 1_000
MAX_SEPARATORS = 200_000
DELETE = '""'

_NAME = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_HIGHLIGHT = frozenset({"H", "N", ".fi", ".nf", ".ce"})
_BREAK = re.compile(r"\.(br|sp)\+?(\d{0,2})|\.(in|ti|sk)[+-]?\d{0,2}")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f]")


class Separators(NamedTuple):
    """The five characters of MSH-1 and MSH-2; an absent one is empty and separates nothing."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: name, the report's label for it (``DG1[2]``), and its raw fields, numbered as HL7 does."""

    name: str
    label: str
    fields: list[str]

    def raw(self, number: int) -> str:
        """The field as it was sent, empty if absent."""
        return self.fields[number] if number < len(self.fields) else ""

    def populated(self) -> list[tuple[int | str, str]]:
        """The fields that hold anything: number and field as it was sent."""
        return [(number, raw) for number, raw in enumerate(self.fields) if raw and number and not raw.isspace()]


@dataclass(frozen=True, slots=True)
class Message:
    """The segments of one message in order, and what separates their fields."""

    separators: Separators
    segments: list[Segment]
    leaf: Callable[[str], str]

    def first(self, name: str) -> Segment | None:
        """The first segment of that name."""
        return next((segment for segment in self.segments if segment.name == name), None)

    def named(self, name: str) -> list[Segment]:
        """All segments of that name."""
        return [segment for segment in self.segments if segment.name == name]

    def split(self, raw: str) -> list[Parts]:
        """The occurrences of a raw field; none if it is a delete. Raises Unreadable for too many."""
        if raw == DELETE:
            return []
        mark = self.separators.repetition
        if not mark or mark not in raw:
            return [self.parts(raw)]
        found = raw.split(mark)
        if len(found) > MAX_REPETITIONS:
            raise Unreadable("too-long", "", f"a field repeats more than {MAX_REPETITIONS} times; split the message")
        return [self.parts(each) for each in found if each]

    def parts(self, raw: str) -> Parts:
        """The components of one occurrence, decoded, without outer blanks."""
        _, mark, _, escape, under = self.separators
        components: list[Component] = [*raw.split(mark)] if mark else [raw]
        if raw.split() != [raw]:
            components = [each.strip() for each in components if isinstance(each, str)]
        plain = DELETE not in raw and not (escape and escape in raw)
        if plain and not (under and under in raw):
            return components
        return [_component(each, under, self.leaf) for each in components if isinstance(each, str)]

    def occurrences(self, segment: Segment, number: int) -> list[Parts]:
        """The occurrences of one field, none if it is absent or deleted."""
        raw = segment.raw(number)
        return self.split(raw) if raw else []


def _component(raw: str, mark: str, leaf: Callable[[str], str]) -> Component:
    return [leaf(each).strip() for each in raw.split(mark)] if mark and mark in raw else leaf(raw).strip()


def tokenize(text: str, charset: str = "utf-8") -> Message:
    """A message from its text, segments ended by CR. Raises Unreadable if it opens with no header or is too long."""
    separators = read_separators(text)
    lines = [line for line in text.split("\r") if line]
    if len(lines) > MAX_SEGMENTS:
        raise Unreadable("too-long", "", f"more than {MAX_SEGMENTS} segments; split the message")
    if sum(text.count(mark) for mark in separators if mark) > MAX_SEPARATORS:
        raise Unreadable("too-long", "", f"more than {MAX_SEPARATORS} fields and components; split the message")
    counts: dict[str, int] = {}
    for line in lines:
        counts[line[:3]] = counts.get(line[:3], 0) + 1
    seen: dict[str, int] = {}
    segments = [_segment(line, separators.field, counts, seen) for line in lines]
    return Message(separators, segments, leaf(separators, charset))


def read_separators(text: str) -> Separators:
    """The separators that a message's first eight or nine characters declare. Raises Unreadable."""
    field = opening(text)
    encoding = text[4:].split(field, 1)[0].split("\r", 1)[0]
    found = Separators(field, *[*encoding[:4], "", "", "", ""][:4])
    named = [mark for mark in found if mark]
    if not encoding or len(set(named)) < len(named):
        raise Unreadable("structure", "MSH-2", "the encoding characters are absent or not distinct; use ^~\\&")
    return found


def opening(text: str) -> str:
    """The field separator of a message. Raises Unreadable if the text does not begin with MSH and a separator."""
    if not text.startswith("MSH") or len(text) < 5:
        raise Unreadable("structure", "MSH", "no message header: a message begins with MSH and its separators")
    if text[3].isalnum() or text[3].isspace():
        raise Unreadable("structure", "MSH-1", "the field separator is a letter, a digit or a blank; use |")
    return text[3]


def _segment(line: str, mark: str, counts: dict[str, int], seen: dict[str, int]) -> Segment:
    name = line[:3]
    fields = line.split(mark)
    if name == "MSH":
        fields[0:1] = ["MSH", mark]
    if counts[name] == 1:
        return Segment(name, name, fields)
    seen[name] = seen.get(name, 0) + 1
    return Segment(name, f"{name}[{seen[name]}]", fields)


def is_segment(line: str, mark: str) -> bool:
    """Whether a line begins as a segment does: three capitals or digits, then the field separator or nothing."""
    return bool(_NAME.match(line)) and line[3:4] in ("", mark)


@lru_cache(maxsize=256)
def leaf(separators: Separators, charset: str) -> Callable[[str], str]:
    """The function that decodes one leaf: its escapes, and a delete, which says nothing."""
    mark = separators.escape
    named = {"F": separators.field, "S": separators.component, "T": separators.sub, "R": separators.repetition}
    meanings = {**named, "E": mark, "P": "#"}

    def decode(raw: str) -> str:
        if raw == DELETE:
            return ""
        return _unescape(raw, mark, meanings, charset) if mark and mark in raw else raw

    return decode


def _unescape(raw: str, mark: str, meanings: dict[str, str], charset: str) -> str:
    """Decode every escape; what is no escape stays as it was sent."""
    out: list[str] = []
    pieces = raw.split(mark)
    position = 1
    out.append(pieces[0])
    while position < len(pieces):
        sequence = pieces[position]
        known = _meaning(sequence, meanings, charset) if position + 1 < len(pieces) else None
        if known is None:
            out += [mark, sequence]
            position += 1
        else:
            out += [known, pieces[position + 1]]
            position += 2
    return "".join(out)


def _meaning(sequence: str, meanings: dict[str, str], charset: str) -> str | None:
    if sequence in meanings:
        return meanings[sequence]
    if sequence in _HIGHLIGHT:
        return ""
    if sequence[:1] == "X":
        return _hexadecimal(sequence[1:], charset)
    if sequence[:1] in "CMZ" and sequence[1:].isalnum():
        return ""
    found = _BREAK.fullmatch(sequence)
    if found is None:
        return None
    return ("\n" if found[1] == "br" else " ") * min(int(found[2] or 1), 20) if found[1] else "\n"


def _hexadecimal(digits: str, charset: str) -> str | None:
    try:
        text = bytes.fromhex(digits).decode(charset)
    except UnicodeDecodeError:
        raise Unreadable("value", "", "a hexadecimal escape is no text in the message's character set") from None
    except ValueError:
        return None
    if _FORBIDDEN.search(text):
        raise Unreadable("value", "", "a hexadecimal escape stands for a control character; leave it out")
    return text.replace("\x0c", "\n")
