"""Stack the map rows of a run's report into one picture, for the README.

Usage: python demo_picture.py RESULT PICTURE
"""

import argparse
import base64
import html
import io
import re
import sys
import textwrap
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, MARGIN = 1000, 110
LABEL = 12
"""Characters of a row's name that fit beside it."""

ROW = re.compile(
    r'class="name">([^/]*?</strong>.*?)</div>\s*<img src="data:image/png;base64,([A-Za-z0-9+/=]+)', re.DOTALL
)


def main() -> int:
    """Write the rows one above the other, each with its name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    rows = [
        (_text(name), _reduced(encoded))
        for name, encoded in ROW.findall((options.result / "report.html").read_text(encoding="utf-8"))
    ]
    picture = Image.new("RGB", (MARGIN + WIDTH, sum(row.height for _, row in rows)), "black")
    draw = ImageDraw.Draw(picture)
    top = 0
    for name, row in rows:
        picture.paste(row, (MARGIN, top))
        place = (8, top + row.height // 2)
        draw.multiline_text(place, name, fill="white", anchor="lm", font=ImageFont.load_default(14))
        top += row.height
    picture.quantize(256).save(options.picture, optimize=True)
    return 0


def _text(markup: str) -> str:
    return textwrap.fill(" ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split()), LABEL)


def _reduced(encoded: str) -> Image.Image:
    row = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB")
    return row.resize((WIDTH, round(row.height * WIDTH / row.width)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    sys.exit(main())
