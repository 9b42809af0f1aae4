"""``python -m copydesk``."""

from copydesk.flows.cli import main

main()
