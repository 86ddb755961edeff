"""Text that speaks of criminal justice information, whatever field it stands in.

Source: CJIS Security Policy 4.1 and 4.2, 28 CFR 20.3; the rows are in ``mappings/police/protected.toml``.
"""

import re
import unicodedata
from functools import cache

from adapters.police.forms import Reading, form_of, reading_of
from adapters.police.leaf import Kind, load

ALL = ("every", "figures", "codes", "text")
REACHES = {Reading.CODE: ("every", "figures", "codes", "coded"), Reading.NUMBER: ("every", "codes", "text")}
"""Which rows of the table are read for a field, where it is not all but those of narratives."""

_BETWEEN = r"(?:[\s_/&-]|\.(?!\s))*"
_LOOKALIKE = str.maketrans("АВСЕНІЈКМОРЅТХасеіјорѕхуΑΒΕΗΙΚΜΝΟΡΤΧ‐‑‒–—−", "ABCEHIJKMOPSTXaceijopsxyABEHIKMNOPTX------")  # noqa: RUF001  # Cyrillic and Greek on purpose
_UNSEEN = frozenset({"Mn", "Me", "Cf"})
_SPELLED = re.compile(
    r"(?<![A-Za-z])(?:[A-Za-z](?:[ ._*|/-]{1,3}[A-Za-z]){2,}|(?:[A-Za-z]\.)+[A-Za-z])(?![A-Za-z])", re.ASCII
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HYPHEN = re.compile(r"(?<=[A-Za-z])-\s*(?=[A-Za-z])")
_GENERATION = re.compile(r"(?<=[^\W\d_])[,.]? +(?:III|II|IV|Jr|Sr)\b\.?(?=$|,)", re.IGNORECASE)


def speaks(field: str, kind: Kind, text: str) -> bool:
    r"""Whether the text of a field speaks of criminal justice information.

    Every text is read but what is of the strict form of its field. A word that may be a name is let by where a name
    stands: the surname Warrant, Parole Avenue, John Smith III. A phrase of another sense is passed over, but in a
    narrative, and the rest is read: arrested development, the prison of his own mind.

    >>> speaks("referral.summary", Kind.ORDINARY, "on pro\u200bbation")
    True
    >>> speaks("persons.name.full", Kind.PERSON, "Sam Warrant")
    False
    """
    form = form_of(field)
    if form and not form.read and form.fits(text):
        return False
    if not any(each.isalpha() for each in text):
        return False
    if kind is Kind.NARRATIVE:
        return _says(_as_read(text), (*ALL, "narrative"))
    reading = reading_of(field)
    if reading in {Reading.NAME, Reading.ADDRESS}:
        bare = _as_read(_less_names(field, reading, text))
        return _says(_as_read(text), ("every", "figures")) or _says(bare, ("codes", "text", "coded"))
    return _says(_as_read(text), REACHES.get(reading, ALL))


def _says(text: str, reaches: tuple[str, ...]) -> bool:
    loose, exact = _rows(reaches)
    lowered = text.lower()
    heard = lowered if "narrative" in reaches else _harmless().sub("\0", lowered)
    return bool(loose.search(heard) or exact.search(text))


@cache
def _rows(reaches: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What the rows of those reaches say in any case, in lower case, and in capitals; bounded by what is no letter."""
    rows = [row for row in load("protected")["text"] if row["reach"] in reaches]
    loose, exact = ([each for row in rows if row.get("exact", False) is wanted for each in row["says"]]
                    for wanted in (False, True))  # fmt: skip
    return _bounded(loose), _bounded(exact)


@cache
def _harmless() -> re.Pattern[str]:
    """Phrases of another sense in which such words stand."""
    return _bounded(load("protected")["harmless"]["says"])


def _bounded(says: list[str]) -> re.Pattern[str]:
    whole = "|".join(says).replace(" ", _BETWEEN)
    return re.compile(rf"(?<![^\W\d_])(?=[^\W_])(?:{whole})(?![^\W\d_])")


def _as_read(text: str) -> str:
    """The text as people read it, in each way in which its words may be parted.

    Widths, accents, invisible marks and letters that look Latin are folded; N.C.I.C. is one word, ranNCIC two.
    """
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text).translate(_LOOKALIKE)
        text = "".join(each for each in folded if unicodedata.category(each) not in _UNSEEN)
    text = " ".join(text.split())
    plain = _SPELLED.sub(lambda found: re.sub(r"[^A-Za-z]", "", found[0]), text)
    return "\0".join(dict.fromkeys((plain, text, _HUMP.sub(" ", plain), _HYPHEN.sub("", plain))))


def _less_names(field: str, reading: Reading, text: str) -> str:
    """The text less what stands in it as the name of a person, a street or a city."""
    if reading is Reading.ADDRESS:
        return _street().sub(" ", text)
    if reading is not Reading.NAME:
        return text
    bare = _GENERATION.sub("", text)
    if field.endswith((".family", ".given", ".middle", ".city")):
        names = _people() | _alone()
        return bare if " " in bare else "-".join(each for each in bare.split("-") if each.lower() not in names)
    return _less_one_name(bare)


def _less_one_name(text: str) -> str:
    """A whole name of two words and initials less the word that is a name besides, if both are written alike."""
    words = [each for each in re.findall(r"[^\s,]+", text) if len(each.rstrip(".")) > 1]
    names = [each for each in words if each.lower() in _people()]
    alike = len({_case(each) for each in words}) == 1 and words[0][0].isupper()
    return text.replace(names[0], "") if len(words) == 2 and len(names) == 1 and alike else text


def _case(word: str) -> str:
    return "upper" if word.isupper() else "title" if word[:1].isupper() else "lower"


@cache
def _people() -> frozenset[str]:
    return frozenset(load("protected")["names"]["people"])


@cache
def _alone() -> frozenset[str]:
    return frozenset(load("protected")["names"]["alone"])


@cache
def _street() -> re.Pattern[str]:
    """One or two words before what a street is called by."""
    kinds = load("protected")["names"]["streets"]
    return re.compile(rf"(?:(?<=\d )[^\W\d_]+[ -])?\b[^\W\d_]+ {kinds}\b\.?", re.IGNORECASE)
