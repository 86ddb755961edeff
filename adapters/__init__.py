"""Translation of each sector's formats to and from FHIR R4: bytes in, FHIR JSON out; pure, no I/O."""
