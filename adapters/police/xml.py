"""XML as a tree, hardened: no document type, no entities, no network, bounded size; places by XPath and byte offset.

W3C XML 1.0 through the standard library's expat. Comments and processing instructions are remarks, no content: the text
around them is joined, so that ``Jane<!-- x -->Doe`` is ``JaneDoe``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat  # document types are refused before anything is expanded

from adapters.base import Unreadable

MAX_BYTES = 5 * 2**20
MAX_ELEMENTS = 200_000
MAX_DEPTH = 64
MAX_TEXT = 2**20
ENCODINGS = frozenset({"", "utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})

_TAG = re.compile(rb"<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")
_ATTRIBUTE = re.compile(rb"\s+([^\s=\"'/>]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment or processing instruction: what it says, and its bytes from start to end."""

    text: str = field(repr=False)
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Element:
    """One element: local name, namespace, attributes by (namespace, local name), own text, bytes from start to end.

    remarks are those of the whole document, at its document element.
    """

    name: str
    space: str
    attributes: Mapping[tuple[str, str], str] = field(repr=False)
    start: int
    parent: "Element | None" = field(repr=False)
    number: int = 1
    end: int = 0
    children: list["Element"] = field(default_factory=list, repr=False)
    pieces: list[str] = field(default_factory=list, repr=False)
    remarks: list[Remark] = field(default_factory=list, repr=False)

    @property
    def text(self) -> str:
        """Its own text, joined across comments, blanks trimmed."""
        return "".join(self.pieces).strip()

    @property
    def place(self) -> str:
        """XPath by local names, and the byte at which the element begins."""
        return f"{self.path} @{self.start}"

    @property
    def path(self) -> str:
        """XPath by local names."""
        steps: list[str] = []
        node: Element | None = self
        while node is not None:
            steps.append(f"{node.name}[{node.number}]" if node.number > 1 else node.name)
            node = node.parent
        return "/" + "/".join(reversed(steps))

    def within(self) -> Iterator["Element"]:
        """This element and all below it, in the order of the text."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)


def parse(raw: bytes) -> Element:
    """The document element. Raises Unreadable (``structure``, ``too-long``) with what is wrong."""
    if len(raw) > MAX_BYTES:
        raise Unreadable("too-long", "", f"The XML is longer than {MAX_BYTES} bytes: send one incident a message.")
    reading = _Reading(raw)
    parser = reading.parser
    try:
        parser.Parse(raw, True)  # noqa: FBT003  # expat's own signature
    except expat.ExpatError as fault:
        place = f"line {fault.lineno}, column {fault.offset}"
        raise Unreadable("structure", place, f"The XML is not well-formed at {place}: correct it.") from None
    except (LookupError, ValueError):
        raise _bad_encoding() from None
    if reading.root is None:
        raise Unreadable("structure", "", "The XML has no element.")
    reading.root.remarks = reading.remarks
    return reading.root


def cut(raw: bytes, elements: Iterable[Element | Remark], attributes: list[tuple[Element, str]]) -> bytes:
    """The document less the bytes of those elements and remarks, and of attributes with those local names."""
    spans = [(each.start, each.end) for each in elements]
    for element, name in attributes:
        spans += _attribute_spans(raw, element, name)
    kept, position = [], 0
    for start, end in sorted(spans):
        if start >= position:
            kept.append(raw[position:start])
        position = max(position, end)
    return b"".join([*kept, raw[position:]])


def _attribute_spans(raw: bytes, element: Element, name: str) -> Iterator[tuple[int, int]]:
    tag = _TAG.match(raw, element.start)
    for found in _ATTRIBUTE.finditer(raw, element.start, tag.end() if tag else element.start):
        if found[1].rpartition(b":")[2] == name.encode():
            yield found.span()


class _Reading:
    """One parse under way: the open elements, and how much was seen."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.root: Element | None = None
        self.open: list[Element] = []
        self.counts: list[dict[str, int]] = []
        self.remarks: list[Remark] = []
        self.elements = 0
        self.length = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.CommentHandler = self._comment
        self.parser.ProcessingInstructionHandler = self._instruction

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding or "").lower() not in ENCODINGS:
            raise _bad_encoding()

    def _doctype(self, *_: object) -> None:
        raise Unreadable("structure", "/", "The XML has a document type declaration: send it without <!DOCTYPE>.")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise Unreadable("too-long", "", f"The XML has more than {MAX_ELEMENTS} elements: send one incident.")
        if len(self.open) >= MAX_DEPTH:
            raise Unreadable("structure", "", f"The XML nests deeper than {MAX_DEPTH} levels: it is no incident.")
        parent = self.open[-1] if self.open else None
        space, local = _qualified(name)
        known = {_qualified(key): value for key, value in attributes.items()}
        element = Element(local, space, known, self.parser.CurrentByteIndex, parent)
        if parent is None:
            self.root = element
        else:
            element.number = self.counts[-1][local] = self.counts[-1].get(local, 0) + 1
            parent.children.append(element)
        self.open.append(element)
        self.counts.append({})
        self.length = 0

    def _end(self, _name: str) -> None:
        element = self.open.pop()
        self.counts.pop()
        tag = _TAG.match(self.raw, element.start)
        if tag is None or not tag[0].endswith(b"/>"):
            tag = _TAG.match(self.raw, self.parser.CurrentByteIndex)
        element.end = tag.end() if tag else self.parser.CurrentByteIndex

    def _comment(self, text: str) -> None:
        self._remark(text, b"-->")

    def _instruction(self, target: str, text: str) -> None:
        self._remark(f"{target} {text}", b"?>")

    def _remark(self, text: str, closing: bytes) -> None:
        start = self.parser.CurrentByteIndex
        self.remarks.append(Remark(text, start, self.raw.index(closing, start) + len(closing)))

    def _characters(self, text: str) -> None:
        element = self.open[-1]
        self.length += len(text)
        if self.length > MAX_TEXT:
            raise Unreadable("too-long", element.place, f"A text is longer than {MAX_TEXT} characters.")
        element.pieces.append(text)


def _qualified(name: str) -> tuple[str, str]:
    space, _, local = name.rpartition(" ")
    return space, local


def _bad_encoding() -> Unreadable:
    return Unreadable("structure", "/", "The XML declares a character encoding that is not read: send UTF-8.")
