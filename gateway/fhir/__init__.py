"""The FHIR R4 face of the gateway: https://hl7.org/fhir/R4/http.html."""
