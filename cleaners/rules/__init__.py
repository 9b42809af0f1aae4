"""One rule, one home; `catalogue` has them in the order they are asked, `cases/` what each means."""
