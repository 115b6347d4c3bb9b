"""What made the results: the code, the libraries, the machine and the command, a session for each run."""

from harness.provenance.code import code_digest
from harness.provenance.session import here, record_session, recorded, sessions_in, sessions_of

__all__ = ["code_digest", "here", "record_session", "recorded", "sessions_in", "sessions_of"]
