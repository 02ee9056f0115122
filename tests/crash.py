"""Changes a library by chance and says each change aloud, until it is killed. For test_crash."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

from index.library import Library
from tests.conftest import HashingEncoder

OTHER = HashingEncoder("other", 128)


def change_until_killed(folder: str, seed: int, pipe: int) -> None:
    """Add, change, remove, rename and rebuild; each is written to ``pipe`` before and after it is made."""
    chance = random.Random(seed)
    files = Path(folder) / "files"
    library = Library(Path(folder) / "library", open_encoder=encoder)

    def say(**what: Any) -> None:
        os.write(pipe, (json.dumps(what) + "\n").encode())

    while True:
        names = sorted(path.name for path in files.iterdir())
        act = chance.choice(["add", "add", "change", "change", "remove", "rename", "repair", "encode"])
        if act == "add" or not names:
            chosen = [f"{chance.randrange(10**6):06}.txt" for _ in range(chance.choice([1, 2, 5]))]
            texts = {name: text_of(chance) for name in chosen}
        elif act == "change":
            chosen = chance.sample(names, min(len(names), 2))
            texts = {name: text_of(chance) for name in chosen}
        else:
            chosen, texts = [chance.choice(names)], {}
        if act == "repair":
            say(begin={})
            library.repair()
            say(done={})
        elif act == "encode":
            say(begin={})
            library.close()
            made = chance.choice(["hashing", "other"])
            library = Library(Path(folder) / "library", open_encoder=encoder, encoder=made)
            library.repair()
            say(done={})
        elif act == "remove" and names:
            say(begin={str(files / chosen[0]): None})
            library.remove(str(files / chosen[0]))
            say(done={str(files / chosen[0]): None})
            (files / chosen[0]).unlink()
        elif act == "rename" and names:
            old, new = files / chosen[0], files / f"{chance.randrange(10**6):06}.txt"
            text = old.read_text(encoding="utf-8")
            say(begin={str(old): None, str(new): text})
            old.rename(new)
            library.add(new)
            say(done={str(old): None, str(new): text})
        else:
            say(begin={str(files / name): text for name, text in texts.items()})
            for name, text in texts.items():
                (files / name).write_text(text, encoding="utf-8")
            library.add(*(files / name for name in texts))
            say(done={str(files / name): text for name, text in texts.items()})


def encoder(name: str) -> HashingEncoder:
    return OTHER if name == "other" else HashingEncoder()


def text_of(chance: random.Random) -> str:
    """A text that no other has: a few sentences with numbers of their own."""
    lines = [
        f"编号{chance.randrange(10**9):09}的项目由第{n}组负责，预算{chance.randrange(999)}万元。"
        for n in range(25)
    ]
    return "\n".join(lines[: chance.choice([1, 5, 25])]) + "\n"
