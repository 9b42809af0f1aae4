"""Trees of elements with short texts, for laws that hold on any page."""

from __future__ import annotations

from hypothesis import strategies as st

trees = st.recursive(
    st.sampled_from(["word", "two words", "Ends here."]),
    lambda inner: st.tuples(
        st.sampled_from(["div", "p", "section", "ul"]), st.lists(inner, min_size=1, max_size=4)
    ),
    max_leaves=20,
)


def written(tree: object) -> str:
    if isinstance(tree, str):
        return f"<p>{tree}</p>"
    assert isinstance(tree, tuple)
    tag, inner = tree
    return f"<{tag}>{''.join(map(written, inner))}</{tag}>"
