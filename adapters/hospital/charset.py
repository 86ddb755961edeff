"""The character set of a message: found before anything is decoded, and never guessed in silence.

Source: HL7 v2.8 chapter 2.14.9.18 (MSH-18) and table 0211. The channel's declaration goes before MSH-18, that before
strict UTF-8, that before the fallback that the channel declares (``options.fallback_charset``).
"""

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from adapters.base import Channel, Unreadable

TABLE_0211 = {
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    **{f"8859/{number}": f"iso8859-{number}" for number in (*range(1, 11), 13, 14, 15, 16)},
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE UTF-16": "utf-16",
    "UNICODE UTF-32": "utf-32",
    "ISO IR14": "iso2022_jp",
    "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp_1",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "CNS 11643-1992": "euc_tw",
    "BIG-5": "big5",
}
"""Codes of table 0211 and the codecs that read them; ISOIR87 without its blank is met as well."""

CODECS = {
    **{code.replace(" ", ""): codec for code, codec in TABLE_0211.items()},
    **{f"{prefix}8859-{number}": f"iso8859-{number}" for prefix in ("", "ISO", "ISO-") for number in (1, 2, 9, 15)},
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}
"""The codecs by name without blanks, with the common misspellings; a closed list, so that no message picks a codec."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Decoded(NamedTuple):
    """Text, the codec that read it, and the repairs it took, each with its place."""

    text: str
    codec: str
    repairs: tuple[tuple[str, str], ...] = ()


def decode(raw: bytes, channel: Channel) -> Decoded:
    """The text of one message. Raises Unreadable (``value``, MSH-18) if no declared character set reads it."""
    for mark, codec in _MARKS:
        if raw.startswith(mark):
            rest = raw[len(mark) :]
            read = _strictly(rest, codec) if codec != "utf-8" else None
            inner = read or _declared(rest, channel)
            return inner._replace(repairs=(("MSH", "byte-order mark left out"), *inner.repairs))
    return _declared(raw, channel)


def _declared(raw: bytes, channel: Channel) -> Decoded:
    if channel.charset:
        return _strictly(raw, _codec(channel.charset), f"the channel says {channel.charset}")
    for name in declared(raw):
        codec = _codec(name)
        if codec == "ascii" and not raw.isascii():
            break
        return _latin(raw) if codec == "iso8859-1" else _strictly(raw, codec, "MSH-18 says otherwise")
    return _undeclared(raw, channel)


def declared(raw: bytes) -> Iterator[str]:
    """What MSH-18 names, the one to read by first; a Japanese set among the repetitions goes before ASCII."""
    mark, repetition = raw[3:4], raw[5:6]
    fields = raw.split(b"\r", 1)[0].split(b"\n", 1)[0].split(mark) if mark else []
    if len(fields) < 18:
        return
    names = [name.strip().decode("ascii", "replace") for name in fields[17].split(repetition or b"~")]
    found = [name for name in names if name]
    yield from sorted(found, key=lambda name: not CODECS.get(name.replace(" ", ""), "").startswith("iso2022"))


def _codec(name: str) -> str:
    codec = CODECS.get(name.upper().replace(" ", ""))
    if codec is None:
        raise Unreadable(
            "value", "MSH-18", "a character set that table 0211 does not know; name it in the channel's charset"
        )
    return codec


def _strictly(raw: bytes, codec: str, why: str = "its mark says otherwise") -> Decoded:
    try:
        return Decoded(raw.decode(codec), codec)
    except (UnicodeDecodeError, LookupError):
        raise Unreadable(
            "value", "MSH-18", f"the bytes are no {codec} text though {why}; correct MSH-18 or the channel's charset"
        ) from None


def _latin(raw: bytes) -> Decoded:
    text = raw.decode("iso8859-1")
    if not any("\x80" <= character <= "\x9f" for character in text):
        return Decoded(text, "iso8859-1")
    read = _strictly(raw, "cp1252", "MSH-18 says 8859/1")
    return read._replace(repairs=(("MSH-18", "8859/1 with bytes of windows-1252, read as that"),))


def _undeclared(raw: bytes, channel: Channel) -> Decoded:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        fallback = channel.options.get("fallback_charset", "")
        if not fallback:
            raise Unreadable(
                "value", "MSH-18", "no UTF-8 text and no other character set declared; fill MSH-18 or declare one"
            ) from None
        read = _strictly(raw, _codec(fallback), "the channel falls back to it")
        return read._replace(repairs=(("MSH-18", f"not declared: read as the channel's fallback {fallback}"),))
    if raw.isascii():
        return Decoded(text, "utf-8")
    return Decoded(text, "utf-8", (("MSH-18", "not declared, or as ASCII: read as UTF-8, which it is"),))
