"""The composers: a page read and cut, judged, labelled, described, written."""
