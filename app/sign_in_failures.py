"""Why a sign-in with an OpenID Connect provider failed: one small class for each sentence that a person reads."""


class SignInFailed(Exception):
    """Parent of all; `page` chooses the words, `status` goes with them. No message: it could hold a person's data."""

    page: str
    status = 502


class Cancelled(SignInFailed):
    """The person went back, or refused."""

    page, status = "cancelled", 403


class Stale(SignInFailed):
    """A return that answers no departure of this browser, or that was used already."""

    page, status = "stale", 400


class Unavailable(SignInFailed):
    """The provider is down, slow, or says so itself."""

    page, status = "unavailable", 503


class Untrusted(SignInFailed):
    """What the provider said could not be verified."""

    page = "untrusted"


class TooWeak(Untrusted):
    """It vouches for the person at another level than those that were asked for."""
