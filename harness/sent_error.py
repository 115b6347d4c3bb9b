"""Errors that are sent from one process to another."""

import pickle
import traceback


def sendable(error: Exception) -> Exception:
    """The error with its traceback as a note; one that does not survive the way is told as text."""
    trace = "".join(traceback.format_exception(error))
    error.add_note(trace)
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # whatever an error of somebody's own code does when it is packed
        return RuntimeError(trace)
    return error
