"""The exceptions that reach a user. Each says what went wrong and which command or edit comes next."""


class Chapter10Error(Exception):
    """Something that the user can put right; the CLI prints it and exits with 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UnknownExercise(Chapter10Error):
    """The name is no exercise of the course."""


class WorkspaceError(Chapter10Error):
    """The workspace, or a file in it, is missing or unusable."""


class EngineError(Chapter10Error):
    """The grading engine itself could not do its work; never the learner's fault."""


class RecordingError(Chapter10Error):
    """A recording is missing or does not belong to the suite that asks for it."""


class DataError(Chapter10Error):
    """A data set is missing, broken, or cannot be fetched."""


class GradebookError(Chapter10Error):
    """A gradebook is missing, cannot be used, or holds nothing of what is asked for."""


class BatchError(Chapter10Error):
    """The grading of a class cannot begin or go on; what is committed stays."""


class IntakeError(Chapter10Error):
    """A class's submissions or its roster cannot be read at all; what is wrong with single files is told of those files."""


class ExportError(Chapter10Error):
    """An export cannot be made or written."""


class PublishError(Chapter10Error):
    """A folder of pages cannot be written, or something that is not ours is in its place."""
