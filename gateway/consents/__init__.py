"""Consent by people: recorded from a signed form, confirmed, revoked, and what each opens."""
