"""The learner's side: workspace, progress, notebooks, watch, submission."""
