"""Who may talk for a robot: bearer tokens, of which only hashes are kept."""

from __future__ import annotations

import hashlib
import secrets

from curation.criterion.session import new_key
from curation.errors import UnknownName
from curation.teaching.events import Event
from curation.workspace.context import Json
from curation.workspace.teach.sessions import Sessions


class RobotTokens:
    """Tokens that open one session to one robot."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def grant(self, session: str, robot: str, teacher: str) -> Json:
        """A bearer token for a robot; shown once, only its hash is kept.

        Raises UnknownName, and DecisionError where the session has ended.
        """
        taught = self._sessions.find(session)
        token = secrets.token_urlsafe(24)
        granted = Event(new_key(), taught.name, "grant", robot, bin=teacher, value=_hash(token))
        taught.record(granted)
        return {"robot": robot, "token": token}

    def revoke(self, session: str, robot: str) -> Json:
        """No token of this robot is valid any more; UnknownName for no session or robot."""
        taught = self._sessions.find(session)
        if robot not in taught.state.tokens.values():
            raise UnknownName("robot", robot, set(taught.state.tokens.values()))
        taught.record(Event(new_key(), taught.name, "revoke", robot))
        return {"robots": sorted(set(taught.state.tokens.values()))}

    def robot_of(self, token: str, session: str) -> str | None:
        """The robot whose token this is, None for no valid one of the session, or no session."""
        try:
            taught = self._sessions.find(session)
        except UnknownName:
            return None
        return taught.state.tokens.get(_hash(token))


def _hash(token: str) -> str:
    return hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=16).hexdigest()
