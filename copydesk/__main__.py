"""``python -m copydesk``."""

from flows.cli import main

main()
