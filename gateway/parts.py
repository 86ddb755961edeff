"""Kept bytes as parts of a record."""

from collections.abc import Iterable

from consent.parts import Part
from consent.vocabulary import InfoClass, Label
from gateway.fhir import wire

NEWS = "news"
"""Name of the part that holds what one side of a referral learned from the other."""


def labels_of(words: Iterable[str]) -> frozenset[Label]:
    """The labels of a segment; none at all where one of them is unknown here, for what is unlabelled is denied."""
    try:
        return frozenset(map(Label, words))
    except ValueError:
        return frozenset()


def class_of(word: str) -> InfoClass:
    """The information class of a segment; one that is unknown here is a document without a finer class."""
    try:
        return InfoClass(word)
    except ValueError:
        return InfoClass.DOCUMENT


def part_of(
    name: str,
    content: bytes,
    info_class: InfoClass = InfoClass.DOCUMENT,
    labels: frozenset[Label] = frozenset(),
) -> Part:
    """The part that kept bytes hold."""
    return Part(name, info_class, wire.parse_kept(content), labels)
