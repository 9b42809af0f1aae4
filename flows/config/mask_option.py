"""``--mask``: what of a page's texts is replaced by marks."""

from __future__ import annotations

# as in cleaners.masking, which --help need not load
KINDS = ("email", "phone")


def read_mask(text: str | None) -> tuple[str, ...]:
    """The kinds that the option names, parted by commas; none where it is not given. Raises SettingsError."""
    if text is None:
        return ()
    named = [part.strip() for part in text.split(",")]
    for kind in named:
        if kind not in KINDS:
            from copydesk.flows.errors import SettingsError  # here, so that --help need not load them
            from copydesk.flows.suggestions import suggestion

            raise SettingsError(f"--mask: unknown kind {kind!r}; {suggestion(kind, KINDS)}")
    return tuple(kind for kind in KINDS if kind in named)
