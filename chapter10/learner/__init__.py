"""Folders and progress of a learner."""
