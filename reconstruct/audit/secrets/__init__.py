"""Finds secrets in a build record: by name, by form, with detect-secrets' detectors, and by position."""
