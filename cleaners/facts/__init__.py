"""What is known of a page before anything on it is judged; made once and never changed."""
