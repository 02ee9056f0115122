"""Settings: frozen, read once from the environment and the command line, then handed down as plain values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things lie and which models are used. ``auto``: the machine decides; None: the library's own."""

    library: Path = Path("judian-library")
    weights: Path = field(default_factory=lambda: Path.home() / ".cache" / "judian" / "weights")
    encoder: str | None = None
    generator: str = "auto"

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings from JUDIAN_LIBRARY, JUDIAN_WEIGHTS, JUDIAN_ENCODER and JUDIAN_GENERATOR."""
        values = os.environ if environment is None else environment
        default = cls()
        return cls(
            library=Path(values.get("JUDIAN_LIBRARY", default.library)).expanduser(),
            weights=Path(values.get("JUDIAN_WEIGHTS", default.weights)).expanduser(),
            encoder=values.get("JUDIAN_ENCODER") or None,
            generator=values.get("JUDIAN_GENERATOR", default.generator),
        )
