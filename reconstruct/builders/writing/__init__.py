"""Dockerfile instruction → history entry, by builder."""
