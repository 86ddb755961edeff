"""FHIR interactions, one a file, each under the URL of its specification."""
