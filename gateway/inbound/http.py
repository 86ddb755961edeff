"""HTTP/1.1 as uvicorn speaks it, with deadlines: headers within 10 s, the body within 30 s, headers bounded.

What is refused here never becomes a request: 400 malformed (RFC 9110, 15.5.1), 408 too slow (15.5.9), 431 header
too large (RFC 6585, 5).
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.fhir.outcome import Issue, operation_outcome
from gateway.fhir.wire import serialise

HEADER_SECONDS = 10.0
BODY_SECONDS = 30.0
HEADER_LIMIT = 32 * 2**10
LINGER_SECONDS = 2.0

MALFORMED = ("400 Bad Request", Issue("structure", "This is no HTTP/1.1 request."))
TOO_SLOW = ("408 Request Timeout", Issue("transient", "The request did not arrive in time; send it at once."))
TOO_LARGE = ("431 Request Header Fields Too Large", Issue("too-long", "The request line or a header is too long."))


class HeaderTooLarge(Exception):
    """The request line or a header exceeds the limit; the parser ends."""


class DeadlineProtocol(HttpToolsProtocol):
    """Ends connections that never finish what they began."""

    _deadline: asyncio.TimerHandle | None = None
    _octets = 0
    _in_header = True
    _ended = False
    _fault = MALFORMED

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own type
        """Start the clock for the first request's header."""
        super().connection_made(transport)
        self._expect(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; refuse a header that never ends. What follows a refusal is dropped."""
        if self._ended:
            return
        super().data_received(data)
        if self._in_header and not self._ended:
            self._octets += len(data)
            if self._octets > HEADER_LIMIT:
                self._refuse(TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser could not take."""
        self._refuse(self._fault)

    def on_message_begin(self) -> None:
        """A request begins: its header is due."""
        self._in_header = True
        self._octets = 0
        self._expect(HEADER_SECONDS)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The header is there: the body is due."""
        self._in_header = False
        self._expect(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._expect(None)
        super().on_message_complete()

    def on_url(self, url: bytes) -> None:
        """Refuse a request line that is too long."""
        self._bound(len(self.url) + len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuse a header that is too long."""
        self._bound(len(name) + len(value))
        super().on_header(name, value)

    def _bound(self, octets: int) -> None:
        if octets > HEADER_LIMIT:
            self._fault = TOO_LARGE
            raise HeaderTooLarge

    def _expect(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = asyncio.get_running_loop().call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        if self._in_header and not self._octets:
            self.transport.close()
        else:
            self._refuse(TOO_SLOW)

    def _refuse(self, fault: tuple[str, Issue]) -> None:
        """Say why and end; linger, so that the answer is not lost to what is still on its way in."""
        if self._ended or self.transport.is_closing():
            return
        self._ended = True
        self._expect(None)
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body:
                cycle.keep_alive = False  # the request before this one is still being answered
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_answer(*fault))
        self._hang_up()

    def _hang_up(self) -> None:
        if self.transport.can_write_eof():
            self.transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.close)


def _answer(status: str, issue: Issue) -> bytes:
    body = serialise(operation_outcome([issue]))
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/fhir+json\r\ncontent-length: {len(body)}\r\n"
    return f"{head}cache-control: no-store\r\nconnection: close\r\n\r\n".encode() + body
