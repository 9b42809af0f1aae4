"""Prints the commands of a README that follow a ``<!-- run -->`` mark, one a line."""

import re
import sys
from pathlib import Path

text = Path(sys.argv[1]).read_text(encoding="utf-8")
for command in re.findall(r"<!-- run -->\s*```(?:sh|bash)\n(.+?)\n```", text, re.DOTALL):
    if "\n" in command:
        sys.exit(f"a command of {sys.argv[1]} has more than one line: {command!r}")
    print(command)
