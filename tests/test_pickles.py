"""The pickle machine: equal to Python's for values, and a wall for everything else."""

import bz2
import contextlib
import gc
import io
import pickle
import struct
import tracemalloc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hostile
import numpy as np
import pytest
import python2
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadValue
from harness.pickles import NDARRAYS, NUMPY, _memo, open_bz2, read, read_bz2
from harness.pickles._source import Source
from tabular.torch_file import open_object

PROTOCOLS = (2, 3, 4, 5)
SMALL = 16 << 20


def cases(bad: hostile.Bad) -> Any:
    return pytest.mark.parametrize(("content", "words"), bad.values(), ids=bad.keys())


def loads(data: bytes, **options: Any) -> Any:
    return read(io.BytesIO(data), **options)


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder in which no command may leave its mark."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not (tmp_path / hostile.CANARY).exists()


def peak(action: Callable[[], object]) -> int:
    """Bytes that Python allocates at most while it runs."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Equality with the pickle module.

ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
KEYS = ATOMS | st.tuples(st.text(), st.integers())
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(KEYS, inner)
        | st.dictionaries(KEYS, inner).map(OrderedDict)
        | st.sets(KEYS)
        | st.frozensets(KEYS)
    ),
)
CURVES = st.dictionaries(st.integers(0, 300), st.floats(allow_nan=False), max_size=50) | st.dictionaries(
    st.builds("{}@{}".format, st.sampled_from(["x-valid", "ori-test", "r|r|G\x94", "é”"]), st.integers(0, 400)),
    st.floats(allow_nan=False),
    max_size=50,
)


@settings(max_examples=60, deadline=None)
@given(VALUES, st.sampled_from(PROTOCOLS))
def test_any_value_is_the_one_written(value: Any, protocol: int) -> None:
    assert loads(pickle.dumps(value, protocol)) == value


@settings(max_examples=60, deadline=None)
@given(st.lists(CURVES, max_size=6), st.sampled_from(PROTOCOLS))
def test_curves_that_share_keys(curves: list[Any], protocol: int) -> None:
    written = [[f"filler {number}" for number in range(300)], curves, [dict(curve) for curve in curves]]
    result = loads(pickle.dumps(written, protocol))
    assert result == written
    assert [list(curve) for curve in result[1]] == [list(curve) for curve in curves]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("code", ["?", "i1", "u2", "<i4", "u8", "f2", "f4", "f8"])
def test_numbers_and_arrays_of_numpy(protocol: int, code: str) -> None:
    number = np.array([1.5]).astype(code)[0]
    result = loads(pickle.dumps([number, np.dtype(code), number], protocol))
    assert result == [number, np.dtype(code), number]
    assert type(result[0]) is type(number)
    if protocol < 5:
        array = np.asfortranarray(np.arange(12).reshape(3, 4).astype(code))
        copy = loads(pickle.dumps({"a": array}, protocol), allowed=NDARRAYS)["a"]
        assert copy.dtype == array.dtype
        np.testing.assert_array_equal(copy, array)


@pytest.mark.parametrize("length", [1, 255, 256, 70_000])
def test_strings_of_python_2_are_bytes(length: int) -> None:
    value = {
        b"data": np.arange(length, dtype=np.uint8).reshape(1, -1),
        b"labels": [-3, 1 << 20],
        b"name": b"\xff" * length,
    }
    written = python2.dumps(value)
    theirs = pickle.loads(written, encoding="bytes")
    ours = loads(written, allowed=NDARRAYS)
    assert list(ours) == list(theirs) == list(value)
    assert (
        (ours[b"labels"], ours[b"name"]) == (theirs[b"labels"], theirs[b"name"]) == (value[b"labels"], value[b"name"])
    )
    assert ours[b"data"].dtype == np.uint8
    np.testing.assert_array_equal(ours[b"data"], theirs[b"data"])


def test_the_bytes_read_are_let_go_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        loads(pickle.dumps(b"x" * 100_000))
        assert not [one for one in gc.get_objects() if type(one) is Source]
    finally:
        gc.enable()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_values_that_hold_themselves(protocol: int) -> None:
    ring: list[Any] = []
    ring.append((ring, {"ring": ring}))
    result = loads(pickle.dumps(ring, protocol))
    assert result[0][0] is result
    assert result[0][1]["ring"] is result


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_large_and_what_is_shared(protocol: int) -> None:
    shared = ["x" * 300_000, b"y" * 200_000]
    value = {"a": shared, "b": shared, "c": {number: float(number) for number in range(5000)}}
    result = loads(pickle.dumps(value, protocol))
    assert result == value
    assert result["a"] is result["b"]


def test_an_ordered_dict_becomes_a_dict_of_the_same_order() -> None:
    pairs = [("b", 1), ("a", 2)]
    assert type(loads(pickle.dumps(OrderedDict(pairs), 4))) is dict
    of_pairs = hostile.call(
        "collections OrderedDict", b"](](" + hostile.text("b") + b"K\x01e](" + hostile.text("a") + b"K\x02ee"
    )
    assert list(loads(hostile.stream(of_pairs)).items()) == pairs


class Dripping(io.BytesIO):
    """A stream that gives a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7))


def test_pickles_in_a_row_from_a_stream_that_drips() -> None:
    values = [{"a": [1.5, None]}, "x" * 100, dict.fromkeys(range(40), 0.5)]
    stream = Dripping(b"".join(pickle.dumps(value, 2) for value in values) + b"rest")
    assert [read(stream) for _ in values] == values
    assert stream.getvalue()[stream.tell() :] == b"rest"


# The wall.


@cases(hostile.globals_() | hostile.arguments() | hostile.opcodes() | hostile.structure())
def test_hostile_pickles_are_refused(content: bytes, words: str, canary: Path) -> None:
    def refused() -> None:
        with pytest.raises(BadValue, match=words):
            loads(content)

    assert peak(refused) < 1 << 20


def test_hostile_pickles_are_hostile(canary: Path) -> None:
    """What the other tests refuse would run: the canary does sing."""
    pickle.loads(hostile.globals_()["os.system in protocol 4"][0])
    (canary / hostile.CANARY).unlink()


@cases(hostile.arrays())
def test_hostile_arrays_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        loads(content, allowed=NDARRAYS)
    with pytest.raises(BadValue, match=r"wants numpy\.(core\.multiarray\._reconstruct|ndarray)"):
        loads(content)


@cases(hostile.large(500_000))
def test_large_pickles_take_little_memory(content: bytes, words: str) -> None:
    def refused() -> None:
        with pytest.raises(BadValue, match=words):
            loads(content, limit=SMALL)

    assert peak(refused) < 2 * SMALL


def test_the_message_says_what_is_wanted_allowed_and_where(tmp_path: Path) -> None:
    path = tmp_path / "x.pickle"
    path.write_bytes(pickle.dumps(hostile.Call(eval, "1"), 4))
    with path.open("rb") as file, pytest.raises(BadValue) as caught:
        read(file)
    assert str(caught.value).startswith(
        f"{path} wants builtins.eval: nothing of that kind is run. Allowed are __builtin__.bytes,"
    )
    assert all(name in str(caught.value) for name in NUMPY)


def test_a_number_in_the_memo_takes_no_room() -> None:
    content = hostile.stream(b"K\x07r\xff\xff\xff\xff0j\xff\xff\xff\xff")
    assert loads(content) == 7
    assert peak(lambda: loads(content)) < 1 << 20


def test_a_claim_takes_no_room() -> None:
    content = hostile.stream(b"B\x00\x00\x00\x07" + b"x" * 1000)

    def refused() -> None:
        with pytest.raises(BadValue, match="cut short"):
            loads(content)

    assert peak(refused) < 1 << 20


def test_a_text_that_hides_opcodes_in_its_length() -> None:
    """A text shorter than it looks: what follows it are opcodes, and they count."""
    hidden = hostile.stream(b"(" + b"\x8c\x01a]\x94G" + bytes(8) + b"\x8c\x01b\x94G" + bytes(8) + b"t")
    assert loads(hidden) == pickle.loads(hidden) == ("a", [], 0.0, "b", 0.0)
    with pytest.raises(BadValue, match=r"wants os\.system"):
        loads(hostile.stream(b"\x8c\x01acos\nsystem\n\x94G" + bytes(8)))


def rich(protocol: int) -> bytes:
    """A pickle with something of everything."""
    curve = {f"x-valid@{epoch}": epoch / 7 for epoch in range(30)}
    value = OrderedDict(curve=curve, times=dict.fromkeys(range(30), 0.5), mean=np.float64(2), seeds={777, 888})
    value.update({"none": None, ("cifar10", 777): [b"x", (1, 2, 3, 4), True], "again": dict(curve), "one": {1: 2}})
    return pickle.dumps([value, frozenset([1.5]), 2**70, -3, 70000, "é", np.arange(3)], protocol)


RICH = [rich(2), rich(4)]


def value_or_refusal(data: bytes) -> None:
    """Anything but `BadValue` fails the test."""
    with contextlib.suppress(BadValue):
        loads(data, allowed=NDARRAYS, limit=SMALL)


@pytest.mark.parametrize("data", RICH)
def test_cut_anywhere_it_is_refused(data: bytes) -> None:
    assert loads(data, allowed=NDARRAYS)[2] == 2**70
    for end in range(len(data)):
        with pytest.raises(BadValue, match=r"cut short|empty"):
            loads(data[:end], allowed=NDARRAYS)


@given(st.binary(max_size=200))
def test_random_bytes_give_a_value_or_a_refusal(data: bytes) -> None:
    value_or_refusal(b"\x80\x04" + data)


COMMON = [bytes([code]) for code in b"N()]}\x8f0K\x01tuaesbRhq\x85\x86\x94\x90\x91."] + [
    hostile.dtype("f8"),
    hostile.text("ab"),
]


@given(st.lists(st.sampled_from(COMMON), max_size=40))
def test_random_opcodes_give_a_value_or_a_refusal(parts: list[bytes]) -> None:
    value_or_refusal(hostile.stream(b"".join(parts)))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(RICH), st.data())
def test_a_changed_pickle_gives_a_value_or_a_refusal(data: bytes, draw: st.DataObject) -> None:
    for _ in range(draw.draw(st.integers(1, 3))):
        start = draw.draw(st.integers(0, len(data)))
        end = draw.draw(st.integers(start, min(start + 12, len(data))))
        data = data[:start] + draw.draw(st.binary(max_size=6)) + data[end:]
    value_or_refusal(data)


# Taking dicts away.


class Results:
    """Collects what an architecture has, and takes it away."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def __call__(self, found: dict[Any, Any]) -> bool:
        if "all_results" not in found:
            return False
        self.taken.append(dict(found))
        return True


def architecture(index: int) -> dict[str, Any]:
    curve = {f"x-valid@{epoch}": index + epoch / 3 for epoch in range(12)}
    result = {"name": "infer.tiny", "params": np.float64(index), "eval_acc1es": curve, "eval_times": dict(curve)}
    return {"arch_index": index, "all_results": OrderedDict({("cifar10", 777): result}), "clear_net_done": True}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("window", [1 << 18, 1 << 26])
def test_what_is_taken_is_whole_and_what_is_shared_survives(
    protocol: int, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_memo, "WINDOW", window)
    infos = {index: {"full": architecture(index), "less": architecture(index)} for index in range(1200)}
    results = Results()
    rest = loads(pickle.dumps({"meta": ["m"], "arch2infos": infos, "total": 1200}, protocol), on_dict=results)
    assert results.taken == [info[kind] for info in infos.values() for kind in ("full", "less")]
    assert rest == {"meta": ["m"], "arch2infos": {index: {"full": {}, "less": {}} for index in infos}, "total": 1200}


def test_what_nobody_fetches_is_let_go_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_memo, "WINDOW", 100_000)
    own = [f"own {index}" for index in range(300)]
    infos = [{"all_results": index, "own": text} for index, text in enumerate(own)]
    data = pickle.dumps([infos, "between", own[250:]], 4)
    assert loads(data, on_dict=Results()) == [[{}] * 300, "between", own[250:]]
    with pytest.raises(BadValue, match="was let go"):
        loads(pickle.dumps([infos, own], 4), on_dict=Results())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_fetched_again_and_again_stays_for_good(protocol: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_memo, "WINDOW", 20_000)
    shared = {"x-valid@3": [1.0] * 50, "names": ["x-valid", "x-test"], "config": (1, 2, 3, 4, 5, "a" * 300)}
    infos = [{"all_results": index, **shared} for index in range(500)]
    results = Results()
    assert loads(pickle.dumps(infos, protocol), on_dict=results) == [{}] * 500
    assert results.taken == infos


@pytest.mark.parametrize("kept", ["x-valid@3", "x" * 257, [1], (1, 2, 3, 4, 5), {"a": 1}])
def test_a_fetch_of_what_was_let_go_is_refused(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pickle.dumps([{"all_results": 1, "kept": kept}, kept], 4)
    assert loads(data, on_dict=Results()) == [{}, kept]
    monkeypatch.setattr(_memo, "WINDOW", 0)
    with pytest.raises(BadValue, match="was let go with the dict it stood in"):
        loads(data, on_dict=Results())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_dict_that_was_taken_is_never_fetched_empty(protocol: int) -> None:
    for once in ({"all_results": 1, "arch_index": 2}, {"all_results": ["a", "b", [1.0, 2.0]]}):
        assert loads(pickle.dumps([once], protocol), on_dict=Results()) == [{}]
        with pytest.raises(BadValue, match="was let go with the dict it stood in"):
            loads(pickle.dumps([once, once], protocol), on_dict=Results())


def test_dicts_that_are_not_taken_stay() -> None:
    seen: list[int] = []
    value = {"a": {"b": 1, "c": 2}, "d": {index: index for index in range(2500)}}
    assert loads(pickle.dumps(value, 4), on_dict=lambda found: seen.append(len(found))) == value
    assert seen == [2, 1000, 2000, 2500, 2]


def endless(count: int) -> Iterator[bytes]:
    """A protocol 2 pickle of `count` architectures of 31 KB, each with strings of its own."""
    yield b"\x80\x02]q\x00("
    for index in range(count):
        name, number = b"own %08d" % index, struct.Struct("<I").pack
        first = 10 + index * 1200
        items = (
            b"X%c\0\0\0x-valid@%dr%bG@Y\0\0\0\0\0\0" % (8 + len(str(epoch)), epoch, number(first + epoch))
            for epoch in range(1000)
        )
        yield b"}(X\x0b\0\0\0all_resultsr%b}(%buX\x0c\0\0\0%br%bNu" % (
            number(first + 1000),
            b"".join(items),
            name,
            number(first + 1001),
        )
    yield b"e."


class Generated(io.RawIOBase):
    """A stream of what is made while it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts = parts

    def read(self, size: int = -1) -> bytes:
        return next(self.parts, b"")


def test_memory_does_not_grow_with_what_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_memo, "WINDOW", 1 << 20)
    taken: list[int] = []

    def take(found: dict[Any, Any]) -> bool:
        if "all_results" in found:
            taken.append(len(found["all_results"]))
        return "all_results" in found

    def run() -> None:
        assert read(Generated(endless(100)), on_dict=take, limit=4 << 20) == [{}] * 100

    assert peak(run) < 4 << 20
    assert taken == [1000] * 100


def test_what_is_not_taken_counts() -> None:
    with pytest.raises(BadValue, match="bytes of values"):
        read(Generated(endless(100)), limit=4 << 20)


# Packed files.


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_packed_files(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "x.pickle.pbz2"
    content = pickle.dumps({"a": list(range(50_000))}, protocol)
    path.write_bytes(bz2.compress(content[:9]) + bz2.compress(content[9:]))
    assert read_bz2(path) == content == read_bz2(path, len(content))
    with open_bz2(path) as stream:
        assert read(stream) == pickle.loads(content)
    with pytest.raises(BadValue, match="holds more than"):
        read_bz2(path, len(content) - 1)


@cases(hostile.packed())
def test_hostile_packed_files_are_refused(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "000000.pickle.pbz2"
    path.write_bytes(content)

    def refused() -> None:
        with pytest.raises(BadValue, match=words) as caught:
            read_bz2(path, SMALL)
        assert str(path) in str(caught.value)
        if words != "behind its end":
            with pytest.raises(BadValue) as caught, open_bz2(path) as stream:
                read(stream)
            assert str(path) in str(caught.value)

    assert peak(refused) < 3 * SMALL


def test_a_missing_file(tmp_path: Path) -> None:
    for opened in (open_bz2, read_bz2):
        with pytest.raises(BadValue, match=r"gone\.pbz2 cannot be read: No such file"):
            opened(tmp_path / "gone.pbz2")


def read_file(path: Path) -> None:
    if path.suffix == ".pbz2":
        read_bz2(path, SMALL)
    else:
        with path.open("rb") if path.suffix == ".pickle" else open_object(path) as stream:
            read(stream)


def test_a_folder_of_hostile_files(canary: Path) -> None:
    """The folder that other tests import: each file is refused by name."""
    paths = hostile.write(canary)
    assert len(paths) == len(set(paths)) == len(list(canary.iterdir())) > 100
    for path in paths:
        with pytest.raises(BadValue) as caught:
            read_file(path)
        assert str(path) in str(caught.value)


# Real files.


@pytest.mark.real_data
def test_real_files_are_what_pickle_reads(real_data: Path) -> None:
    paths = sorted(real_data.glob("nats_sample/*/*.pickle.pbz2"))
    assert len(paths) == 6
    for path in paths:
        content = read_bz2(path)
        with bz2.open(path) as stream:
            assert content == stream.read()
        value = pickle.loads(content)
        assert loads(content) == value
        assert loads(pickle.dumps(value, 2)) == value


@pytest.mark.real_data
def test_a_real_file_that_is_damaged(real_data: Path) -> None:
    data = read_bz2(real_data / "nats_sample/NATS-tss-v1_0-3ffb9-simple/000000.pickle.pbz2")
    rng = np.random.default_rng(0)
    for end in rng.integers(0, len(data), 100):
        with pytest.raises(BadValue, match="cut short"):
            loads(data[:end])
    for _ in range(100):
        changed = bytearray(data)
        for at in rng.integers(0, len(data), 20):
            changed[at] = rng.integers(256)
        value_or_refusal(bytes(changed))
