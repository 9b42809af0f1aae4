"""How good a record's text is likely to be: a few measures of the verdicts, weighed by a calibration."""
