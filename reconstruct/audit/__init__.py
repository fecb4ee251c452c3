"""Reads a build record as an auditor would: rules over an image's steps and config, and their findings.

The way in is `reconstruct.audit.engine.audit`; it is imported when an audit runs, so that start-up pays for no rule.
"""

from __future__ import annotations

from reconstruct.room import callable_room

callable_room(__name__)
