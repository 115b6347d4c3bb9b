"""Numbers with their nouns."""


def counted(number: int, noun: str) -> str:
    """A number of things: 1 run, 1,500 runs."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
