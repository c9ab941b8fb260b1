"""Errors of the model package, with one base."""


class ModelError(Exception):
    """The base of every error that the model raises."""


class BadTaxonomy(ModelError):
    """Raised when the taxonomy breaks its own rules, from ``taxonomy``; names file, key and what was expected."""


class BadDataset(ModelError):
    """Raised when a labelled collection is not in its documented format, from ``datasets``; names file and row."""


class NotInstalled(ModelError):
    """Raised when an optional library is asked for and not there, from ``label_errors``; names the extra."""


class UnreadableModel(ModelError):
    """Raised when a model folder is missing, incomplete or of another format version, from ``artefact``."""


class TamperedModel(UnreadableModel):
    """Raised when a file of a model folder is not the one that was saved, from ``artefact``."""
