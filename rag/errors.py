"""User's mistakes that concern answering. As in index/errors.py, every message says what to type next."""

from __future__ import annotations

from index.errors import JudianError


class GeneratorUnavailableError(JudianError):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The generator {name} cannot be used ({reason}). See what can: judian models list",
            name=name,
            reason=reason,
        )


class QuestionTooLongError(JudianError):
    def __init__(self, name: str, tokens: int, most: int) -> None:
        super().__init__(
            f"The question alone has {tokens} tokens, {name} reads {most}. Ask it in fewer words.",
            name=name,
            tokens=tokens,
            most=most,
        )
