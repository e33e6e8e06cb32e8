"""The map of jazz sound: grains, paths, what the shipped networks make, the command line, and the page in Chromium."""

import io
import json
import wave

import numpy as np
import pytest

from musegen.cli.command_line import main
from musegen.errors import ConstraintError
from musegen.files.sound_file import read_clip
from musegen.rendering.audio import encode_audio
from musegen.rendering.map_animation import animation
from musegen.services.sound import jazz_map
from musegen.services.sound.jazz_map import (
    NETS,
    Asked,
    grid_pack,
    land,
    load_map,
    map_clip,
    map_wav,
    plane_data,
    read_own,
)
from musegen.sound.grains import chosen_grains, laid_out
from musegen.sound.jazz_map import GRID_SIDE, HOW, PEAK, along, audible, clip_of
from musegen.sound.spectrum import CLIP_SAMPLES, FRAMES, SAMPLE_RATE, clip_picture, levelled
from tests.chromium import settle

RANDOM = np.random.default_rng(5)
CLIPS = np.array([levelled(np.convolve(RANDOM.normal(size=CLIP_SAMPLES), np.ones(n) / n, "same")) for n in (1, 8, 40)])


def test_grains_give_a_real_clip_back_and_jump_where_the_picture_changes():
    pictures = np.array([clip_picture(clip) for clip in CLIPS])
    assert np.array_equal(laid_out(pictures[1], pictures, CLIPS), CLIPS[1])
    half = np.concatenate([pictures[0][: FRAMES // 2], pictures[2][FRAMES // 2 :]])
    course = chosen_grains(half, pictures)
    assert [clip for clip, _ in course] == [0] * (len(course) // 2) + [2] * (len(course) // 2)


def test_a_path_goes_through_its_corners_at_one_speed():
    points = along([(0, 0), (1, 0), (1, 3)], 8)
    steps = np.abs(np.diff(points, axis=0)).sum(axis=1)
    assert points[0].tolist() == [0, 0] and points[-1].tolist() == [1, 3]
    assert np.allclose(steps.sum(), 4) and steps.max() < 4 / (len(points) - 1) + 1e-9
    assert len(along([(2, 2)], 0)) == 2 and len(along([(0, 0), (1, 1)], 1e6)) == len(along([(0, 0), (1, 1)], 30))


def test_what_is_short_is_repeated_and_what_is_loud_is_not_clipped():
    assert np.array_equal(clip_of(np.arange(5.0))[:7], [0, 1, 2, 3, 4, 0, 1])
    assert np.abs(audible(np.full(5000, 7.0))).max() == pytest.approx(PEAK) and not audible(np.zeros(50)).any()


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("net", NETS)
def test_every_place_sounds_and_is_never_clipped(net, how):
    x, y = load_map().nets[net].points[11].tolist()
    for line in (((0.0, 0.0),), ((x, y),), ((-40.0, 40.0),), ((x, y), (0.0, 0.0), (3.0, 1.0))):
        clip = map_clip(Asked(net, line, how, seconds=3))
        assert clip.peak == pytest.approx(PEAK, abs=1e-3) and clip.loudest_dbfs > -30
        assert clip.duration_sec == pytest.approx(3, abs=0.8)


def test_another_place_or_root_sounds_otherwise_and_the_same_one_the_same():
    one = map_clip(Asked("wide", ((1.0, 1.0),)))
    jazz_map.map_clip.cache_clear()
    assert map_clip(Asked("wide", ((1.0, 1.0),))) == one
    assert map_clip(Asked("wide", ((-2.0, 1.0),))) != one and map_clip(Asked("wide", ((1.0, 1.0),), root=6)) != one


OFF_THE_MAP = (
    {"at": "a"}, {"at": "1"}, {"net": "x"}, {"how": "x"}, {"root": "12"}, {"at": "1,2;3"}, {"at": "9999,0"},
    {"told": "1,2"}, {"at": "1,2,3"},
)  # fmt: skip


@pytest.mark.parametrize("query", OFF_THE_MAP)
def test_what_is_not_on_the_map_is_refused_in_a_sentence(query):
    with pytest.raises(ConstraintError, match="cannot be heard"):
        map_wav(Asked.of_query(query))


def test_a_clip_of_the_map_lands_where_it_lies():
    found = load_map()
    number = int(found.grains[3])
    landed = land(read_own(jazz_map.grain_wav(number)).clip)
    for net in NETS:
        spread = found.nets[net].places.std(axis=0)
        away = np.abs(np.array(landed[net]["place"]) - found.nets[net].places[number]) / spread
        assert away.mean() < 0.5  # the kept sound is compressed
        assert len(landed[net]["near"]) == 5
    assert jazz_map.grain_wav(-1) is None


def test_the_card_says_that_all_is_rendered_and_its_files_are_those():
    card = jazz_map.card()
    assert "rendered by us" in card["made_of"] and card["quality"]["test_clips"] == card["clips"]["test"]
    folder = jazz_map.checkpoints_dir() / jazz_map.FOLDER
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12e6
    assert set(card["files"]) == {path.name for path in folder.iterdir()} - {"card.json"}


@pytest.mark.parametrize("name", NETS)
def test_what_is_made_in_advance_is_what_sounds_in_the_middle_of_each_cell(name):
    line, files = grid_pack(name).split(b"\n", 1)
    lengths, net = json.loads(line), load_map().nets[name]
    assert len(lengths) == GRID_SIDE**2 and sum(lengths) == len(files)
    plane, points = plane_data(name), net.grid()
    assert np.allclose(points.mean(axis=0), plane["middle"], atol=1e-3) and plane["side"] == GRID_SIDE
    assert np.allclose(points[1] - points[0], (2 * plane["reach"] / GRID_SIDE, 0), atol=1e-4)
    number = 19
    start = sum(lengths[:number])
    made = clip_picture(read_clip(files[start : start + lengths[number]]).clip.samples)
    exact = clip_picture(map_clip(Asked(name, (tuple(points[number].tolist()),))).samples)
    other = clip_picture(map_clip(Asked(name, (tuple(points[44].tolist()),))).samples)
    assert np.abs(made - exact).mean() < 0.5 * np.abs(made - other).mean()
    with pytest.raises(ConstraintError, match="cannot be heard"):
        grid_pack("x")


def test_the_animation_has_a_picture_for_every_step():
    places = np.random.default_rng(0).normal(size=(3, 20, 2))
    data = animation(places, np.arange(20) % 2, ["one", "two"], ["a", "b", "c"])
    assert data[:6] == b"GIF89a" and data.count(b"\x21\xf9\x04") == 7


def test_the_command_line_samples_and_morphs(tmp_path, capsys):
    assert main(["audio", "sample", "--count", "2", "--out", str(tmp_path), "--json"]) == 0
    files = [each["file"] for each in json.loads(capsys.readouterr().out)["files"]]
    assert main(["audio", "morph", *files, "--net", "wide", "--steps", "3", "--out", str(tmp_path / "m")]) == 0
    morphed = sorted((tmp_path / "m").glob("*.wav"))
    assert len(morphed) == 3
    with wave.open(str(morphed[1])) as file:
        assert file.getframerate() == SAMPLE_RATE and file.getnframes() == CLIP_SAMPLES
    wide = np.stack([np.sin(np.arange(96_000) / 30)] * 2, axis=1)
    (tmp_path / "wide.wav").write_bytes(encode_audio(np.rint(wide * 9_000).astype(np.int16), sample_rate=96_000))
    capsys.readouterr()
    assert main(["audio", "morph", files[0], str(tmp_path / "wide.wav"), "--seconds", "1", "--out", str(tmp_path)]) == 0
    assert "wide.wav: Its 2 channels are mixed to one.\nwide.wav: It has 96 kHz and is" in capsys.readouterr().err
    (tmp_path / "text.wav").write_text("no sound")
    assert main(["audio", "morph", files[0], str(tmp_path / "text.wav"), "--out", str(tmp_path)]) == 2
    assert main(["audio", "sample", "--count", "0", "--out", str(tmp_path)]) == 2


def the_map(open_page, address, **options):
    """Return the page, the plane and what is around it, once what was made in advance is there."""
    page = open_page(address, **options)
    settle(page)
    page.locator("a[href$='jazz-map']").first.evaluate("link => link.click()")  # a narrow page hides it
    plane, host = page.locator(".plane canvas"), page.locator(".musegen:has(.jazz-map)")
    plane.wait_for()
    page.locator(f"[data-grid='{GRID_SIDE**2}']").wait_for(state="attached")
    return page, plane, host


def press(page, plane, across=0.5, up=0.5):
    """Press a point of the plane."""
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * (1 - up))


@pytest.mark.browser
def test_a_point_of_the_map_sounds_at_once_and_its_melody_goes_to_compose(open_page, address):
    page, plane, host = the_map(open_page, address, viewport={"width": 390, "height": 900})
    held = []
    page.route("**/musegen/map.wav?*", lambda route: held.append(route))
    press(page, plane)
    page.locator("[data-first]").wait_for(state="attached")  # what was made in advance, before the exact one
    assert host.get_attribute("data-milliseconds") is None and float(host.get_attribute("data-peak")) > 0.3
    held[0].continue_()
    page.locator("[data-milliseconds]").wait_for(state="attached")
    page.get_by_role("button", name="Its melody to Compose").click()
    page.wait_for_url(lambda url: "jazz-map" not in url)
    page.locator(".st-key-hum-redo, [data-testid=stPlotlyChart], [data-testid=stAlert]").first.wait_for()
    settle(page)


@pytest.mark.browser
def test_the_map_is_walked_in_the_browser(open_page, address, tmp_path):
    page, plane, host = the_map(open_page, address)
    press(page, plane)
    page.locator("[data-milliseconds]").wait_for(state="attached")
    assert 0.5 < float(host.get_attribute("data-peak")) <= 1
    where = page.locator(".told").inner_text()
    plane.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("was => document.querySelector('.told')?.textContent !== was", arg=where)
    href = page.locator("a.save").get_attribute("href")
    data = page.request.get(href).body()
    with wave.open(io.BytesIO(data)) as file:
        assert file.getnframes() == CLIP_SAMPLES
    for number in (1, 2):
        (tmp_path / f"{number}.wav").write_bytes(map_wav(Asked("map", ((float(number), 0.0),))))
    page.get_by_text("My own clips").click()
    page.locator("input[type=file]").set_input_files([str(tmp_path / "1.wav"), str(tmp_path / "2.wav")])
    settle(page)
    page.get_by_role("button", name="Between my clips").click()
    press(page, plane)
    page.get_by_text("Between your clips, 3.1 seconds").wait_for()
