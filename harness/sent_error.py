"""Errors that are sent from one process to another."""

import pickle
import traceback


def sendable(error: BaseException) -> Exception:
    """The error with its traceback as a note; one that does not survive the way, or would end who hears it, as text."""
    trace = "".join(traceback.format_exception(error))
    error.add_note(trace)
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # whatever an error of somebody's own code does when it is packed
        return RuntimeError(trace)
    return error if isinstance(error, Exception) else RuntimeError(trace)
