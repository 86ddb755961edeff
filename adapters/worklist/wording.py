"""What a reason may be: words that fit into a cell, a message and a page, however they come."""

from mappings.tabular import CONTROL

LONGEST = 2_000
"""Characters of a reason."""


def unfit(text: str) -> str:
    """What is wrong with the words of a reason, and the remedy; empty if nothing is."""
    if len(text) > LONGEST:
        return f"The words are longer than {LONGEST:,} characters: shorten them."
    if CONTROL.search(text):
        return "The words hold a control character: take it out."
    return ""
