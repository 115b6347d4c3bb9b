"""`nasgauge show`."""

from harness.commands._console import print_table, say
from harness.core import Benchmark, TabularBenchmark
from harness.errors import BadValue
from harness.experiment.build import open_benchmark
from harness.registry import own


def show_benchmark(name: str, arch: str | None, verify: bool, curve: str | None) -> None:
    """Print what the benchmark is, or what it knows of one architecture."""
    benchmark = open_benchmark({"name": name})
    if verify:
        if not isinstance(benchmark, TabularBenchmark):
            raise BadValue(f"{name} is no table: there is nothing to verify")
        own("tabular.store:verify")(benchmark.folder)  # type: ignore[attr-defined]
        say(f"{name}: every byte is as its manifest says")
    if not isinstance(benchmark, TabularBenchmark):
        if arch is not None:
            raise BadValue(f"{name} is no table: it trains when it is asked, so leave {arch!r} out")
        print_table(name, ("", ""), _live(benchmark))
    elif arch is None:
        print_table(name, ("", ""), own("tabular.show:describe")(benchmark))
    else:
        chosen = own("tabular.show:read_arch")(benchmark.space, arch)
        asked = ("measurements",) if curve is None else ("curve", curve)
        header, *rows = own(f"tabular.show:{asked[0]}")(benchmark, chosen, *asked[1:])
        print_table(name, ("", ""), own("tabular.show:describe_arch")(benchmark, chosen))
        print_table("mean (seeds)" if curve is None else "", header, rows)


def _live(benchmark: Benchmark) -> list[tuple[str, str]]:
    return [
        ("benchmark", f"{benchmark.name}: trained when asked, nothing to look up"),
        ("space", benchmark.space.name),
        ("metrics", ", ".join(metric.name for metric in benchmark.metrics)),
        ("fidelities", f"{len(benchmark.fidelities)}, the full one is {tuple(benchmark.fidelities[-1])}"),
        *benchmark.provenance.items(),
    ]
