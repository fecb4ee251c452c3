"""What an image's layers hold: files by step, what is wasted, and a folder that builds the image again.

The only room that opens a layer. Layers are hostile: what is read here is bounded, and nothing that a layer names is ever
opened, followed or written but below the folder that was asked for.
"""

from __future__ import annotations

__all__: list[str] = []
