"""HTTP/1.1 as uvicorn speaks it, with deadlines: headers within 10 s, the body within 30 s, headers bounded."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 10.0
BODY_SECONDS = 30.0
HEADER_LIMIT = 32 * 2**10


class DeadlineProtocol(HttpToolsProtocol):
    """Ends connections that never finish what they began."""

    _deadline: asyncio.TimerHandle | None = None
    _header_octets = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own type
        """Start the clock for the first request's header."""
        super().connection_made(transport)
        self._expect(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count header octets; refuse a header that never ends."""
        if self._deadline is not None and not self._in_body:
            self._header_octets += len(data)
            if self._header_octets > HEADER_LIMIT + 2**16:
                self.transport.close()
                return
        super().data_received(data)

    _in_body = False

    def on_message_begin(self) -> None:
        """A request begins: its header is due."""
        self._in_body = False
        self._header_octets = 0
        self._expect(HEADER_SECONDS)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The header is there: the body is due."""
        self._in_body = True
        self._expect(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._expect(None)
        super().on_message_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuse a header that is too long."""
        if len(name) + len(value) > HEADER_LIMIT:
            self.transport.close()
            return
        super().on_header(name, value)

    def _expect(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = asyncio.get_running_loop().call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
