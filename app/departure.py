"""What binds a return from an OpenID Connect provider to the browser that left."""

from secrets import token_urlsafe
from typing import NamedTuple, Self

SECRET_BYTES = 32  # 43 characters: FranceConnect refuses a state under 32 and a nonce under 22.
Errand = dict[str, str]


class Departure(NamedTuple):
    """Kept by the session of the browser; `verifier` serves providers that know PKCE (RFC 7636).

    `level`: to be identified at, when it is not one of those of a sign-in. `errand`: what waits for the return, if it
    is no mere sign-in. `prompt`: `login` asks that the person be identified anew, whatever session the provider has.
    """

    state: str
    nonce: str
    verifier: str
    level: str | None = None
    errand: Errand | None = None
    prompt: str | None = None

    @classmethod
    def drawn(cls, level: str | None, errand: Errand | None, prompt: str | None) -> Self:
        """With secrets of its own."""
        return cls(*(token_urlsafe(SECRET_BYTES) for _ in range(3)), level, errand, prompt)
