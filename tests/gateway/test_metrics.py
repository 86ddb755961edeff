"""What is counted names agencies and outcomes, never persons."""

from gateway.metrics import METRICS

LABELS = {"agency", "fate", "outcome", "method", "status"}


def test_no_metric_has_a_label_for_a_person_and_each_says_what_it_counts() -> None:
    collectors = set(METRICS._collector_to_names)
    assert collectors
    for each in collectors:
        assert set(each._labelnames) <= LABELS
        assert each._documentation
        assert each._name.startswith("crosswalk_")
