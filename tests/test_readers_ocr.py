"""Character recognition on drawn pictures: exact text, pages, no network, bad files."""

from __future__ import annotations

import contextlib
import io
import logging
import random
import socket
import subprocess
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from index.readers import ocr, pdf
from index.readers.layout import Box, Line
from index.readers.parsed import Parsed, UnreadableError
from index.types import Place
from tests.make_pdf import PdfMaker

LINES = [
    "　　岳麓山位于湘江西岸，最高处海拔约三百米，山上的枫树在",
    "秋天变红，每年有很多人来看。",
    "　　山脚下有一座古老的书院。",
]
TEXT = (
    "岳麓山位于湘江西岸，最高处海拔约三百米，山上的枫树在秋天变红，每年有很多人来看。\n"
    "山脚下有一座古老的书院。\n"
)


def quiet(done: int, total: int) -> None: ...


def font(size: int) -> Any:
    """A font with Chinese characters, or the test is skipped."""
    command = ["fc-list", ":lang=zh-cn", "file"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listed = []
    paths = sorted(line.strip().rstrip(":") for line in listed)
    if not paths:
        pytest.skip("no Chinese font on this machine: apt install fonts-noto-cjk")
    wanted = next((path for path in paths if "Serif" in path and "Regular" in path), paths[0])
    return ImageFont.truetype(wanted, size)


def picture(lines: list[str] = LINES, size: int = 36) -> Image.Image:
    image = Image.new("RGB", (1300, 1800), "white")
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        draw.text((120, 200 + row * size * 2), line, font=font(size), fill="black")
    return image


def saved(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
def test_a_picture_of_text_is_read_and_its_lines_joined(kind: str) -> None:
    parsed = ocr.parse(saved(picture(), kind), quiet)
    assert parsed.text == TEXT
    assert parsed.places == (Place(0, "page", 1),)
    assert 0.9 < parsed.confidence < 1.0


def test_nothing_is_fetched_and_nothing_is_logged(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    ocr._engine.cache_clear()
    assert ocr.parse(saved(picture()), quiet).text == TEXT
    assert ocr.recognise(np.full((200, 200, 3), 255, np.uint8)) == []
    assert capfd.readouterr() == ("", "")


def test_lines_tell_their_places_and_sizes() -> None:
    lines = ocr.recognise(np.asarray(picture()))
    assert [line.text for line in lines] == [line.strip("　") for line in LINES]
    assert [round(line.size / 36) for line in lines] == [1, 1, 1]
    left, top, right, bottom = lines[0].box
    assert (abs(left - 192) < 12, abs(right - 1128) < 20, top < 218 < bottom) == (True, True, True)


def test_the_frames_of_a_tiff_are_pages() -> None:
    frames = [picture(["第一页的内容在这里。"]), picture(["第二页的内容在这里。"])]
    told: list[tuple[int, int]] = []
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    parsed = ocr.parse(data, lambda done, total: told.append((done, total)))
    assert parsed.text == "第一页的内容在这里。\n第二页的内容在这里。\n"
    assert parsed.places == (Place(0, "page", 1), Place(11, "page", 2))
    assert told == [(1, 2), (2, 2)]


def test_a_photograph_is_turned_as_the_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = picture().rotate(90, expand=True)
    assert ocr.parse(saved(turned, "JPEG", exif=exif, quality=90), quiet).text == TEXT


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_picture_that_lies_on_its_side_or_head_is_turned(quarters: int) -> None:
    assert ocr.parse(saved(picture().rotate(90 * quarters, expand=True)), quiet).text == TEXT


def test_black_text_on_a_transparent_ground_is_read() -> None:
    image = picture().convert("L")
    clear = Image.new("RGBA", image.size, (0, 0, 0, 0))
    clear.putalpha(image.point(lambda value: 255 - value))
    assert ocr.parse(saved(clear), quiet).text == TEXT


def scan(*images: Image.Image | str) -> Parsed:
    maker = PdfMaker()
    for each in images:
        if isinstance(each, str):
            maker.lines(200, [each])
        else:
            maker.picture(each)
        maker.page()
    return pdf.parse(maker.data(), quiet)


def test_a_scanned_page_between_pages_of_text_is_recognised() -> None:
    first, last = "这一页本来就是文字，不必辨认。", "最后一页也是文字，同样不必辨认。"
    parsed = scan(first, picture(), last)
    assert parsed.text == f"{first}\n{TEXT}{last}\n"
    assert [(place.number, place.start) for place in parsed.places] == [
        (1, 0),
        (2, len(first) + 1),
        (3, len(first) + 1 + len(TEXT)),
    ]
    assert 0.9 < parsed.confidence < 1.0


def test_a_page_whose_characters_mean_nothing_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    maker = PdfMaker()
    maker.lines(200, ["\ue001\ue002\ue003" * 10])
    maker.page()
    line = Line("画上去的字。", Box(100, 100, 400, 130), 0.9, 30.0)
    monkeypatch.setattr(ocr, "recognise", lambda image: [line] * (image.shape[1:] == (1654, 3)))
    parsed = pdf.parse(maker.data(), quiet)
    assert (parsed.text, parsed.confidence) == ("画上去的字。\n", 0.9)


def test_a_file_whose_characters_mean_nothing_and_are_not_recognised_says_so() -> None:
    maker = PdfMaker()
    maker.lines(200, ["\ue001\ue002\ue003" * 10])
    maker.page()
    with pytest.raises(UnreadableError, match=r"^does not say which characters .*; add the file that "):
        pdf.parse(maker.data(), quiet)


def test_a_lost_page_among_others_lowers_the_confidence() -> None:
    maker = PdfMaker()
    maker.lines(200, ["\ue001\ue002\ue003" * 10])
    maker.page()
    maker.lines(200, ["这一页的十个字读得出。"[:10]])
    maker.page()
    parsed = pdf.parse(maker.data(), quiet)
    assert (parsed.text, parsed.confidence) == ("这一页的十个字读得出\n", 10 / 40)
    assert parsed.places == (Place(0, "page", 2),)


def test_a_picture_without_text_holds_none() -> None:
    with pytest.raises(UnreadableError, match=r"^holds no text that could be recognised; "):
        ocr.parse(saved(Image.new("RGB", (300, 300), "white")), quiet)


def test_too_many_pixels_are_refused_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "MOST_PIXELS", 10_000)
    with pytest.raises(UnreadableError, match=r"^has too many pixels; "):
        ocr.parse(saved(Image.new("RGB", (101, 100))), quiet)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"])
def test_damaged_pictures_raise_nothing_else(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ocr, "recognise", lambda image: [Line("字", Box(0, 0, 9, 9), size=9)] * bool(image.size)
    )
    image = Image.effect_noise((60, 40), 40).convert("RGB")
    good = saved(image, kind)
    generator = random.Random(3)
    broken = [b"", b"\x89PNG\r\n", generator.randbytes(500), good[: len(good) // 2]]
    for _ in range(200):
        mutated = bytearray(good)
        for _ in range(generator.randint(1, 8)):
            mutated[generator.randrange(min(len(mutated), 400))] = generator.randrange(256)
        broken.append(bytes(mutated))
    for data in broken:
        with contextlib.suppress(UnreadableError):
            assert set(ocr.parse(data, quiet).text) == set("字\n")
    with pytest.raises(UnreadableError, match=r"^is damaged or no picture; "):
        ocr.parse(good[: len(good) // 8], quiet)
