"""The map of sound finding its order while its network learns, as an animated GIF: animation."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE, MARGIN, DOT, LEGEND = 480, 24, 3.2, 22
BETWEEN, FRAME_MS, LAST_MS = 3, 90, 2500
"""Pictures from one snapshot to the next, and how long each is shown."""
PALETTE = ("#4269d0", "#c48a00", "#d4483b", "#2b9aa8", "#3f8f4f", "#d0679a", "#8757b8", "#82583a")
"""Colours that can be told apart on white, one a class."""


def animation(places: np.ndarray, classes: np.ndarray, names: Sequence[str], counts: Sequence[str]) -> bytes:
    """Return an animated GIF of points that move from snapshot to snapshot.

    Args:
        places: shape (E, N, 2), E at least 1; the last one fills the picture.
        classes: of each point, index in `names`, shape (N,).
        names: of the classes, at most as many as `PALETTE` has colours.
        counts: what is written on each snapshot, E texts.
    """
    last = places[-1].astype(float)
    low, high = np.quantile(last, 0.005, axis=0), np.quantile(last, 0.995, axis=0)
    inner = SIZE - 2 * MARGIN
    drawn = (np.asarray(places, float) - low) / np.maximum(high - low, 1e-6) * inner + MARGIN
    frames = []
    for number in range(len(drawn)):
        steps = BETWEEN if number + 1 < len(drawn) else 1
        for step in range(steps):
            following = drawn[min(number + 1, len(drawn) - 1)]
            points = drawn[number] + (following - drawn[number]) * step / steps
            frames.append(_picture(points, classes, names, counts[number]))
    target = io.BytesIO()
    shown = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=shown, loop=0, optimize=True)
    return target.getvalue()


def _picture(points: np.ndarray, classes: np.ndarray, names: Sequence[str], text: str) -> Image.Image:
    image = Image.new("RGB", (SIZE, SIZE + LEGEND * -(-len(names) // 4)), "white")
    draw = ImageDraw.Draw(image)
    for (x, y), kind in zip(points.tolist(), classes.tolist(), strict=True):
        y = SIZE - y
        draw.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), fill=PALETTE[kind])
    draw.rectangle((0, SIZE, *image.size), fill="white")
    font = ImageFont.load_default(13)
    for kind, name in enumerate(names):
        x, y = 8 + kind % 4 * (SIZE - 8) // 4, SIZE + LEGEND * (kind // 4) + 4
        draw.ellipse((x, y + 3, x + 9, y + 12), fill=PALETTE[kind])
        draw.text((x + 14, y), name, fill="#222222", font=font)
    draw.text((8, 6), text, fill="#222222", font=font)
    return image.convert("P", palette=Image.Palette.ADAPTIVE, colors=24)
