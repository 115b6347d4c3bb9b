"""Files that a hostile or careless hand might have made, each with words of the message that has to refuse it.

`COMMAND` would create the file `CANARY` in the working folder if anything ran it.
"""

import bz2
import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

CANARY = "canary"
COMMAND = f"echo ran > {CANARY}"

Bad = dict[str, tuple[bytes, str]]
"""Content and words of the message, by what is wrong."""


class Call:
    """Pickled as a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


def stream(body: bytes, protocol: int = 4) -> bytes:
    return b"\x80" + bytes([protocol]) + body + b"."


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def call(name: str, *arguments: bytes) -> bytes:
    """A call of the global `module name`."""
    module, function = name.split(" ")
    return f"c{module}\n{function}\n".encode() + b"(" + b"".join(arguments) + b"tR"


def dtype(code: str) -> bytes:
    return call("numpy dtype", text(code), b"\x89", b"\x88")


def globals_() -> Bad:
    run = text(COMMAND)
    system = call("os system", run)
    reach = text("collections") + text("OrderedDict.__init__.__globals__") + b"\x93"
    return {
        "os.system in protocol 2": (pickle.dumps(Call(__import__("os").system, COMMAND), 2), "wants posix.system"),
        "os.system in protocol 4": (pickle.dumps(Call(__import__("os").system, COMMAND), 4), "wants posix.system"),
        "eval": (pickle.dumps(Call(eval, f"__import__('os').system('{COMMAND}')")), "wants builtins.eval"),
        "exec": (pickle.dumps(Call(exec, f"__import__('os').system('{COMMAND}')")), "wants builtins.exec"),
        "import": (stream(call("builtins __import__", text("os"))), "wants builtins.__import__"),
        "getattr": (stream(call("builtins getattr", b"N", text("system"))), "wants builtins.getattr"),
        "attrgetter": (stream(call("operator attrgetter", text("system"))), "wants operator.attrgetter"),
        "partial": (stream(call("functools partial", system)), "wants functools.partial"),
        "range": (stream(call("collections OrderedDict", call("builtins range", b"K\x09"))), "wants builtins.range"),
        "within a key": (stream(b"}(" + system + b"K\x01u"), "wants os.system"),
        "after good values": (stream(b"](" + b"K\x01" * 1000 + system + b"e"), "wants os.system"),
        "dotted module": (stream(text("os") + text("path") + b"\x93"), "wants os.path"),
        "dotted name": (stream(reach), "wants collections.OrderedDict.__init__.__globals__"),
        "beside an allowed one": (stream(text("collections") + text("deque") + b"\x93"), "wants collections.deque"),
        "no module": (stream(text("") + text("eval") + b"\x93"), "wants .eval"),
        "name of another type": (stream(b"K\x01" + text("x") + b"\x93"), "no name"),
        "endless name": (stream(b"c" + b"a" * 5000), "name of more than 256 bytes"),
        "control characters": (stream(b"cos\n\x1b[2Jx\n"), r"wants os.\\x1b"),
    }


def arguments() -> Bad:
    return {
        "a dict of a number": (stream(call("collections OrderedDict", b"\x8a\x06" + bytes(5) + b"\x01")), "pairs"),
        "a dict of letters": (stream(call("collections OrderedDict", b"(" + text("ab") + b"t")), "pairs"),
        "a dict with lists as keys": (stream(call("collections OrderedDict", b"](](]K\x01ee")), "key"),
        "two arguments too many": (stream(call("collections OrderedDict", b"]", b"]", b"]")), "too many"),
        "objects": (stream(dtype("O")), "a dtype is one of"),
        "huge void": (stream(dtype("V999999999")), "a dtype is one of"),
        "records": (stream(dtype("f8,f8")), "a dtype is one of"),
        "strings": (stream(dtype("U9")), "a dtype is one of"),
        "a type as dtype": (stream(call("numpy dtype", b"cnumpy\ndtype\n")), "a dtype is one of"),
        "big-endian": (
            stream(dtype("f8") + b"(K\x03" + text(">") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"),
            "endian",
        ),
        "a dtype with fields": (stream(dtype("f8") + b"(K\x03" + text("|") + b"N)}K\x08K\x01K\x10tb"), "plain"),
        "a number of nothing": (stream(call("numpy.core.multiarray scalar", dtype("f8"), b"C\x00")), "just its bytes"),
        "a number of text": (stream(call("numpy.core.multiarray scalar", text("O"), b"C\x00")), "just its bytes"),
        "rot13": (stream(call("_codecs encode", text("x"), text("rot13"))), "latin1 only"),
        "zip": (stream(call("_codecs encode", text("x"), text("zip"))), "latin1 only"),
        "beyond latin1": (stream(call("_codecs encode", b"\x8c\x03\xe2\x82\xac", text("latin1"))), "another kind"),
        "a set of lists": (stream(call("builtins set", b"](]]e")), "key"),
        "bytes of a number": (stream(call("builtins bytes", b"J\xff\xff\xff\x7f")), "too many"),
        "a call of text": (stream(text("os.system") + b")R"), "no allowed global"),
        "a call with a list": (stream(b"ccollections\nOrderedDict\n]R"), "no allowed global"),
        "a state for a dict": (stream(b"}}b"), "gives a state"),
        "a state for a global": (stream(b"ccollections\nOrderedDict\n)b"), "gives a state"),
        "an attribute of a type": (stream(b"cnumpy\ndtype\n(NNtb"), "gives a state"),
    }


def arrays() -> Bad:
    """What is wrong where arrays are allowed."""
    empty = call("numpy.core.multiarray _reconstruct", b"cnumpy\nndarray\n", b"K\x00\x85", b"C\x01b")
    huge = b"\x8a\x06" + bytes(5) + b"\x01"
    return {
        "made by hand": (stream(call("numpy ndarray", huge)), "ndarray"),
        "of another type": (stream(call("numpy.core.multiarray _reconstruct", b"}", b")", b"N")), "numpy.ndarray"),
        "of objects": (stream(empty + b"(K\x01K\x01\x85" + dtype("O") + b"\x89]tb"), "a dtype is one of"),
        "larger than its bytes": (
            stream(empty + b"(K\x01" + huge + b"\x85" + dtype("f8") + b"\x89C\x00tb"),
            "do not fill",
        ),
        "of negative shape": (
            stream(empty + b"(K\x01J\xff\xff\xff\xffJ\xff\xff\xff\xff\x86" + dtype("i1") + b"\x89C\x01xtb"),
            "do not fill",
        ),
        "of a list": (stream(empty + b"(K\x01K\x01\x85" + dtype("i1") + b"\x89]K\x01atb"), "do not fill"),
        "of too short a state": (stream(empty + b"(K\x01K\x01\x85tb"), "do not fill"),
    }


def opcodes() -> Bad:
    wanted = {
        "INST": b"(" + text(COMMAND) + b"ios\nsystem\n",
        "OBJ": b"(K\x01o",
        "NEWOBJ": b"cnumpy\ndtype\n)\x81",
        "NEWOBJ_EX": b"cnumpy\ndtype\n)}\x92",
        "EXT1": b"\x82\x01",
        "EXT2": b"\x83\x01\x00",
        "EXT4": b"\x84\x01\x00\x00\x00",
        "PERSID": b"Px\n",
        "BINPERSID": b"K\x01Q",
        "NEXT_BUFFER": b"\x97",
        "READONLY_BUFFER": b"K\x01\x98",
        "BYTEARRAY8": b"\x96" + struct.pack("<Q", 1 << 60),
        "BINBYTES8": b"\x8e" + struct.pack("<Q", 1 << 60),
        "BINUNICODE8": b"\x8d" + struct.pack("<Q", 1 << 60),
        "LONG4": b"\x8b" + struct.pack("<i", (1 << 31) - 1),
        "STRING": b"S'x'\n",
        "UNICODE": b"Vx\n",
        "INT": b"I1\n",
        "LONG": b"L1L\n",
        "FLOAT": b"F1\n",
        "DUP": b"K\x012",
        "LIST": b"(l",
        "DICT": b"(d",
        "PUT": b"Np99999999999\n",
        "GET": b"g1\n",
        "PROTO": b"\x80\x04N",
        "0xff": b"\xff",
    }
    return {name: (stream(body, 5), f"wants the opcode {name}") for name, body in wanted.items()}


def structure() -> Bad:
    return {
        "nothing": (b"", "is empty"),
        "one byte": (b"\x80", "cut short"),
        "text": (b"hello, world\n", "no pickle of protocol"),
        "protocol 0": (pickle.dumps([1], 0), "no pickle of protocol"),
        "protocol 9": (stream(b"N", 9), "no pickle of protocol"),
        "no value": (stream(b""), "takes a value where there is none"),
        "two values": (stream(b"NN"), "belong to nothing"),
        "an open mark": (stream(b"(N"), "belong to nothing"),
        "no end": (b"\x80\x04N", "cut short"),
        "a pop of nothing": (stream(b"0"), "never began"),
        "a pop of no mark": (stream(b"N1"), "never began"),
        "a pop of what is before the mark": (stream(b"N(\x85"), "takes a value where there is none"),
        "a tuple of no mark": (stream(b"NNt"), "never began"),
        "an append to a tuple": (stream(b")Na"), "fills a list"),
        "an append to nothing": (stream(b"(Ne"), "fills a list"),
        "items of a list": (stream(b"](NNu"), "fills a dict"),
        "a key alone": (stream(b"}(Nu"), "key without a value"),
        "items of no set": (stream(b"](N\x90"), "fills a set"),
        "a list as key": (stream(b"}]Ns"), "a key is a list"),
        "a dict in a set": (stream(b"\x8f(}\x90"), "a key is a dict"),
        "a dict in a frozenset": (stream(b"(}\x91"), "a key is a dict"),
        "a global as key": (stream(b"}cnumpy\ndtype\nNs"), "a key is a Global"),
        "kept nothing": (stream(b"q\x00"), "keeps a value"),
        "never kept": (stream(b"Nq\x00h\x01"), "never kept"),
        "no such text": (stream(b"\x8c\x01\xff"), "no UTF-8"),
        "a surrogate": (stream(b"\x8c\x03\xed\xa0\x80"), "no UTF-8"),
        "a frame that is too long": (stream(b"\x95" + struct.pack("<Q", 1 << 60) + b"N"), "frame"),
        "text of 4 GiB": (stream(b"X\xff\xff\xff\xff"), "one value of 4,294,967,295 bytes"),
        "a string of Python 2 of 4 GiB": (stream(b"T\xff\xff\xff\xff"), "one value of 4,294,967,295 bytes"),
        "bytes of 4 GiB": (stream(b"B\xff\xff\xff\xff"), "one value of 4,294,967,295 bytes"),
        "text that does not come": (stream(b"X\x00\x00\x00\x06abc"), "cut short|one value"),
    }


def large(count: int = 10_000_000) -> Bad:
    """What would take a gigabyte or an age, in few bytes or many."""
    double = b"h\x00h\x00\x86q\x00"
    keep = b"](" + b"K\x01K\x01\x86" * 1000 + b"eq\x00"
    return {
        "nested lists": (stream(b"]" * count), "bytes of values"),
        "nested tuples": (stream(b")" + b"\x85" * count), "bytes of values"),
        "nested marks": (stream(b"(" * count), "inside each other"),
        "sets": (stream(b"(" + b"\x8f" * count + b"t"), "bytes of values"),
        "dicts of dicts": (stream(b"(" + b"}K\x01}s" * (count // 5) + b"t"), "bytes of values"),
        "numbers kept": (stream(b"N" + b"\x94" * count), "bytes of values"),
        "long numbers": (stream(b"(" + (b"\x8a\xff" + b"\x7f" * 255) * (count // 5) + b"t"), "bytes of values"),
        "copies of a list": (
            stream(keep + b"(" + b"ccollections\nOrderedDict\nh\x00\x85R" * (count // 30)),
            "bytes of",
        ),
        "copies of bytes": (
            stream(
                b"X\x00\x00\x02\x00" + b"x" * 131072 + b"q\x00" + call("_codecs encode", b"h\x00", text("latin1")) * 500
            ),
            "bytes of values",
        ),
        "a key of 2**64 items": (stream(b"Nq\x00" + double * 64 + b"0" * 64 + b"}h\x00Ns"), "a key is a tuple"),
        "a set of 2**64 items": (stream(b"\x8fNq\x00" + double * 64 + b"0" * 64 + b"(h\x00\x90"), "a key is a tuple"),
        "a tuple as wide as a table": (stream(b"}(" + b"N" * 5000 + b"tNs"), "a key is a tuple"),
    }


def bomb(size: int) -> bytes:
    """Zeros packed by bzip2, a MiB a stream."""
    return bz2.compress(bytes(1 << 20)) * (size >> 20)


def packed() -> Bad:
    """What is no sound `.pbz2` file."""
    good = bz2.compress(pickle.dumps(list(range(1000))))
    return {
        "nothing": (b"", "is empty"),
        "text": (b"hello, world\n", "not packed by bzip2"),
        "a pickle as it is": (pickle.dumps([1]), "not packed by bzip2"),
        "garbage": (b"BZh9" + bytes(range(256)), "damaged"),
        "cut short": (good[:-20], "cut short"),
        "a flipped byte": (good[:60] + bytes([good[60] ^ 255]) + good[61:], "damaged"),
        "more behind": (good + b"\0\0\0", "behind its end"),
        "a bomb": (bomb(1 << 30), "holds more than"),
        "one long stream": (bz2.compress(bytes(20 << 20)), "holds more than"),
    }


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    return file.getvalue()


def legacy(value: bytes) -> bytes:
    """The layout of torch before 1.6 around a pickled object."""
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    head = [pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, system)]
    return b"".join([*head, value, pickle.dumps([], 2)])


def torch_files() -> Bad:
    """What is no sound file of torch.save, or holds a hostile object."""
    evil = pickle.dumps(Call(__import__("os").system, COMMAND), 2)
    good = pickle.dumps({"a": 1}, 2)
    sound = archive({"a/data.pkl": good})
    at = sound.rindex(b"PK\1\2")
    encrypted = bytearray(sound)
    encrypted[at + 8] |= 1
    listing = sound[at:-22] * 100_000
    end = sound[-22:-10] + struct.pack("<II", len(listing), at) + b"\0\0"
    return {
        "nothing": (b"", "is empty"),
        "text": (b"hello, world\n", "no pickle"),
        "a pickle alone": (good, "magic number"),
        "another version": (pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1002, 2), "version"),
        "a hostile object": (legacy(evil), "wants posix.system"),
        "a hostile head": (evil + good, "wants posix.system"),
        "a cut-off head": (legacy(good)[:40], "cut short"),
        "a cut-off object": (legacy(pickle.dumps("x" * 100, 2))[:-60], "cut short"),
        "a hostile member": (archive({"a/data.pkl": evil}), "wants posix.system"),
        "no object": (archive({"a/version": b"3"}), "holds 0 members"),
        "two objects": (archive({"a/data.pkl": good, "../../b/data.pkl": good}), "holds 2 members"),
        "a zip bomb": (archive({"a/data.pkl": b"\x80\x02(" + b"N" * (8 << 20)}, zipfile.ZIP_DEFLATED), "zip bomb"),
        "packed another way": (archive({"a/data.pkl": good}, zipfile.ZIP_LZMA), "does not use"),
        "encrypted": (bytes(encrypted), "encrypted, or packed"),
        "a list of 100,000 members": (sound[:at] + listing + end, "list of members is too long"),
        "a cut-off archive": (sound[:-30], "damaged"),
        "another checksum": (sound.replace(good, pickle.dumps({"a": 2}, 2)), "damaged"),
    }


def write(folder: Path) -> list[Path]:
    """All of these as files of the names that importers look for."""
    written = []
    plain = globals_() | arguments() | opcodes() | structure()
    for kind, files in (("pickle", plain), ("pickle.pbz2", packed()), ("pth", torch_files())):
        for name, (content, _) in files.items():
            path = folder / f"{name.replace(' ', '_')}.{kind}"
            path.write_bytes(content)
            written.append(path)
    return written
