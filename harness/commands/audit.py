"""`nasgauge audit`."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.commands._console import print_table, say
from harness.registry import own

HEADER = ("column", "", "rows compared", "agreement")
"""A column without a name is left-aligned."""

FEW = 10
"""Rows in which a match may well be chance."""

CONTRADICTED = 1
"""The exit code when a column has a warning."""


def audit_file(
    file: Path, space: str | None, arch: str | None, index: str | None, benchmarks: Sequence[str] | None
) -> None:
    """Print what each numeric column of the file is, then the warnings; exit with 1 when there are any, else 0.

    An error, such as a file that cannot be read, ends with exit code 2 like everywhere.
    """
    audit = own("tabular.audit:audit")
    answer = audit(file, space=space, arch=arch, index=index, benchmarks=benchmarks or None)
    print_table(str(file), HEADER, [row for finding in answer.findings for row in _rows(finding)])
    found = f"{answer.space}: {answer.key}; compared with {', '.join(answer.benchmarks)}"
    say(found)
    if any(0 < finding.compared < FEW for finding in answer.findings):
        say(f"note: fewer than {FEW} rows compared, so that a match may be chance")
    for finding in answer.findings:
        for warning in finding.warnings:
            say(f"warning: {finding.column}: {warning}")
    if answer.warnings:
        sys.exit(CONTRADICTED)


def _rows(finding: Any) -> Iterator[tuple[str, ...]]:
    """The finding as rows of the table, the first with the column's name."""
    for i, (text, share) in enumerate(finding.lines()):
        column, compared = (finding.column, f"{finding.compared:,} of {finding.rows:,}") if not i else ("", "")
        yield column, text, compared, "" if share is None else f"{share:.2%}"
