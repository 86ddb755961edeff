"""What legal bases the facts establish, before any law speaks; a Part 2 basis also serves HIPAA."""

from consent.bases.hipaa import hipaa_basis
from consent.bases.part2 import part2_basis

__all__ = ["hipaa_basis", "part2_basis"]
