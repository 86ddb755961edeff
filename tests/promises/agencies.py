"""Agency files changed and applied while gateways run."""

import shutil
from pathlib import Path

from gateway.supervisor import apply_folder
from tests.live import temporary_folder
from tests.promises.house import House


async def apply_changed(house: House, changes: dict[str, tuple[str, str]]) -> None:
    """Put the sample agencies in force with one text of each file replaced, as ``crosswalk agency apply`` does."""
    with temporary_folder() as folder:
        agencies: Path = folder / "agencies"
        shutil.copytree(house.template.site.agencies, agencies)
        for file, (old, new) in changes.items():
            text = (agencies / file).read_text()
            assert old in text, f"{file} does not hold {old!r}"
            (agencies / file).write_text(text.replace(old, new))
        async with house.owner() as driver:
            settings = house.template.site.settings(agencies=agencies)
            change = await apply_folder(settings, driver, house.template.under)
        assert not change.empty
