"""Profiles of the property tests: steady on a machine that is busy with other things, and the long form of it."""

from hypothesis import HealthCheck, settings

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
