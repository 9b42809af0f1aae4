"""The records of a library as files: views that runs keep up to date, and files of records that are read."""
