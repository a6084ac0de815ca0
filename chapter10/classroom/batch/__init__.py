"""Grading a class: what is to be graded (`batch`), and who grades it (`pool` here, `cluster` on Dask)."""
