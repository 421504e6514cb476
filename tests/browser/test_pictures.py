"""The documentation's pictures: all of them there, none too heavy."""

import re
from pathlib import Path

import pytest

from tests.browser.pictures import FOLDER, LARGEST, PICTURES

README = Path(__file__).parents[2] / "README.md"


def test_there_is_a_picture_of_every_view_and_no_other():
    assert {file.name for file in FOLDER.iterdir()} == {picture.file.name for picture in PICTURES}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_small_enough_to_be_waited_for(picture):
    content = picture.file.read_bytes()

    assert content.startswith(b"\x89PNG")
    assert len(content) < LARGEST


def test_the_readme_shows_pictures_that_are_there():
    shown = re.findall(r"\]\((docs/[^)]+\.png)\)", README.read_text())

    assert shown
    assert [each for each in shown if not (README.parent / each).is_file()] == []
