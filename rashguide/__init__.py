"""What the Dupixent rash guide adds to Rasa, one room for each step that a message takes (docs/architecture.md)."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # the project's folder
