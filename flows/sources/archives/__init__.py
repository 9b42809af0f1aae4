"""Archives: ZIP and tar of files, WARC of responses."""
