"""Finds secrets in a build record: by name, by form, by the detectors of detect-secrets, and by where they stand."""
