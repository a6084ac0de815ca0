"""A class of learners: intake, batch grading, the gradebook, reports, exports, similarity, nbgrader."""
