"""A case of the law in words: who asks whom for what, what is on file, and what differs from the case beside it."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.consent.case_files import Case, cases, document, facts

ROOT = Path(__file__).resolve().parents[1]
WORDS: Mapping[str, Any] = tomllib.loads((ROOT / "docs" / "law" / "words.toml").read_text())
NOT_SHOWN = frozenset({"now", "timezone", "agreements", "legal_process"})
SPOKEN = {
    "*": "everything but notes",
    "part2_program": "Part 2 programme",
    "grounds_2_63": "grounds of 2.63",
    "failed_logons_15min": "failed logons in 15 minutes",
    "mfa": "multi-factor sign-in",
    "cjis": "CJIS session",
    "fips_transport": "FIPS transport",
    "ndex_advance_permission": "N-DEx advance permission",
    "ndex_verified": "N-DEx verified",
    "US-IL": "Illinois",
}
PLACES = {
    "actor": "the recipient",
    "holder": "the discloser",
    "resource": "the content",
    "context": "the circumstances",
    "consents": "the consents on file",
    "patient": "the patient",
    "request": "the request",
}


def difference(case: Case) -> str:
    """What a case changes in the case it stands on."""
    changed = [f"{_place(path)}: {_value(path, value)}" for path, value in case.changes.items()]
    return f"As [{cases()[case.base].title}]({link(cases()[case.base], case.area)}), but {'; '.join(changed)}."


def link(case: Case, area: str) -> str:
    """The address of a case, as seen from the page of an area."""
    return f"#{case.id}" if case.area == area else f"{case.area}.md#{case.id}"


def described(case: Case) -> Iterator[str]:
    """The facts of a case, one line each."""
    row = facts(case)
    content, context, given = row["resource"], row["context"], row["purpose"]
    yield f"Discloser: {_organisation(row['holder']['org'])}."
    yield f"Recipient: {_recipient(row['actor'])}."
    yield f"Purpose: {WORDS['purposes'][given]} (`{given}`)." if given else "Purpose: none stated."
    yield f"Content: {_content(content)}."
    yield from (f"Part `{part['id']}`: {_content(part)}." for part in content["parts"])
    if content["origin"] != row["holder"]["org"]:
        yield f"Made by: {_organisation(content['origin'])}."
    if content["requester"] or content["performer"]:
        yield f"Referral from {_name(content['requester'])} to {_name(content['performer'])}."
    if content["received_under"]:
        yield f"The discloser received it under `{content['received_under']}`."
    yield from (_consent(consent) for consent in row["consents"])
    yield from _circumstances(context)
    yield f"Patient born {row['patient']['birth_date']}; asked at {context['now']}, {context['timezone']}."


def _recipient(actor: Mapping[str, Any]) -> str:
    true = [_plain(key) for key, value in actor.items() if value is True and key not in {"registered", "mfa"}]
    lacking = [_plain(key) for key in ("registered", "mfa") if not actor[key]]
    relation = [] if actor["relation_to_patient"] == "none" else [_plain(actor["relation_to_patient"])]
    said = [
        _plain(actor["role"]),
        *relation,
        *true,
        *map(_plain, actor["duties"]),
        *(f"not {each}" for each in lacking),
    ]
    return f"{_organisation(actor['org'])} ({', '.join(said)})"


def _content(part: Mapping[str, Any]) -> str:
    labels = ", ".join(f"`{label}`" for label in part["labels"]) or "no label"
    derived = ", ".join(f"`{label}`" for label in part["derived_from_labels"])
    counted = f", {_members(part['aggregate'])}" if part["aggregate"] else ""
    return f"{_plain(part['info_class'])} with {labels}{f', computed from {derived}' if derived else ''}{counted}"


def _consent(consent: Mapping[str, Any]) -> str:
    words = [
        f"{_plain(consent['form'])} `{consent['kind']}`, {consent['decision']}",
        f"for {', '.join(consent['purposes']) or 'every purpose'}",
        f"of {', '.join(map(_plain, consent['info_classes'])) or 'everything'}",
        f"to {'; '.join(map(_named, consent['recipients'])) or 'anybody'}",
        f"signed {consent['signed_on']} by {', '.join(map(_plain, consent['signers'])) or 'nobody'}",
        _ending(consent),
    ]
    for key in ("missing_elements", "problems"):
        words += [f"{_plain(key)}: {', '.join(consent[key])}"] if consent[key] else []
    words += [f"revoked {consent['revoked_at']}"] if consent["revoked_at"] else []
    words += [f"matter {consent['matter']}"] if consent["matter"] else []
    return f"Consent on file: {', '.join(words)}."


def _ending(consent: Mapping[str, Any]) -> str:
    end = consent["period"]["end"]
    return f"until {end}" if end else f"expiry {_plain(consent['expiry'])}"


def _named(recipient: Mapping[str, str]) -> str:
    if "class" in recipient:
        return f"the class `{recipient['class']}`"
    if "intermediary" in recipient:
        return f"through {_name(recipient['intermediary'])}"
    role = f" ({_plain(recipient['role'])})" if "role" in recipient else ""
    return f"{_name(recipient['org'])}{role}"


def _circumstances(context: Mapping[str, Any]) -> Iterator[str]:
    for agreement in context["agreements"]:
        yield f"In force: {agreement['kind']} between {' and '.join(map(_name, agreement['parties']))}."
    for process in context["legal_process"]:
        yield f"Legal process: {_members(process)}."
    for key, group in context.items():
        if key not in NOT_SHOWN and group not in (None, False, "US"):
            yield f"{_plain(key)[0].upper()}{_plain(key)[1:]}: {_members(group)}."


def _members(group: Any) -> str:
    """A group of facts: its kind, what has a value, what is so, and what is not."""
    if not isinstance(group, dict):
        return _value("", group)
    told = [group["kind"]] if "kind" in group else []
    told += [f"{_plain(key)} {_value(key, value)}" for key, value in group.items() if _is_told(key, value)]
    told += [_plain(key) for key, value in group.items() if value is True]
    denied = ", ".join(_plain(key) for key, value in group.items() if value is False)
    return "; ".join(filter(None, [", ".join(told), denied and f"not so: {denied}"]))


def _is_told(key: str, value: Any) -> bool:
    return key != "kind" and value is not None and not isinstance(value, bool)


def _place(path: str) -> str:
    first, *rest = path.split(".")
    inner = ", ".join(_plain(step) for step in rest if not step.isdigit())
    return f"{PLACES.get(first, _plain(first))}{f', {inner}' if inner else ''}"


def _value(path: str, value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _members(value)
    if isinstance(value, list):
        return (", " if isinstance(value[0], str) else "; ").join(_member(each) for each in value)
    return _spoken(value) if isinstance(value, str) and path not in {"actor", "holder", "purpose"} else str(value)


def _member(value: Any) -> str:
    """One of several: a word of the vocabulary, or a group, named after the cast where it comes from there."""
    if not isinstance(value, dict):
        return _name(value) if value in document("cast")["organisations"] else f"`{value}`"
    name = value.get("is") or value.get("id")
    others = _members({key: each for key, each in value.items() if key not in {"is", "id"}})
    return f"{name} ({others})" if name else others


def _spoken(value: str) -> str:
    known = value in document("cast")["organisations"]
    return _name(value) if known else _plain(value)


def _organisation(org: str) -> str:
    names: Mapping[str, str] = document("cast")["organisations"]
    return names[org]


def _name(org: str | None) -> str:
    """An organisation without what it is."""
    return _organisation(org).split(", ")[0] if org else "nobody"


def _plain(word: str) -> str:
    if word in SPOKEN:
        return SPOKEN[word]
    return word if any(each.isdigit() for each in word) else word.replace("_", " ").replace("-", " ")
