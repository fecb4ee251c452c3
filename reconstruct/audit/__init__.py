"""Audits a build record: rules on an image's steps and config, and their findings.

The entry point is `reconstruct.audit.engine.audit`, imported when an audit runs, so that start-up doesn't load any rule.
"""

from __future__ import annotations

from reconstruct.room import callable_room

callable_room(__name__)
