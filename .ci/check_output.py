"""Checks what the README's first command wrote: a record for each seed page, none failed, the law held."""

import json
import sys
from pathlib import Path

records = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").split("\n") if line]
pages = [path for path in Path(sys.argv[2]).rglob("*") if path.is_file()]
assert len(records) == len(pages), f"{len(records)} records for {len(pages)} pages"
failed = [record["source"]["name"] for record in records if record["status"] == "failed"]
assert not failed, f"failed: {failed}"
assert sum(record["status"] == "ok" for record in records) >= 10, "fewer than ten articles"
print(f"{len(records)} records, none failed")
