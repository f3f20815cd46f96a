"""A relay where everything goes wrong that can: refusals, silences, cut lines, lost answers; it keeps the account."""

import asyncio
import random
from email import message_from_bytes, policy
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP

from tests.mail.acting import UNKNOWN
from tests.mail.smtp import LONGER_THAN_ANY_TEST, Relay

LATER, HANG, CUT, LOST = "451 4.7.1 later", "hang", "cut", "lost"


class Copy(NamedTuple):
    """One message taken; `worker`: who handed it over; `is_told`: whether the relay answered that it took it."""

    message_id: str
    to: str
    worker: str
    is_told: bool


class MoodyRelay(Relay):
    """`moods`: of a thousand commands, how many meet each of them."""

    def __init__(self, moods: dict[str, int]) -> None:
        super().__init__()
        self.copies: list[Copy] = []
        self.met: set[str] = set()
        self._moods = moods

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address.startswith(UNKNOWN):
            return "550 5.1.1 unknown"
        envelope.rcpt_tos.append(address)
        return await self._in_a_mood(server, self._mood((LATER, HANG, CUT)))

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        mood = self._mood((LATER, HANG, CUT, LOST))
        if mood in ("", LOST):
            message_id = message_from_bytes(envelope.content, policy=policy.default)["Message-ID"]
            self.copies.append(
                Copy(message_id, envelope.rcpt_tos[0], session.host_name.removesuffix(".test"), mood != LOST)
            )
        return await self._in_a_mood(server, mood)

    def delivered_by(self, worker: str) -> int:
        """How many it handed over."""
        return sum(copy.worker == worker for copy in self.copies)

    def _mood(self, possible: tuple[str, ...]) -> str:
        weights = [self._moods[mood] for mood in possible]
        [mood] = random.choices((*possible, ""), (*weights, 1000 - sum(weights)))
        if mood:
            self.met.add(mood)
        return mood

    async def _in_a_mood(self, server: SMTP, mood: str) -> str:
        if mood == HANG:
            await asyncio.sleep(LONGER_THAN_ANY_TEST)
        if mood in (CUT, LOST):
            server.transport.abort()
        return mood if mood == LATER else "250 ok"
