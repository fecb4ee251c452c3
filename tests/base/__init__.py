"""Tests of which images lie below one, and of the catalogue."""
