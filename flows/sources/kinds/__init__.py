"""The kinds of files, a module each; `file_kinds` lists them: a new one is a `FileSource` and a place in that list."""
