"""What is compiled, where a compiler was found when copydesk was installed. Each module has a plain twin, which takes
longer for the same: None stands for one that is not there. ``COPYDESK_CORE=plain`` leaves them out.
"""

import os

try:
    if os.environ.get("COPYDESK_CORE") == "plain":
        raise ImportError
    from copydesk._core import walk
except ImportError:
    walk = None  # type: ignore[assignment]
