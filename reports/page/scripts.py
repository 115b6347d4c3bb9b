"""The page's scripts: our own and, where it is installed, plotly; and data that is safe inside a script element."""

import base64
import hashlib
import importlib
import json
from importlib.util import find_spec
from typing import Any

from markupsafe import Markup

from reports.page.svg import VARIABLES

OWN = ("page.js", "tables.js", "figures.js", "cell.js", "plane.js", "explorer.js")
INKS = {color: f"--{variable}" for color, variable in VARIABLES.items()}
"""The style sheet's variable of each colour that figures are drawn with."""


def plotly() -> str:
    """Plotly's bundle, to be put into the page; empty where it is not installed."""
    if find_spec("plotly") is None:
        return ""
    bundle: str = importlib.import_module("plotly.offline").get_plotlyjs()
    return bundle.replace("\r\n", "\n").replace("</script", "<\\/script")


def policy(scripts: list[str]) -> str:
    """What the page may do: run these scripts, and ask nobody for anything (W3C, Content Security Policy)."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def embedded(value: Any) -> Markup:
    """JSON that no name can break out of: a script element ends at the first `<`, so there is none."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704
