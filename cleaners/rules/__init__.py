"""Rules, each in the module of its family. `catalogue` lists them in order, `cases/` has their test cases."""
