"""Copies to a folder what the Dockerfile copies from the project into the image, and nothing else."""

import shutil
import sys
from pathlib import Path

folder = Path(sys.argv[1])
for line in Path("Dockerfile").read_text(encoding="utf-8").splitlines():
    if not line.startswith("COPY ") or "--from=" in line:
        continue
    *sources, target = line.split()[1:]
    for source in sources:
        if Path(source).is_dir():
            shutil.copytree(source, folder / target, symlinks=True)
        else:
            shutil.copy(source, folder / target)
