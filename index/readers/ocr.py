"""A picture to the lines of text on it, by character recognition. Knows no PDF and no passages."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rapidocr
from PIL import Image, ImageOps
from rapidocr.inference_engine.openvino.main import OpenVINOError
from rapidocr.utils.log import logger

from index.normalize import is_han
from index.readers.layout import Box, Line, Page, in_reading_order, mean_score, write
from index.readers.parsed import Parsed, TextBuilder, Tick, UnreadableError

MOST_PIXELS = 200_000_000  # of a picture before it is made smaller; an A3 scan at 600 dpi has 70 million
MOST_PAGES = 1_000

_LONGEST_SIDE = 4_000
_THINNEST = 32  # pixels
_MOST_RATIO = 10  # of the sides
_LEAST_SCORE = 0.5  # lines read less surely are mostly drawings taken for letters
_DOUBTFUL = 0.8  # on average; upright print has above 0.95, print on its head about 0.6
_THREADS = 2
_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF")
# What Pillow raises for malformed pictures; SyntaxError is its word for a broken PNG.
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    Image.DecompressionBombError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)

Picture = npt.NDArray[np.uint8]

_lock = threading.Lock()


def parse(data: bytes, tick: Tick) -> Parsed:
    """The text on the picture in the file ``data``; the frames of a TIFF are its pages.

    Raises UnreadableError.
    """
    pages = []
    for number, count, picture in _pictures(data):
        height, width = picture.shape[:2]
        pages.append(Page(number, width, height, tuple(recognise(picture))))
        tick(number, count)
    builder = TextBuilder()
    write(builder, pages)
    if builder.empty:
        raise UnreadableError(
            "holds no text that could be recognised; add a sharper picture of it", "no_scan"
        )
    return builder.build(confidence=mean_score(pages))


def recognise(image: Picture) -> list[Line]:
    """The lines of text on ``image`` ((height, width, 3), blue green red) in reading order.

    Boxes are in pixels of the picture as it is read: one that lies on its side or head is turned first.
    """
    best = _found(image)
    # The package's own model for this turns single upright lines of Traditional Chinese, which then are lost.
    turned = [_found(np.ascontiguousarray(np.rot90(image, quarters))) for quarters in _turns(best)]
    # Lines on their side are turned one by one and read well, but stand in no order.
    better = _certainty(best) + (0.1 if len(turned) == 1 else -0.05)
    best = max((each for each in turned if _certainty(each) > better), key=_certainty, default=best)
    return in_reading_order([line for line in best if line.score >= _LEAST_SCORE])


def _found(image: Picture) -> list[Line]:
    # The package enlarges a thin picture until its short side is wide: a row of 4,000 pixels took 40 GB.
    height, width = image.shape[:2]
    least = max(_THINNEST, max(height, width) // _MOST_RATIO)
    missing = ((0, max(0, least - height)), (0, max(0, least - width)), (0, 0))
    try:
        with _lock:
            found = _engine()(np.pad(image, missing, mode="edge"))
    except OpenVINOError as error:
        raise UnreadableError(
            "needs more memory for its recognition than a file may take; save it smaller and add it again",
            "pixels",
        ) from error
    if found.boxes is None or found.txts is None:
        return []
    return [
        _line(text, np.asarray(corners), float(score))
        for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        if text.strip()
    ]


def _turns(lines: Sequence[Line]) -> tuple[int, ...]:
    """The quarter turns by which the picture might be read better."""
    wide = sum(line.box.width for line in lines)
    tall = sum(line.box.height for line in lines)
    if tall > 2 * wide:
        return (1, 3)
    return (2,) if lines and _certainty(lines) < _DOUBTFUL else ()


def _certainty(lines: Sequence[Line]) -> float:
    total = sum(len(line.text) for line in lines)
    return sum(len(line.text) * line.score for line in lines) / total if total else 0.0


def _line(text: str, corners: Any, score: float) -> Line:
    box = Box(*map(float, (*corners.min(axis=0), *corners.max(axis=0))))
    upright = box.height > 1.5 * box.width and len(text) > 1
    length, thickness = (box.height, box.width) if upright else (box.width, box.height)
    # Chinese characters are as wide as the font is large; the height of the box depends on the detector.
    han = sum(map(is_han, text))
    size = length / (han + 0.55 * (len(text) - han)) if han >= 4 else 0.75 * thickness
    return Line(text, box, score, min(size, thickness))


def _pictures(data: bytes) -> Iterator[tuple[int, int, Picture]]:
    """Every frame of the file with its number and their count. Raises UnreadableError."""
    try:
        image, count = _opened(data)
        with image:
            if count > MOST_PAGES:
                raise UnreadableError(
                    f"has {count:,} pages; split it into parts of at most {MOST_PAGES:,}",
                    "pages",
                    count=count,
                    most=MOST_PAGES,
                )
            for number in range(1, count + 1):
                yield number, count, _decoded(image, number)
    except _MALFORMED as error:
        raise UnreadableError(
            "is damaged or no picture; open it, save it as PNG and add that file",
            "damaged",
        ) from error


def _opened(data: bytes) -> tuple[Image.Image, int]:
    """The picture and the number of its pages; the frames of other formats than TIFF are films."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's about odd metadata and many pixels
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        return image, getattr(image, "n_frames", 1) if image.format == "TIFF" else 1


def _decoded(image: Image.Image, number: int) -> Picture:
    """The frame as (height, width, 3) blue green red on white, not larger than recognition needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.seek(number - 1)
        return _upright(image)


def _upright(image: Image.Image) -> Picture:
    if image.width * image.height > MOST_PIXELS:
        raise UnreadableError("has too many pixels; save it smaller and add it again", "pixels")
    image.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
    turned = ImageOps.exif_transpose(image)
    if turned.has_transparency_data:
        coloured = turned.convert("RGBA")
        turned = Image.new("RGBA", coloured.size, "white")
        turned.alpha_composite(coloured)
    if turned.mode.startswith("I") or turned.mode == "F":
        turned = _eight_bits(turned)
    small = turned.convert("RGB")
    small.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return np.ascontiguousarray(np.asarray(small)[:, :, ::-1])


def _eight_bits(image: Any) -> Any:
    """A picture of 16 or 32 bits a pixel with its darkest point black and its lightest white."""
    values = np.asarray(image, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8))


@cache
def _engine() -> Any:
    """PP-OCRv6 small from the package's own folder, so that nothing is ever fetched."""
    logger.setLevel("WARNING")
    folder = Path(rapidocr.__file__).parent / "models"
    params: dict[str, Any] = {
        "Global.log_level": "error",
        "Global.text_score": 0.0,
        "Global.use_cls": False,
        "Global.max_side_len": _LONGEST_SIDE,
        "EngineConfig.openvino.inference_num_threads": _THREADS,
    }
    for part, name in _MODELS.items():
        path = folder / name
        if not path.is_file():
            raise UnreadableError(
                "needs character recognition; install it again with: pip install --force-reinstall rapidocr",
                "no_recognition",
            )
        params[f"{part}.engine_type"] = rapidocr.EngineType.OPENVINO
        params[f"{part}.model_path"] = str(path)
    return rapidocr.RapidOCR(params=params)
