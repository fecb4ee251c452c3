"""The contents of an image's layers: files by step, wasted space, and a directory that rebuilds the image.

The only package that opens layers. Layers are hostile: reading is bounded, and nothing named in a layer is
opened, followed or written outside the requested directory.
"""

from __future__ import annotations

__all__: list[str] = []
