"""Sources on the web in one run, beside the cleaning: what is due, what of it is new, what is noted once it
is stored; and a look at them without a run.
"""
