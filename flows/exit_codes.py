"""The exit codes of the commands, and which of them a run ends with."""

from __future__ import annotations

# 2 is click's own for usage, 130 a shell's for SIGINT (128 + 2)
OK, SOME_FAILED, USAGE, NO_ARTICLE, STOPPED, ENVIRONMENT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

# \b has click leave the lines as they are
EXIT_CODES = """\b
Exit codes: 0 done; 1 done, some pages failed; 2 usage or settings; 3 no article at all;
4 stopped at the failure limit; 5 server, disk or machine; 130 interrupted, what was done is kept.
"""


def exit_code(*, usable: int, failed: int, pages: int) -> int:
    """The code of a run that went through: no page at all is no fault."""
    # a failure weighs more than no article: the pages that failed may have been articles
    if failed:
        return SOME_FAILED
    return OK if usable or not pages else NO_ARTICLE
