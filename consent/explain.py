"""A decision in sentences: what was decided, by which rules, how sure their reading is, and what must follow."""

from consent.terms import Decision, Effect, Finding, Strength

VERDICTS = {
    Effect.PERMIT: "Permitted: every governing law permits.",
    Effect.PERMIT_REDACTED: "Permitted in part: the withheld parts have a governing law that refuses.",
    Effect.DENY: "Denied: nothing is released.",
}
REVIEW = {
    Strength.TEXT: "follows from the text of the rule",
    Strength.INTERPRETATION: "an interpretation; counsel confirms",
    Strength.POLICY_DEFAULT: "a product default where the law permits or is silent",
    Strength.FROM_MEMORY: "from memory, the text unread; counsel confirms before anyone relies on it",
}
VERBS = {Effect.PERMIT: "permits", Effect.DENY: "refuses"}


def explain(decision: Decision) -> str:
    """The decision for the privacy officer, one sentence a line; the same decision gives the same text."""
    lines = [VERDICTS[decision.effect]]
    lines += [sentence(finding) for finding in decision.because]
    if decision.withheld:
        lines.append(f"Withheld parts: {', '.join(decision.withheld)}.")
    lines.append(f"Obligations: {', '.join(sorted(decision.obligations))}.")
    if decision.valid_until is not None:
        lines.append(f"With the same facts this holds until {decision.valid_until.isoformat()}.")
    if decision.alarm is not None:
        lines.append(f"Alarm: {decision.alarm}.")
    return "\n".join(lines)


def sentence(finding: Finding) -> str:
    """One finding: law, effect, reason, citation, and the state of its review."""
    verb = VERBS.get(finding.effect, finding.effect)
    return f"{finding.law} {verb}: {finding.reason} ({finding.citation}; {REVIEW[finding.strength]})."
