"""One rule, one home; `catalogue` has them in the order they are applied, `cases/` what each means."""
