"""What a FHIR answer says when it says no: OperationOutcome and the closed list of refusals.

    Refusal                      status  issue type
    ├── BadRequest                 400   invalid, structure, value, not-supported …
    ├── Unauthenticated            401   login
    ├── OutOfScope                 403   forbidden   (by the token's scope alone, never by a record)
    ├── Absent                     404   not-found   (absent, hidden and destroyed alike: 410 is not used)
    ├── MethodNotAllowed           405   not-supported
    ├── NotAcceptable              406   not-supported
    ├── Conflict                   409   conflict
    ├── PreconditionFailed         412   conflict
    ├── TooLarge                   413   too-long
    ├── UnsupportedMediaType       415   not-supported
    ├── Unprocessable              422   invalid, code-invalid, business-rule …
    ├── TooManyRequests            429   throttled
    ├── Broken                     500   exception
    └── Unavailable                503   transient

Texts name the thing, the place and the remedy, and never repeat a value that was sent or stored.
https://hl7.org/fhir/R4/operationoutcome.html, https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

import orjson

Json = dict[str, Any]
"""A FHIR resource as plain JSON."""

Severity = Literal["fatal", "error", "warning", "information"]
Code = Literal[
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "login",
    "forbidden",
    "processing",
    "not-supported",
    "not-found",
    "too-long",
    "code-invalid",
    "too-costly",
    "business-rule",
    "conflict",
    "exception",
    "transient",
    "throttled",
    "informational",
]
"""The issue types in use, from http://hl7.org/fhir/issue-type."""

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong: issue type, a sentence without values, the FHIRPath of the element if there is one."""

    code: Code
    text: str
    expression: str = ""
    severity: Severity = "error"

    def as_json(self) -> Json:
        """The OperationOutcome.issue."""
        issue: Json = {"severity": self.severity, "code": self.code, "diagnostics": self.text}
        if self.expression:
            issue["expression"] = [self.expression]
        return issue


def operation_outcome(issues: Iterable[Issue]) -> Json:
    """An OperationOutcome resource with these issues, in this order."""
    return {"resourceType": "OperationOutcome", "issue": [issue.as_json() for issue in issues]}


class Refusal(Exception):
    """An answer that says no: status, issues and the headers that the status calls for."""

    status: ClassVar[int] = 500
    code: ClassVar[Code] = "exception"

    def __init__(
        self,
        text: str,
        *,
        code: Code | None = None,
        expression: str = "",
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        super().__init__(text)
        self.issues: tuple[Issue, ...] = (Issue(code or self.code, text, expression),)
        self.headers = headers

    @classmethod
    def of(cls, issues: Iterable[Issue]) -> Self:
        """A refusal for several issues at once; at least one is needed."""
        found = tuple(issues)
        refusal = cls(found[0].text)
        refusal.issues = found
        return refusal

    def outcome(self) -> Json:
        """The OperationOutcome to send."""
        return operation_outcome(self.issues)

    def body(self) -> bytes:
        """The OperationOutcome as bytes."""
        return orjson.dumps(self.outcome())


class BadRequest(Refusal):
    """400: the request itself cannot be understood."""

    status = 400
    code: ClassVar[Code] = "invalid"


class Unauthenticated(Refusal):
    """401: no token, or one that does not hold."""

    status = 401
    code: ClassVar[Code] = "login"


class OutOfScope(Refusal):
    """403: the token's scopes do not reach this type and interaction, whatever the store holds."""

    status = 403
    code: ClassVar[Code] = "forbidden"


class Absent(Refusal):
    """404: not there, or not to be seen; nobody can tell which."""

    status = 404
    code: ClassVar[Code] = "not-found"


class MethodNotAllowed(Refusal):
    """405: this address does not take this method."""

    status = 405
    code: ClassVar[Code] = "not-supported"


class NotAcceptable(Refusal):
    """406: no representation in the format asked for."""

    status = 406
    code: ClassVar[Code] = "not-supported"


class Conflict(Refusal):
    """409: the change collides with the state that the caller can see."""

    status = 409
    code: ClassVar[Code] = "conflict"


class PreconditionFailed(Refusal):
    """412: If-Match names another version, or a condition matches several records."""

    status = 412
    code: ClassVar[Code] = "conflict"


class TooLarge(Refusal):
    """413: the body is over the limit."""

    status = 413
    code: ClassVar[Code] = "too-long"


class UnsupportedMediaType(Refusal):
    """415: the body is in a format that is not taken here."""

    status = 415
    code: ClassVar[Code] = "not-supported"


class Unprocessable(Refusal):
    """422: well-formed, but against the specification or the rules of the work."""

    status = 422
    code: ClassVar[Code] = "invalid"


class TooManyRequests(Refusal):
    """429: over the rate; the Retry-After header says when."""

    status = 429
    code: ClassVar[Code] = "throttled"


class Broken(Refusal):
    """500: a fault of the gateway; the text never carries the exception."""

    status = 500
    code: ClassVar[Code] = "exception"


class Unavailable(Refusal):
    """503: the store or another part is away for a moment; nothing was kept."""

    status = 503
    code: ClassVar[Code] = "transient"


def absent(resource_type: str) -> Absent:
    """The one answer for absent and hidden alike: the same bytes for a type, whatever the id."""
    return Absent(f"There is no such {resource_type}.")


def broken() -> Broken:
    """The one answer for a fault of our own."""
    return Broken("The gateway failed on this request. Quote the request id to its operator.")
