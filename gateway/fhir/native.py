"""fhir.resources' R4B models as a second opinion on what clients send; imported when first needed, warmed at start.

The models know no required bindings and rewrite timestamps, so they judge and are thrown away.
https://github.com/nazrulworld/fhir.resources
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from gateway.fhir.definitions import ELEMENT_NAMES, RESOURCE_TYPES
from gateway.fhir.outcome import Code, Issue, Json

if TYPE_CHECKING:
    from pydantic import BaseModel

_CODES: Final[dict[str, Code]] = {"missing": "required", "extra_forbidden": "structure"}
_TEXTS: Final[dict[Code, str]] = {
    "required": "This element is required.",
    "structure": "This is no element of the type in FHIR R4.",
    "value": "This is not valid here.",
}


def warm_up(resource_types: tuple[str, ...] = ("Patient", "Bundle")) -> None:
    """Import the models and validate once, which takes a quarter of a second; call it before serving."""
    for name in resource_types:
        validate_native({"resourceType": name})


def validate_native(resource: Json) -> list[Issue]:
    """What fhir.resources finds wrong with a resource; R4B's additions are refused as unknown types."""
    from pydantic import ValidationError

    name = resource.get("resourceType")
    model = _model(name) if isinstance(name, str) and name in RESOURCE_TYPES else None
    if model is None:
        return [Issue("not-supported", "This resource type is not served.")]
    try:
        model.model_validate(resource)
    except ValidationError as fault:
        found = fault.errors(include_url=False, include_context=False, include_input=False)
        return list(dict.fromkeys(_issue(str(name), each["type"], each["loc"]) for each in found))
    return []


@cache
def _model(name: str) -> "type[BaseModel] | None":
    try:
        module = import_module(f"fhir.resources.R4B.{name.lower()}")
    except ModuleNotFoundError:
        return None
    model: type[BaseModel] = getattr(module, name)
    return model


def _issue(name: str, kind: str, place: tuple[Any, ...]) -> Issue:
    code = _CODES.get(kind, "value")
    return Issue(code, _TEXTS[code], name + "".join(_step(each) for each in place))


def _step(part: Any) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if part in ELEMENT_NAMES else ""
