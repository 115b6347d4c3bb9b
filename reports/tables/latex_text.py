"""Text for LaTeX: whatever a name holds, plain ASCII comes out that any engine and encoding sets."""

import unicodedata

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "[": "{[}", "]": "{]}", "±": r"$\pm$", "−": r"$-$", "·": r"$\cdot$", "×": r"$\times$",
    "≤": r"$\leq$", "≥": r"$\geq$", "≈": r"$\approx$", "≠": r"$\neq$", "∞": r"$\infty$", "→": r"$\rightarrow$",
    "°": r"$^\circ$", "²": "$^2$", "³": "$^3$", "‐": "-", "‑": "-", "–": "--", "—": "---", "…": r"\ldots{}",
    "‘": "`", "’": "'", "“": "``", "”": "''", "„": ",,", "†": r"\dag{}", "§": r"\S{}", "©": r"\copyright{}",
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}", "Ø": r"\O{}",
    "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}", "¡": "!`", "¿": "?`", "£": r"\pounds{}", "µ": r"$\mu$",
}  # fmt: skip
"""Brackets are wrapped because a row that begins with one would be read as an option of the line break before it."""

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "vartheta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi",
    "ρ": "rho", "ς": "varsigma", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "ϕ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi",
    "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip

ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c", "\u0331": "b",
}  # fmt: skip
"""Those that every font of LaTeX has, by the combining character."""

WRITTEN_OUT = "{[}U+"

DOTLESS = {"i": r"\i", "j": r"\j"}


def escape(text: str) -> str:
    """The text with commands written out; of a character without one, the place in Unicode is given: [U+4E2D]."""
    return "".join(map(_escaped, unicodedata.normalize("NFC", " ".join(text.split()))))


def _escaped(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if " " <= character <= "~":
        return character
    if character in GREEK:
        return rf"$\{GREEK[character]}$"
    return _accented(character) or f"{WRITTEN_OUT}{ord(character):04X}{{]}}"


def _accented(character: str) -> str:
    """A Latin letter with one accent; nothing for other characters."""
    letter, *accents = list(unicodedata.normalize("NFD", character))
    if len(accents) != 1 or accents[0] not in ACCENTS or not (letter.isascii() and letter.isalpha()):
        return ""
    above = accents[0] not in "\u0323\u0327\u0331"
    return rf"\{ACCENTS[accents[0]]}{{{DOTLESS.get(letter, letter) if above else letter}}}"
