"""Search within a file, folder, type or time; and what a filter that leaves nothing says."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from index.errors import DocumentMissingError, NothingMatchesError
from index.filters import Filter, first_day, last_day
from index.library import Library
from index.vectors import VectorIndex
from rag import cli
from rag.assistant import Assistant, Found
from tests.conftest import HashingEncoder, SayingGenerator

Opener = Callable[..., Library]
Writer = Callable[..., Path]


def text_of(city: str) -> str:
    return f"{city}工程机械集群\n\n{city}工程机械的省内配套率超过36%，由{city}市统计局公布。\n"


def dated(path: Path, day: str) -> Path:
    """``path``, modified at noon of ``day``, local time."""
    at = datetime.fromisoformat(f"{day}T12:00").timestamp()
    os.utime(path, (at, at))
    return path


@pytest.fixture
def filled(library: Library, write: Writer) -> Library:
    """Four files: two in contracts/, one of them Markdown; two in reports/, one of them newer."""
    dated(write("contracts/长沙.txt", text_of("长沙")), "2023-06-30")
    dated(write("contracts/old/株洲.md", text_of("株洲")), "2023-12-31")
    dated(write("reports/湘潭.txt", text_of("湘潭")), "2024-01-01")
    library.add(dated(write("reports/娄底.md", text_of("娄底")), "2024-02-29").parent.parent)
    return library


def found(library: Library, within: Filter | None, question: str = "工程机械的配套率") -> set[str]:
    return {Path(hit.document.path).stem for hit in library.search(question, within=within)}


def test_without_a_filter_every_document_is_searched(filled: Library) -> None:
    everything = {"长沙", "株洲", "湘潭", "娄底"}
    assert found(filled, None) == everything
    assert found(filled, Filter()) == everything
    assert filled.matching(Filter()) == [info.id for info in filled.documents()]


def test_a_file_a_folder_and_the_beginning_of_an_id_name_documents(filled: Library, tmp_path: Path) -> None:
    files = tmp_path / "files"
    assert found(filled, Filter((str(files / "contracts"),))) == {"长沙", "株洲"}
    assert found(filled, Filter((f"{files / 'contracts' / 'old'}{os.sep}",))) == {"株洲"}
    assert found(filled, Filter((str(files / "reports" / "湘潭.txt"),))) == {"湘潭"}
    (changsha,) = [info for info in filled.documents() if "长沙" in info.path]
    assert found(filled, Filter((changsha.id[:6], str(files / "reports")))) == {"长沙", "湘潭", "娄底"}


def test_a_path_from_the_folder_one_is_in_names_documents(
    filled: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "files")
    assert found(filled, Filter(("contracts",))) == {"长沙", "株洲"}


@pytest.mark.parametrize("ending", ["md", ".md", "MD"])
def test_types_are_endings_of_names(filled: Library, ending: str) -> None:
    assert found(filled, Filter(types=(ending,))) == {"株洲", "娄底"}
    assert found(filled, Filter(types=(ending, "txt"))) == {"长沙", "株洲", "湘潭", "娄底"}


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2023-12-31", None, {"株洲", "湘潭", "娄底"}),
        ("2024", None, {"湘潭", "娄底"}),
        (None, "2023", {"长沙", "株洲"}),
        ("2023-07", "2024-01", {"株洲", "湘潭"}),
        ("2024-02-29", "2024-02-29", {"娄底"}),
    ],
)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_days_are_local_and_both_are_included(
    open_library: Opener,
    write: Writer,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    since: str | None,
    until: str | None,
    expected: set[str],
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    library = open_library()
    for city, moment in (
        ("长沙", "2023-06-30T00:00"),
        ("株洲", "2023-12-31T23:59:59"),
        ("湘潭", "2024-01-01T00:00"),
        ("娄底", "2024-02-29T23:59:59"),
    ):
        path = write(f"{city}.txt", text_of(city))
        at = datetime.fromisoformat(moment).timestamp()
        os.utime(path, (at, at))
        library.add(path)
    within = Filter(since=first_day(since) if since else None, until=last_day(until) if until else None)
    assert found(library, within) == expected


@pytest.fixture(autouse=True)
def own_time_zone() -> Iterator[None]:
    zone = os.environ.get("TZ")
    yield
    if os.environ.get("TZ") != zone:
        os.environ.pop("TZ", None) if zone is None else os.environ.update(TZ=zone)
    time.tzset()


def test_filters_together_must_all_fit(filled: Library, tmp_path: Path) -> None:
    contracts = str(tmp_path / "files" / "contracts")
    assert found(filled, Filter((contracts,), ("md",), date(2023, 1, 1), date(2023, 12, 31))) == {"株洲"}


def test_the_place_and_the_type_must_be_those_of_one_file(library: Library, write: Writer) -> None:
    write("a/长沙.txt", text_of("长沙"))
    library.add(write("b/长沙.md", text_of("长沙")).parent.parent)
    folder = str(library.folder.parent / "files" / "a")
    assert found(library, Filter((folder,), ("txt",))) == {"长沙"}
    with pytest.raises(NothingMatchesError):
        library.search("配套率", within=Filter((folder,), ("md",)))


def test_a_filter_that_leaves_nothing_says_what_was_asked(filled: Library, tmp_path: Path) -> None:
    contracts = str(tmp_path / "files" / "contracts")
    within = Filter((contracts,), ("pdf",), date(2024, 1, 1), date(2024, 12, 31))
    with pytest.raises(NothingMatchesError) as told:
        filled.search("配套率", within=within)
    assert str(told.value) == (
        f"The library has no document in {contracts}, of type pdf, since 2024-01-01, until 2024-12-31. "
        "See their paths and dates with: judian list"
    )
    with pytest.raises(DocumentMissingError, match=r"'/no/such/folder'.*judian list"):
        filled.rank("配套率", within=Filter((contracts, "/no/such/folder")))


def test_only_what_matches_is_ranked_by_both_legs(filled: Library, tmp_path: Path) -> None:
    within = Filter((str(tmp_path / "files" / "reports"),))
    allowed = filled.matching(within)
    ranking = filled.rank("长沙工程机械的配套率", within=within)
    owners = filled.owners([*ranking.lexical, *ranking.dense])
    assert set(owners.values()) == set(allowed)
    whole = filled.rank("长沙工程机械的配套率")
    assert {number: whole.lexical[number] for number in ranking.lexical} == pytest.approx(
        dict(ranking.lexical)
    )
    assert {number: whole.dense[number] for number in ranking.dense} == pytest.approx(dict(ranking.dense))


def test_many_better_passages_elsewhere_do_not_hide_what_is_asked_within(
    library: Library, write: Writer
) -> None:
    for number in range(120):
        write(f"many/{number:03}.txt", f"长沙工程机械的省内配套率第{number}次超过36%。")
    alone = write("one/别的.txt", "配套设施说明：本市的桥梁。")
    library.add(alone.parent.parent)
    question = "长沙工程机械的省内配套率"
    assert "别的" not in found(library, None, question)
    assert found(library, Filter((str(alone.parent),)), question) == {"别的"}


# -- dates ---------------------------------------------------------------------------------------------------


def modified(library: Library) -> list[str]:
    return [str(datetime.fromisoformat(info.modified_at).astimezone().date()) for info in library.documents()]


def test_a_date_is_that_of_the_text(library: Library, write: Writer) -> None:
    path = dated(write("a.txt", text_of("长沙")), "2021-05-01")
    library.add(path)
    assert modified(library) == ["2021-05-01"]
    dated(path, "2022-05-01")
    assert library.add(path).outcomes[0].status == "unchanged"
    assert modified(library) == ["2021-05-01"]
    renamed = path.rename(path.with_name("b.txt"))
    assert library.add(renamed).outcomes[0].status == "renamed"
    assert modified(library) == ["2021-05-01"]
    renamed.write_text(text_of("株洲"), encoding="utf-8")
    library.add(dated(renamed, "2023-05-01"))
    assert modified(library) == ["2023-05-01"]


def test_of_several_files_with_one_text_the_earliest_dates_it(library: Library, write: Writer) -> None:
    library.add(dated(write("b.txt", text_of("长沙")), "2022-05-01"))
    library.add(dated(write("a.txt", text_of("长沙")), "2021-05-01"))
    assert modified(library) == ["2021-05-01"]


def test_a_file_without_a_date_has_that_of_its_taking_in(
    library: Library, write: Writer, open_library: Opener
) -> None:
    path = write("a.txt", text_of("长沙"))
    library.add(path)
    library.close()
    with sqlite3.connect(library.folder / "library.db") as connection:
        connection.execute("UPDATE sources SET modified = NULL")
    connection.close()
    (info,) = open_library().documents()
    assert info.modified_at == info.added_at
    assert found(library, Filter(since=datetime.now(UTC).astimezone().date())) == {"a"}


def test_a_library_made_before_dates_were_kept_is_opened(
    library: Library, write: Writer, open_library: Opener
) -> None:
    library.add(write("a.txt", text_of("长沙")))
    library.close()
    with sqlite3.connect(library.folder / "library.db") as connection:
        connection.execute("ALTER TABLE sources DROP COLUMN modified")
    connection.close()
    again = open_library()
    (info,) = again.documents()
    assert info.modified_at == info.added_at
    again.add(dated(write("b.txt", text_of("株洲")), "2021-05-01"))
    assert modified(again)[1] == "2021-05-01"
    assert again.check() == []


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-2-5", date(2023, 2, 5), date(2023, 2, 5)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_year_or_month_is_all_its_days(text: str, first: date, last: date) -> None:
    assert (first_day(text), last_day(text)) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "24", "2024-13", "2024-00", "2023-02-29", "2024/01/01", "gestern", "0000"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    for read in (first_day, last_day):
        with pytest.raises(ValueError, match=r"YYYY|year|month|day"):
            read(text)


# -- vectors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most_exact", [10_000, 1_000], ids=["exact", "8 bits"])
@pytest.mark.parametrize("share", [0.004, 0.3, 1.0])
def test_vectors_within_a_choice_are_those_of_brute_force(most_exact: int, share: float) -> None:
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(3000, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = np.sort(rng.choice(50_000, 3000, replace=False)).tolist()
    index = VectorIndex(32, most_exact=most_exact)
    index.update((), [(ids, vectors)])
    index.update(ids[::7], [])
    held = {number: row for place, (number, row) in enumerate(zip(ids, vectors, strict=True)) if place % 7}
    only = set(rng.choice(ids, int(share * len(ids)), replace=False).tolist()) | {49_999, 60_000}
    kept = 0
    for question in vectors[::300]:
        true = {number: float(row @ question) for number, row in held.items() if number in only}
        wanted = sorted(true, key=lambda number: -true[number])[:20]
        hits = index.search(question, 20, only)
        assert len(hits) == min(20, len(true))
        assert {hit.passage_id for hit in hits} <= set(true)
        if index.is_exact:
            assert [hit.passage_id for hit in hits] == wanted
        assert [hit.score for hit in hits] == pytest.approx([true[hit.passage_id] for hit in hits], abs=0.02)
        kept += len(set(wanted) & {hit.passage_id for hit in hits})
    assert kept >= 0.95 * 10 * min(20, len(true))
    assert index.search(vectors[0], 5, []) == []
    assert index.search(vectors[0], 5, [70_000]) == []


# -- the command and the assistant ---------------------------------------------------------------------------


def test_the_assistant_answers_from_what_matches(filled: Library, tmp_path: Path) -> None:
    assistant = Assistant(filled, SayingGenerator("省内配套率超过36%。"))
    within = Filter((str(tmp_path / "files" / "contracts" / "old"),))
    (event,) = [each for each in assistant.stream("配套率是多少？", within=within) if isinstance(each, Found)]
    assert {hit.document.title for hit in event.hits} == {"株洲工程机械集群"}
    answer = assistant.ask("配套率是多少？", within=within)
    named = [each.document for each in answer.citations] + [each.document for each in answer.nearest]
    assert {document.title for document in named} == {"株洲工程机械集群"}
    with pytest.raises(NothingMatchesError):
        assistant.ask("配套率是多少？", within=Filter(types=("pdf",)))


@pytest.fixture
def run(
    filled: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command on the filled library, without models; returns status, standard output and error."""
    monkeypatch.setattr(
        "rag.wiring.Library",
        lambda folder, **_: Library(folder, open_encoder=lambda _: HashingEncoder()),
    )

    def run_one(*arguments: str) -> tuple[int, str, str]:
        try:
            status = cli.main([*arguments, "--library", str(filled.folder)])
        except SystemExit as left:
            status = int(left.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return run_one


def test_the_command_takes_filters(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    files = tmp_path / "files"

    def paths(*options: str) -> set[str]:
        status, out, _ = run("search", "配套率", "--json", *options)
        assert status == 0
        return {Path(hit["document"]["path"]).name for hit in json.loads(out)["hits"]}

    assert paths("--in", str(files / "contracts")) == {"长沙.txt", "株洲.md"}
    assert paths("--in", str(files / "contracts" / "old"), "--in", str(files / "reports")) == {
        "株洲.md",
        "湘潭.txt",
        "娄底.md",
    }
    assert paths("--type", "md", "--since", "2024") == {"娄底.md"}
    assert paths("--until", "2023-11") == {"长沙.txt"}
    (row,) = [row for row in json.loads(run("list", "--json")[1])["documents"] if "湘潭" in row["path"]]
    assert datetime.fromisoformat(row["modified_at"]).astimezone().date() == date(2024, 1, 1)
    assert [line for line in run("list")[1].splitlines() if "湘潭" in line and "2024-01-01" in line]


@pytest.mark.parametrize("command", [("search", "问"), ("ask", "问"), ("chat",)])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--since", "gestern"), "gestern is no date; type YYYY, YYYY-MM or YYYY-MM-DD"),
        (("--until", "2023-02-29"), "2023-02-29 is no date"),
        (("--type", "pdf"), "no document of type pdf. See their paths and dates with: judian list"),
        (("--in", "/no/such"), "no document '/no/such'. See their ids and paths with: judian list"),
    ],
)
def test_a_filter_that_cannot_be_met_ends_in_one_line(
    run: Callable[..., tuple[int, str, str]],
    command: tuple[str, ...],
    options: tuple[str, ...],
    told: str,
) -> None:
    status, out, err = run(*command, *options)
    assert (status, out) == (2, "")
    assert told in err
    assert err.startswith("judian: ")
    assert err.count("\n") == 1
