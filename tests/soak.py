"""The profile of the long property tests: many more examples than a change can wait for. Loaded by ``make soak``."""

from hypothesis import HealthCheck, settings

settings.register_profile("soak", max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
