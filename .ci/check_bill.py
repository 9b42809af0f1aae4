"""A bill of materials has copydesk and all it depends on, each with a licence; prints what asks for something back."""

import json
import re
import sys
import tomllib
from pathlib import Path

RECIPROCAL = re.compile("GPL|MPL|EUPL|CDDL|EPL")
project = tomllib.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))["project"]
bill = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))


def plain(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


found = {plain(one["name"]): json.dumps(one.get("licenses", [])) for one in bill["components"]}
lines = [project["name"], *project["dependencies"], *project["optional-dependencies"]["flows"]]
needed = {plain(re.match(r"[\w.-]+", line)[0]) for line in lines}
assert bill["bomFormat"] == "CycloneDX"
assert not needed - found.keys(), f"not in the bill: {sorted(needed - found.keys())}"
print(f"{len(found)} packages; ask for something back:")
for name, licences in sorted(found.items()):
    if RECIPROCAL.search(licences):
        print(f"  {name}: {licences[:200]}")
print("say no licence:", *(name for name, licences in found.items() if licences == "[]"))
