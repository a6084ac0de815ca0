"""Submissions that are strikingly alike, for the instructor's eye. It never touches a grade.

`tokens` takes from a source what a disguise leaves unchanged, `ranking` weighs what two submissions share by how few others
have it, `passages` finds it again in both texts, `gather` reads the gradebook, `write` makes the pages.
"""
