"""The sandbox: a warm process that forks a walled child for each submission, and the protocol spoken with it."""
