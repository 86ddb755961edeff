"""Kept bytes as parts of a record."""

from consent.parts import Part
from consent.vocabulary import InfoClass, Label
from gateway.fhir import wire

NEWS = "news"
"""Name of the part that holds what one side of a referral learned from the other."""


def part_of(
    name: str,
    content: bytes,
    info_class: InfoClass = InfoClass.DOCUMENT,
    labels: frozenset[Label] = frozenset(),
) -> Part:
    """The part that kept bytes hold."""
    return Part(name, info_class, wire.parse_kept(content), labels)
