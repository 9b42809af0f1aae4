"""Articles on several pages: which links lead to the next page, and which to the whole article on a single page."""
