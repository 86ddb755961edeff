"""The rows of a table as messages: what cannot be read is refused under the place that its sender knows."""

import pytest

from adapters import rows
from adapters.base import Unreadable
from mappings import tabular
from mappings.tabular import BadTable

TABLE = b"a,b\r\n1,2\r\n,\r\n3,4\r\n"


def test_each_row_is_a_message_under_its_number_in_the_file() -> None:
    found = rows.messages(tabular.split(TABLE))
    assert list(found) == [b"a,b\r\n1,2\r\n", b"a,b\r\n3,4\r\n"]
    assert found.places == ("row 2", "row 4")


@pytest.mark.parametrize(
    ("place", "named"),
    [("header", "header"), ("row", "row"), ("row 17", "row 17"), ("rows", 'column "rows"'), ("Last", 'column "Last"')],
)
def test_a_fault_is_refused_under_its_row_or_the_header_of_its_column(place: str, named: str) -> None:
    with pytest.raises(Unreadable) as refused, rows.readable():
        raise BadTable("value", place, "The field is wrong.")
    assert (refused.value.code, refused.value.place, str(refused.value)) == ("value", named, "The field is wrong.")
