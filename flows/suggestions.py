"""What may have been meant by an unknown word, as in ``cleaners.suggestions``."""

from copydesk.cleaners.suggestions import suggestion

__all__ = ["suggestion"]
