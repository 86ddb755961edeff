"""What arrives put in order: files and batches split into messages, line ends and versions repaired and reported.

Source: HL7 v2.8 chapter 2.10.3 (batch), 2.5.4 (message delimiters). The bytes kept are those that arrived; repairs
are made while reading, and each one is a line of the report.
"""

import codecs
import re
from typing import NamedTuple

from adapters.base import Channel, ReportLine, Split, Unreadable
from adapters.hospital.charset import decode
from adapters.hospital.er7 import is_segment, opening
from adapters.hospital.framing import VT, Framer

MAX_MESSAGE = 16 * 1024 * 1024
SUPPORTED = ("2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8")
ALIASES = {"2.0": "2.3", "2.1": "2.3", "2.2": "2.3", "2.8.1": "2.8", "2.8.2": "2.8", "2.9": "2.8", "2.9.1": "2.8"}

DOUBLED = "^~\\\\&"
"""MSH-2 as it looks when it was copied out of program text."""

_HEAD = re.compile(rb"(?:\A|[\r\n\x1c\x0b])[ \t]*(?=(MSH|FHS|BHS|BTS|FTS)(?:[^A-Za-z0-9\s]|[\r\n]|\Z))")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_VERSION = re.compile(r"\D*(2\.\d(?:\.\d)?)\D*")


class Normal(NamedTuple):
    """The text of one message with CR ends, its codec, and the repairs made."""

    text: str
    codec: str
    repairs: list[ReportLine]


def split(raw: bytes) -> Split:
    """The messages in a frame, file or batch, in order, as they arrived. Raises Unreadable if there is none."""
    if len(raw) > MAX_MESSAGE:
        raise Unreadable("too-long", "", f"more than {MAX_MESSAGE} bytes; send fewer messages at once")
    bare = raw.removeprefix(codecs.BOM_UTF8)
    if bare[:1] == bytes([VT]):
        return _unframed(bare)
    marks = [(found.end(), bytes(found[1])) for found in _HEAD.finditer(bare)]
    headers = [name for _, name in marks]
    if b"MSH" not in headers:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(raw) > 8:
            return Split([raw])
        raise Unreadable("structure", "MSH", "no message header: a message begins with MSH and its separators")
    if headers == [b"MSH"] and marks[0][0] == 0:
        return Split([raw])
    ends = [start for start, _ in marks[1:]] + [len(bare)]
    pieces = [(name, bare[start:end]) for (start, name), end in zip(marks, ends, strict=True)]
    messages = [piece for name, piece in pieces if name == b"MSH"]
    return Split(messages, _batch_report(pieces))


def _unframed(raw: bytes) -> Split:
    framer = Framer(MAX_MESSAGE)
    frames = framer.feed(raw)
    if framer.unfinished:
        frames += framer.feed(b"\x1c")
    found = [split(frame) for frame in frames if frame.strip()]
    if not found:
        raise Unreadable("structure", "MSH", "an empty frame; a frame holds one message")
    return Split([message for each in found for message in each], tuple(line for each in found for line in each.report))


def _batch_report(pieces: list[tuple[bytes, bytes]]) -> tuple[ReportLine, ...]:
    lines: list[ReportLine] = []
    messages = batches = 0
    for name, piece in pieces:
        if name == b"MSH":
            messages += 1
        elif name in (b"BHS", b"FHS"):
            messages, batches = 0, batches if name == b"BHS" else 0
        if name in (b"BHS", b"FHS"):
            lines.append(ReportLine(name.decode(), "ignored", "", "envelope of a batch, kept with the raw message"))
        elif name == b"BTS":
            batches += 1
            lines.append(_count("BTS-1", piece, messages, "messages"))
        elif name == b"FTS":
            lines.append(_count("FTS-1", piece, batches, "batches"))
    return tuple(lines)


def _count(path: str, piece: bytes, counted: int, what: str) -> ReportLine:
    fields = re.split(rb"[^0-9A-Za-z ]", piece.strip(), maxsplit=2)
    declared = fields[1].strip() if len(fields) > 1 else b""
    if not declared.isdigit():
        return ReportLine(path, "ignored", "", f"declares no number of {what}")
    if int(declared[:9]) == counted:
        return ReportLine(path, "ignored", "", f"the number of {what} agrees")
    return ReportLine(
        path, "repaired", "", f"declares {int(declared[:9])} {what}, {counted} came: the sender may resend"
    )


def normalise(raw: bytes, channel: Channel) -> Normal:
    """The text of one message, repaired. Raises Unreadable for what no repair makes a message."""
    if len(raw) > MAX_MESSAGE:
        raise Unreadable("too-long", "", f"a message of more than {MAX_MESSAGE} bytes; split it")
    text, codec, found = decode(raw.strip(b"\x0b\x1c") if raw[:1] == b"\x0b" else raw, channel)
    repairs = [ReportLine(path, "repaired", "", because) for path, because in found]
    if "\x00" in text:
        raise Unreadable("value", "MSH", "a NUL character in the message; leave it out")
    text = _line_ends(text, repairs)
    if _CONTROL.search(text):
        text = _CONTROL.sub(" ", text)
        repairs.append(ReportLine("MSH", "repaired", "", "control characters replaced by blanks"))
    return Normal(_encoding(text, repairs), codec, repairs)


def _line_ends(text: str, repairs: list[ReportLine]) -> str:
    if "\n" in text:
        repairs.append(ReportLine("MSH", "repaired", "", "segments ended otherwise than by CR"))
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    text = text.strip("\r\n\t ")
    mark = opening(text)
    lines = [line for line in text.split("\r") if line]
    if all(is_segment(line, mark) for line in lines):
        return "\r".join(lines)
    return _joined(lines, mark, repairs)


def _joined(lines: list[str], mark: str, repairs: list[ReportLine]) -> str:
    kept: list[list[str]] = []
    joined: dict[str, None] = {}
    for line in lines:
        if is_segment(line.lstrip(), mark):
            kept.append([line.lstrip()])
        elif line.strip():
            kept[-1].append(line)
            joined[kept[-1][0][:3]] = None
    repairs += [ReportLine(name, "repaired", "", "a line that is no segment joined to this one") for name in joined]
    return "\r".join("\n".join(each) for each in kept)


def _encoding(text: str, repairs: list[ReportLine]) -> str:
    mark = text[3]
    encoding = text[4:].split(mark, 1)[0]
    if encoding == DOUBLED:
        repairs.append(ReportLine("MSH-2", "repaired", "", "the escape character written twice"))
        return text[:4] + DOUBLED[:3] + DOUBLED[4] + text[9:]
    if len(encoding) > 4:
        repairs.append(ReportLine("MSH-2", "repaired", "", "a fifth encoding character: truncation is not used"))
    return text


def version(declared: str) -> tuple[str, str]:
    """The version to read by and the repair that took it there. Raises Unreadable for another than 2.x."""
    if declared in SUPPORTED:
        return declared, ""
    if not declared:
        return "2.5.1", "no version declared: read as 2.5.1"
    found = _VERSION.fullmatch(declared)
    alias = ALIASES.get(found[1], found[1] if found[1] in SUPPORTED else "") if found else ""
    if not alias:
        raise Unreadable("not-supported", "MSH-12", "a version that is not read; supported: 2.3 to 2.8")
    return alias, f"read as version {alias}"
