"""What Python takes for white space."""

from __future__ import annotations

import sys


def white_space() -> dict[str, object]:
    """Python's white space, and texts stripped and collapsed by it."""
    texts = [
        "",
        " ",
        "a",
        " a\u00a0b\t\n c ",
        "\u001ca\u001d\u001eb\u001f",
        "\u0085x\u0085",
        "\ufeffa b\ufeff",
        "\u3000全\u2028角\u2009",
    ]
    return {
        "spaces": [code for code in range(sys.maxunicode + 1) if chr(code).isspace()],
        "texts": [[text, text.strip(), " ".join(text.split())] for text in texts],
    }
