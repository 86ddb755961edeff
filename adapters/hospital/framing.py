"""The minimal lower layer protocol (MLLP): messages framed by VT before and FS CR after, as bytes.

Source: HL7 v2.8 appendix C, transport specification MLLP release 1. No I/O: a transport feeds what it received.
"""

VT, FS, CR = 0x0B, 0x1C, 0x0D
MAX_FRAME = 16 * 1024 * 1024


class TooLong(Exception):
    """A frame exceeds the cap; close the connection, for where the next one begins is not known."""


def frame(message: bytes) -> bytes:
    """The message in its frame."""
    return b"\x0b" + message + b"\x1c\x0d"


class Framer:
    """Cuts a stream of bytes into messages; holds at most one unfinished frame.

    A frame without its CR is accepted. VT never stands inside content: one inside a frame begins it anew, and what
    came before is junk. Bytes between frames are dropped and counted in ``junk``.
    """

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self.junk = 0
        self._limit = limit
        self._held = bytearray()
        self._inside = False
        self._scanned = 0

    @property
    def unfinished(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._inside

    def feed(self, received: bytes) -> list[bytes]:
        """The messages that these bytes complete. Raises TooLong for a frame over the cap."""
        self._held += received
        frames: list[bytes] = []
        while self._begin():
            end = self._held.find(FS, self._scanned)
            if (end if end >= 0 else len(self._held)) > self._limit:
                raise TooLong(f"a frame of more than {self._limit} bytes; split the message or raise the cap")
            if end < 0:
                self._scanned = len(self._held)
                break
            begun = self._held.rfind(VT, 0, end) + 1
            self.junk += begun
            frames.append(bytes(self._held[begun:end]))
            del self._held[: end + 1]
            self._inside = False
        return frames

    def _begin(self) -> bool:
        if self._inside:
            return True
        start = self._held.find(VT)
        outside = self._held if start < 0 else self._held[:start]
        self.junk += sum(byte not in (CR, 0x0A) for byte in outside)
        del self._held[: len(outside) + (start >= 0)]
        self._inside, self._scanned = start >= 0, 0
        return self._inside
