"""Imports what the trainer imports, once: the fork server's children have it from the start."""

from __future__ import annotations

import gc
from importlib import import_module

for module in ("__main__", "fine_tuning", "exporting"):
    import_module(f"veille_trainer.{module}")

# A collection in a child would touch, and so copy, every page of these libraries.
gc.freeze()
