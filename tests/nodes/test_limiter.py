"""The limiter keeps its ceiling, and everything that it need not change."""

import itertools
from typing import Any

import numpy as np
import pedalboard
import pytest
import soxr
from masterchain.nodes import Dither, Spec, peak_margin
from masterchain.nodes.kernels.limiter_gain import MARGIN
from masterchain.nodes.limiter import Limiter
from masterchain.nodes.limiter_model import GainModel, PeakEnvelope
from scipy import ndimage, signal

RATE = 48000
HALF = 400
OFFSETS = np.arange(-16, 17) / 32.0
MODES = ["master", "live"]


def kaiser_sinc(t: np.ndarray) -> np.ndarray:
    inside = np.clip(1.0 - (t / (HALF + 1)) ** 2, 0.0, 1.0)
    return np.asarray(np.sinc(t) * np.i0(12.0 * np.sqrt(inside)) / np.i0(12.0))


TAPS = np.arange(-HALF, HALF + 1)
FINE = [kaiser_sinc(centre + OFFSETS[:, None] - TAPS) for centre in (0.0, 0.5)]


def db(x: float) -> float:
    return float(20.0 * np.log10(max(x, 1e-30)))


def true_peak(x: np.ndarray, crests: int = 100) -> float:
    """The reference of every goal: a sinc times Kaiser(12) over +-400 samples, 1/32 grid, at the highest crests."""
    best = 0.0
    for row in x:
        padded = np.pad(row, HALF + 1)
        grid = np.empty(2 * padded.size)
        grid[0::2] = np.abs(padded)
        grid[1::2] = np.abs(signal.fftconvolve(padded, FINE_MIDDLE, "same"))
        tops = 1 + np.flatnonzero((grid[1:-1] >= grid[:-2]) & (grid[1:-1] >= grid[2:]))
        tops = tops[(tops > 2 * HALF) & (tops < grid.size - 2 * HALF - 2)]
        for j in tops[np.argsort(grid[tops])[-crests:]]:
            best = max(best, np.abs(FINE[j % 2] @ padded[j // 2 - HALF : j // 2 + HALF + 1]).max())
    return best


FINE_MIDDLE = kaiser_sinc(TAPS + 0.5)


def stream(node: Limiter, x: np.ndarray, sizes: tuple[int, ...] = (4096,)) -> np.ndarray:
    y, i, k = x.copy(), 0, 0
    while i < y.shape[1]:
        node.process_block(y[:, i : i + sizes[k % len(sizes)]])
        i, k = i + sizes[k % len(sizes)], k + 1
    return y


def limiter(channels: int = 2, rate: float = RATE, **params: Any) -> Limiter:
    node = Limiter(**params)
    node.prepare(Spec(rate, channels, 8192))
    return node


def limited(x: np.ndarray, rate: float = RATE, **params: Any) -> np.ndarray:
    """Aligned with ``x`` and as long."""
    node = limiter(x.shape[0], rate, **params)
    return stream(node, np.pad(x, ((0, 0), (0, node.latency))))[:, node.latency :]


def sines(seconds: float, *tones: tuple[float, float]) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return np.tile(sum(a * np.sin(2.0 * np.pi * f * t) for f, a in tones), (2, 1))


def music_like(seconds: float = 2.0) -> np.ndarray:
    """Pink-ish noise that breathes, a chord, a drum each quarter of a second; true peak 1."""
    rng = np.random.default_rng(7)
    n = int(seconds * RATE)
    t, out = np.arange(n) / RATE, []
    for _ in range(2):
        x = signal.lfilter([1.0], [1.0, -0.97], rng.standard_normal(n))
        x *= (0.6 + 0.4 * np.sin(2.0 * np.pi * 0.7 * t)) / x.std()
        x += sum(0.5 * np.sin(2.0 * np.pi * f * t + rng.uniform(0, 6)) for f in (55.0, 110.0, 220.0, 440.0, 1760.0))
        hits = np.where(np.arange(n) % (RATE // 4) == 100, rng.uniform(0.5, 1.0, n), 0.0)
        x += 3.0 * signal.fftconvolve(hits, rng.standard_normal(2000) * np.exp(-np.arange(2000) / 300.0))[:n]
        out.append(x)
    music = np.array(out)
    return music / true_peak(music)


def torture() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    n = 2 * RATE
    gate = (np.arange(n) % 4800 < 2400).astype(float)
    return {
        "music-like +12 dB": music_like() * 4.0,
        "music-like +18 dB": music_like() * 8.0,
        "random +-1": rng.choice([-1.0, 1.0], (2, n)),
        "white noise": rng.standard_normal((2, n)) * 0.5,
        "fs/4 at 45 degrees": np.tile(1.41 * np.sin(np.pi / 2.0 * np.arange(n) + np.pi / 4.0), (2, 1)),
        "19 and 20 kHz bursts": sines(2.0, (19000.0, 1.0), (20000.0, 1.0)) * gate,
    }


@pytest.mark.parametrize(("mode", "most", "music"), [("master", 0.02, 0.0), ("live", 0.15, 0.02)])
def test_true_peak_stays_under_the_ceiling_whatever_comes(mode: str, most: float, music: float) -> None:
    over = {name: db(true_peak(limited(x, mode=mode))) + 1.0 for name, x in torture().items()}
    print(mode, {name: round(value, 4) for name, value in over.items()})
    assert max(over.values()) <= most, over
    assert max(over["music-like +12 dB"], over["music-like +18 dB"]) <= music


@pytest.mark.parametrize("bits", [16, 24])
def test_dither_finds_its_room_under_the_ceiling(bits: int) -> None:
    """The way a plan does it: the ceiling is lowered by what the dither can add."""
    for name, x in torture().items():
        ceiling = 20.0 * np.log10(10.0 ** (-1.0 / 20.0) - peak_margin(bits))
        y = Dither(bits=bits)(limited(x[:, :RATE], ceiling_db=ceiling), RATE)
        assert db(true_peak(y)) <= -1.0 + 0.02, name


def test_meters_that_roll_off_below_nyquist_read_music_no_higher() -> None:
    """soxr's best filter loses what is near Nyquist, and the rest stands out: by 0.27 dB in these drums of white noise.

    0.05 dB is what rounding to a tenth hides; real tracks leave nothing.
    """
    read = soxr.resample(limited(music_like() * 4.0).T, RATE, 8 * RATE, "VHQ")
    assert db(float(np.abs(read).max())) <= -1.0 + 0.05


@pytest.mark.parametrize("mode", MODES)
def test_below_the_ceiling_the_output_is_the_delayed_input_bit_for_bit(mode: str) -> None:
    x = signal.sosfiltfilt(signal.butter(8, 18000.0, fs=RATE, output="sos"), music_like())
    x *= 10.0 ** (-1.02 / 20.0) / true_peak(x)
    assert np.array_equal(limited(x, mode=mode), x)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("link", [100.0, 40.0])
def test_any_partition_into_blocks_gives_the_same_bits(mode: str, link: float) -> None:
    x = music_like(1.0)[:, :9000] * 3.0
    changes = {2000: {"ceiling_db": -7.0, "link": 0.0}, 4500: {"link": 100.0, "release_ms": 80.0}, 4700: {"link": 50.0}}

    def run(sizes: tuple[int, ...]) -> np.ndarray:
        node, parts = limiter(link=link, mode=mode), []
        edges = [0, *changes, x.shape[1]]
        for start, end in itertools.pairwise(edges):
            node.set(**changes.get(start, {}))
            parts.append(stream(node, x[:, start:end], sizes))
        return np.concatenate(parts, axis=1)

    whole = run((8192,))
    for sizes in ((1,), (64,), (511, 3, 1, 1000)):
        assert np.array_equal(run(sizes), whole)


@pytest.mark.parametrize(("mode", "most_ms"), [("master", 10.0), ("live", 3.0)])
@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_latency_is_true_and_short(mode: str, most_ms: float, rate: float) -> None:
    for lookahead_ms in (0.5, 1.5, 5.0):
        node = limiter(1, rate, mode=mode, lookahead_ms=lookahead_ms)
        x = np.zeros((1, 4000))
        x[0, 100] = 0.5
        assert np.flatnonzero(stream(node, x)[0]).tolist() == [100 + node.latency]
        assert node.latency <= most_ms * 1e-3 * rate


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("hz", [20.0, 60.0, 100.0, 150.0, 250.0, 1000.0])
def test_a_steady_tone_is_turned_down_without_distortion(mode: str, hz: float) -> None:
    """Held 6 dB into the ceiling the gain is constant: all but the tone below -100 dB."""
    y = limited(sines(2.0, (hz, 10.0 ** (5.0 / 20.0))), mode=mode)[0, RATE:-4800]
    assert residue(y, hz) < -100.0


def test_bass_does_not_modulate_what_rides_on_it() -> None:
    x = sines(2.5, (60.0, 0.8), (1000.0, 0.2)) * 10.0 ** (3.0 / 20.0)
    assert residue(limited(x)[0, RATE:-4800], 60.0, 1000.0) < -80.0


@pytest.mark.parametrize("hz", [41.0, 60.0, 98.0])
def test_a_bass_note_that_dies_away_is_followed_without_a_ripple(hz: float) -> None:
    """Two partials, something on top, a little noise, half an e-fold a second: the gain glides as the note does."""
    note = sines(1.0, (hz, 1.2), (2.0 * hz, 0.3), (1000.0, 0.1)) * np.exp(-0.5 * np.arange(RATE) / RATE)
    gain = gains(note[:1] + 0.003 * np.random.default_rng(1).standard_normal((1, RATE)))[RATE // 4 : 3 * RATE // 4]
    ripple = gain - ndimage.uniform_filter1d(gain, RATE // 20)
    print("ripple", ripple.std())
    assert gain.mean() < -1.0
    assert ripple.std() < 0.15


def residue(y: np.ndarray, *tones: float) -> float:
    t = np.arange(y.size) / RATE
    waves = np.stack([wave(2.0 * np.pi * f * t) for f in tones for wave in (np.sin, np.cos)], axis=1)
    fit = waves @ np.linalg.lstsq(waves, y, rcond=None)[0]
    return db(float(np.sqrt(np.mean((y - fit) ** 2) / np.mean(fit**2))))


def gain_after(x: np.ndarray, ms: float, **params: float) -> float:
    """Gain in dB ``ms`` after the middle of ``x``, which goes on with a quiet tone."""
    quiet = 0.01 * sines(2.0, (3000.0, 1.0))
    quiet[:, : x.shape[1]] += x
    y = limited(quiet, **params)
    at = x.shape[1] + int(ms * 1e-3 * RATE)
    return db(float(np.abs(y[0, at : at + 96]).max())) + 40.0


def test_one_loud_click_is_forgotten_in_60_ms_and_lasting_limiting_is_not() -> None:
    click = np.zeros((2, RATE))
    click[:, -1] = 10.0 ** (17.0 / 20.0)
    assert gain_after(click, 60.0) > -0.5
    assert gain_after(click, 1.0, release_ms=100.0) < -2.0
    lasting = sines(1.0, (400.0, 10.0 ** (5.0 / 20.0)))
    assert -4.8 < gain_after(lasting, 60.0) < -1.5


def gains(x: np.ndarray, **params: float | str) -> np.ndarray:
    """The gain in dB, frame by frame, of ``x`` with an inaudible offset in a channel of its own to read it by."""
    carrier = np.full(x.shape[1], 1e-6)
    return np.asarray(20.0 * np.log10(limited(np.stack([x[0], carrier]), RATE, **params)[1] / 1e-6))


def test_a_lone_peak_is_a_dip_of_a_millisecond() -> None:
    """A half wave of 1 ms, 6 dB over: nothing is turned down more than 0.5 ms before it, nor 0.5 dB 2.5 ms after."""
    x = np.zeros((1, RATE))
    x[0, 24000:24048] = 10.0 ** (5.0 / 20.0) * np.sin(np.pi * np.arange(48) / 48)
    gain = gains(x)
    assert np.flatnonzero(gain < -0.1)[0] > 24000 - 24
    assert np.flatnonzero(gain < -0.5)[-1] < 24048 + 120
    assert -6.6 < gain.min() < -6.0


def test_a_kick_does_not_duck_what_plays_on_under_it() -> None:
    """Kicks 6 dB over, two a second: between them the gain is back, and its mean loses less than a quarter dB."""
    t = np.arange(RATE // 2) / RATE
    kick = 10.0 ** (5.0 / 20.0) * np.sin(2.0 * np.pi * (50.0 * t + 4.0 * (1.0 - np.exp(-t / 0.02)))) * np.exp(-t / 0.08)
    gain = gains(np.tile(kick, 8)[None])[4 * RATE // 2 :].reshape(-1, RATE // 2)
    print("mean", gain.mean(), "between kicks", gain[:, 14400:].mean(), "least", gain.min())
    assert gain[:, 14400:].min() > -0.5
    assert gain.min() > -6.6


def test_dense_music_is_turned_down_evenly_and_not_at_every_crest() -> None:
    """Noise like a full mix, 6 dB over: after 4 s the gain's swing is a small part of what it takes off."""
    rng = np.random.default_rng(3)
    x = signal.lfilter([1.0], [1.0, -0.9], rng.standard_normal((1, 6 * RATE)))
    gain = gains(x * 10.0 ** (5.0 / 20.0) / np.abs(x).max())[4 * RATE :]
    print("mean", gain.mean(), "swing", gain.std())
    assert gain.mean() < -1.0
    assert gain.std() < 0.5


def test_linked_channels_get_one_gain_and_the_image_stands() -> None:
    x = music_like()[:1] * np.array([[4.0], [1.0]])
    y = limited(x)
    assert np.abs(y[1]).max() < np.abs(x[1]).max()
    assert np.array_equal(y[0], 4.0 * y[1])


def test_unlinked_channels_leave_each_other_alone() -> None:
    x = np.concatenate([music_like()[:1] * 4.0, music_like()[1:] * 0.5])
    y = limited(x, link=0.0)
    assert np.array_equal(y[1], x[1])
    assert db(true_peak(y)) <= -1.0 + 0.02
    half = limited(x, link=50.0)
    assert np.abs(limited(x)[1]).max() < np.abs(half[1]).max() < np.abs(x[1]).max()


@pytest.mark.parametrize("name", ["ceiling_db", "link"])
def test_a_jump_of_a_parameter_leaves_no_zipper(name: str) -> None:
    """Two tones far below 8 kHz: above it nothing but the steps of a gain could be.

    With a slower release: one of 2 ms follows each half wave of 300 Hz while a moving ceiling keeps it from resting.
    """
    x = sines(1.0, (300.0, 1.0), (997.0, 0.3)) * np.array([[1.0], [0.5]])
    values = {"ceiling_db": (-12.0, -1.0), "link": (0.0, 100.0)}[name]
    node, y = limiter(ceiling_db=-12.0, release_ms=10.0), x.copy()
    for i in range(0, RATE, 480):
        node.set(**{name: values[i // 9600 % 2]})
        node.process_block(y[:, i : i + 480])
    high = signal.sosfilt(signal.butter(12, 8000.0, "high", fs=RATE, output="sos"), y)
    assert db(float(np.abs(high[:, RATE // 8 :]).max())) < -100.0


def test_less_of_the_music_is_changed_than_by_a_peer() -> None:
    """3 dB into the ceiling: what is left after the best gain is smaller than pedalboard's held to the same level."""
    x = music_like(4.0) * 10.0 ** (2.0 / 20.0)
    level = -1.0 + db(1.0 - MARGIN)
    peer = pedalboard.BrickwallLimiter(ceiling_db=level, true_peak=True, release_ms=10.0)(x.astype(np.float32), RATE)

    def residual(y: np.ndarray) -> float:
        return db(float(np.sqrt(np.sum((y - (x * y).sum() / (x * x).sum() * x) ** 2) / np.sum(y**2))))

    ours = residual(limited(x))
    print(f"residual {ours:.1f} dB, pedalboard {residual(peer):.1f} dB")
    assert ours < residual(peer) - 4.0


@pytest.mark.parametrize("rate", [8000.0, 384000.0])
@pytest.mark.parametrize("channels", [1, 8])
@pytest.mark.parametrize("mode", MODES)
def test_hostile_input_gives_finite_output_under_the_ceiling(rate: float, channels: int, mode: str) -> None:
    node = limiter(channels, rate, mode=mode, link=50.0)
    n = 3000
    t = np.arange(n)
    for x in (np.zeros(n), np.full(n, 1e6), np.full(n, 1e-310), np.sign(np.sin(t * 0.01)), t * np.nan, t[:1] * 1.0):
        y = stream(node, np.tile(x, (channels, 1)).astype(float))
        assert np.isfinite(y).all()
        assert np.abs(y).max() <= 10.0 ** (-1.0 / 20.0)


def test_the_meter_tells_the_deepest_reduction_since_it_was_read() -> None:
    node = limiter(lookahead_ms=5.0)
    tone = sines(1.0, (997.0, 10.0 ** (5.0 / 20.0)))
    stream(node, tone)
    assert node.gain_reduction_db() > 6.0
    assert node.gain_reduction_db() == 0.0
    stream(node, tone[:, : RATE // 2])
    assert node.gain_reduction_db() == pytest.approx(6.0 - db(1.0 - MARGIN), abs=0.02)
    stream(node, np.zeros((2, 15 * RATE)))
    assert node.gain_reduction_db() > 1.0
    assert node.block_gain_reduction_db == 0.0


def test_the_envelope_reads_crests_between_the_samples_and_blocks_do_not_matter() -> None:
    x = np.tile(0.5 * np.sin(np.pi / 2.0 * np.arange(4000) + np.pi / 4.0), (2, 1))
    x[1] *= 0.1
    envelope = PeakEnvelope(Spec(RATE, 2, 8192))
    whole = envelope.process(x)
    assert db(whole[1000:3000].max() / 0.5) == pytest.approx(0.0, abs=0.01)
    envelope.reset()
    parts = [envelope.process(x[:, i : i + 77]) for i in range(0, 4000, 77)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_the_model_tells_the_gain_of_the_limiter_before_it_runs() -> None:
    """Up to what the second gain patches, here 0.13 dB at the drums."""
    x = music_like()
    envelope = PeakEnvelope(Spec(RATE, 2, x.shape[1]))
    peaks = envelope.process(np.pad(x, ((0, 0), (0, envelope.delay)))[:, : x.shape[1]])
    peaks = np.append(peaks[envelope.delay :], np.zeros(envelope.delay))
    node = Limiter()
    told = GainModel(node, RATE).gains(peaks, drive=2.0)
    heard = limited(x * 2.0)
    loud = np.abs(x[0]) > 0.05
    loud[-200:] = False
    gain = heard[0, loud] / (2.0 * x[0, loud])
    assert np.abs(20.0 * np.log10(gain / told[loud])).max() < 0.2
    coarse = GainModel(node, RATE, 32).gains(peaks.reshape(-1, 32).max(axis=1), drive=2.0)
    assert db(float(np.sqrt(np.mean((np.repeat(coarse, 32) * x) ** 2) / np.mean((told * x) ** 2)))) > -0.5
