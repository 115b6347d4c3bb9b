"""One target in a process of its own, under limits: `python child.py ENGINE TARGET SECONDS SEED INPUTS FINDINGS`.

The input that is being tried stands in the file `current` of the folder of findings, so that whoever started the
process has it if that dies or hangs. Prints the number of inputs tried as its last line.
"""

import os
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

ENGINE, TARGET, SECONDS, SEED, INPUTS, FOLDER = sys.argv[1:]
OURS = ["harness", "tabular", "proxies", "reports"]

if ENGINE == "atheris":
    import atheris

    with atheris.instrument_imports(include=OURS):
        from fuzz.catalogue import target
        from fuzz.keep import Keeper

        module = target(TARGET)
        module.seeds()
else:
    from fuzz.catalogue import target
    from fuzz.keep import Keeper

    module = target(TARGET)

from fuzz.attempt import attempt, limits  # noqa: E402
from fuzz.mutate import LARGEST, Mutator  # noqa: E402
from fuzz.scratch import scratch  # noqa: E402


def main() -> None:
    make, keeper = Mutator(module, int(SEED)), Keeper(Path(FOLDER), TARGET)
    os.chdir(scratch())
    for number in range(len(module.seeds())):  # what is read once and kept needs no room later
        with limits(memory=False):
            keeper.current(data := make(number))
            keeper.keep(attempt(module.check, data), data)
    with limits(memory=True):
        (_atheris if ENGINE == "atheris" else _mutate)(make, keeper)


def _mutate(make: Mutator, keeper: Keeper) -> None:
    end, number = time.monotonic() + float(SECONDS), 0
    while number < int(INPUTS) and time.monotonic() < end:
        data = make(number)
        keeper.current(data)
        keeper.keep(attempt(module.check, data), data)
        number += 1
    print(number, flush=True)


def _atheris(make: Mutator, keeper: Keeper) -> None:
    """Mutations guided by what code they reach; every other one is the mutator's, of an input that reached more."""
    from fuzz.mutate import mutated

    end, tried = time.monotonic() + float(SECONDS), 0

    def one(data: bytes) -> None:
        nonlocal tried
        keeper.current(data)
        keeper.keep(attempt(module.check, data), data)
        tried += 1
        if tried >= int(INPUTS) or time.monotonic() > end:
            print(tried, flush=True)
            os._exit(0)

    def change(data: bytes, size: int, seed: int) -> bytes:
        import random

        rng = random.Random(seed)
        if seed % 4 == 0:
            return make(seed)[:size]
        return mutated(data, make(seed % 64), rng)[:size] if seed % 2 else bytes(atheris.Mutate(data, size))

    corpus = scratch() / "corpus"
    corpus.mkdir()
    for number, data in enumerate(module.seeds()):
        (corpus / str(number)).write_bytes(data)
    flags = ["-timeout=60", "-rss_limit_mb=0", f"-max_len={LARGEST}", f"-seed={SEED}", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], one, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
