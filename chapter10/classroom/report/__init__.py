"""A graded class as static pages: one for the class, one for each student.

`build` writes the pages, `tally` counts over the class, `students` says what a student reads, `matrices` lays counterexamples
out, `naming` decides what students are called, `pages` turns data into HTML, `text` makes learners' words fit to be read, and
`publish` puts a finished folder in its place.
"""
