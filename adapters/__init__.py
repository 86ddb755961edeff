"""Translation of each sector's formats to and from FHIR R4: bytes in, FHIR JSON out; pure, no I/O."""

from collections.abc import Mapping

from adapters.base import Adapter
from adapters.community import COMMUNITY
from adapters.hospital import HOSPITAL
from adapters.police import POLICE
from adapters.worklist import WORKLIST

ADAPTERS: Mapping[str, Adapter] = {
    "community": COMMUNITY,
    "hospital": HOSPITAL,
    "police": POLICE,
    "worklist": WORKLIST,
}
"""Every adapter by the name that an agency file gives it; nothing is discovered."""
