"""CJIS Security Policy 5.9.5 and 28 CFR 20: governs data that FBI CJIS provided, and what was computed from it."""

from consent.findings import allow, deny
from consent.parties import agreed
from consent.terms import AgreementKind, CjisSession, Disclosure, Finding, Label, Obligation, OrgType, Purpose, Strength

LAW = "CJISSECPOL"
GOVERNED = frozenset({Label.CJI, Label.CHRI, Label.NCIC_RESTRICTED, Label.NCIC_NONRESTRICTED, Label.NDEX})
LOGGED = frozenset({Label.CHRI, Label.NCIC_RESTRICTED})
JUSTICE_ONLY = LOGGED | {Label.NDEX}
CONTRACTORS = frozenset({OrgType.CONTRACTOR, OrgType.GATEWAY_OPERATOR})
CONTRACTED = frozenset({Purpose.CRIMJUST, Purpose.SERVICE})
NO_SESSION = CjisSession()
MAX_IDLE_MINUTES = 30
LOCKING_FAILURES = 5

FIPS = frozenset({Obligation.ENCRYPT_FIPS})
RELEASED = allow(LAW, "28 CFR 20.33(a)(1), CJISSECPOL 4.2", "an entitled recipient for an authorised purpose", FIPS)
RELEASED_LOGGED = allow(
    LAW,
    "28 CFR 20.33(a)(1), CJISSECPOL 4.2.1, 5.1.3",
    "an entitled recipient for an authorised purpose, outside an exchange agreement",
    FIPS | {Obligation.LOG_SECONDARY_DISSEMINATION_5_1_3},
)
NOT_ENTITLED = deny(LAW, "28 CFR 20.33(a), CJISSECPOL 4.2", "no entitled recipient for an authorised purpose")
NOT_SCREENED = deny(LAW, "CJISSECPOL 5.12.1", "the recipient is not screened by fingerprint")
NOT_VALIDATED = deny(LAW, "CJISSECPOL 5.1.4", "outside an exchange agreement the requestor must be validated")
NO_NDEX_PERMISSION = deny(
    LAW,
    "N-DEx policy, CJISSECPOL 4.2",
    "N-DEx needs the owner's advance permission and verification",
    strength=Strength.FROM_MEMORY,
)
LOCKED = deny(
    LAW,
    "CJISSECPOL AC-7",
    "the account is locked until an administrator releases it",
    frozenset({Obligation.LOCK_UNTIL_ADMIN}),
)
IDLE = deny(
    LAW, "CJISSECPOL AC-11", "the session was idle for more than 30 minutes", frozenset({Obligation.REAUTHENTICATE})
)
NO_MFA = deny(LAW, "CJISSECPOL IA-2(1), (2)", "multi-factor sign-in is missing", frozenset({Obligation.STEP_UP_MFA}))
NO_FIPS = deny(LAW, "CJISSECPOL SC-8(1), SC-13", "the link has no FIPS-validated encryption", FIPS)


# Members read in functions, bound once: reaching them through their Enum class costs 0.2 µs in CPython 3.11.
NDEX, NCIC_NONRESTRICTED = Label.NDEX, Label.NCIC_NONRESTRICTED
CRIMJUST = Purpose.CRIMJUST
CJIS_SECURITY_ADDENDUM, CJIS_EXCHANGE = AgreementKind.CJIS_SECURITY_ADDENDUM, AgreementKind.CJIS_EXCHANGE


def cjis(d: Disclosure) -> Finding | None:
    """4.2, 5.1, 5.12, AC-7, AC-11, IA-2, SC-8: entitlement first, the session last: refusals reveal nothing."""
    if GOVERNED.isdisjoint(d.labels):
        return None
    session = d.context.cjis or NO_SESSION
    refusal = _entitlement(d, session) or _session(d, session)
    if refusal:
        return refusal
    return RELEASED_LOGGED if _is_secondary(d) else RELEASED


def _entitlement(d: Disclosure, session: CjisSession) -> Finding | None:
    """28 CFR 20.33(a), 4.2.1-4.2.3, 5.1: who may have it at all."""
    if _is_justice(d) or _is_contractor(d):
        if not d.actor.screened:
            return NOT_SCREENED
    elif not _is_authorized_by_law(d, session):
        return NOT_ENTITLED
    if NDEX in d.labels and not (session.ndex_advance_permission and session.ndex_verified):
        return NO_NDEX_PERMISSION
    return None if session.requestor_validated or _has_standing(d) else NOT_VALIDATED


def _is_justice(d: Disclosure) -> bool:
    """28 CFR 20.33(a)(1): a criminal justice agency for a criminal justice purpose; social service is none."""
    return d.actor.criminal_justice_agency and d.purpose is CRIMJUST


def _is_contractor(d: Disclosure) -> bool:
    """28 CFR 20.33(a)(7), 5.1.1.5: a private contractor under the security addendum."""
    addendum = d.actor.org_type in CONTRACTORS and agreed(d, CJIS_SECURITY_ADDENDUM)
    return addendum and d.purpose in CONTRACTED and NDEX not in d.labels


def _is_authorized_by_law(d: Disclosure, session: CjisSession) -> bool:
    """4.2.3: other NCIC files to bodies authorised by law; never restricted files, CHRI or N-DEx."""
    nonrestricted = NCIC_NONRESTRICTED in d.labels and JUSTICE_ONLY.isdisjoint(d.labels)
    return nonrestricted and session.authorized_by_law


def _has_standing(d: Disclosure) -> bool:
    """5.1.1: the agency itself, or a partner under an exchange agreement."""
    return d.actor.org == d.holder.org or agreed(d, CJIS_EXCHANGE)


def _is_secondary(d: Disclosure) -> bool:
    """5.1.3: CHRI or restricted files outside the primary exchange agreements."""
    return not LOGGED.isdisjoint(d.labels) and not _has_standing(d)


def _session(d: Disclosure, session: CjisSession) -> Finding | None:
    """AC-7, AC-11, IA-2, SC-8(1): the four refusals that the session itself can mend."""
    if session.failed_logons_15min >= LOCKING_FAILURES:
        return LOCKED
    if session.idle_minutes > MAX_IDLE_MINUTES:
        return IDLE
    if not d.actor.mfa:
        return NO_MFA
    return None if session.fips_transport else NO_FIPS
