"""Why a sign-in with FranceConnect is not enough for an elector: beside what fails with any provider."""

from app.sign_in_failures import SignInFailed


class AnotherPerson(SignInFailed):
    """Somebody else than the elector of the session certified an identity."""

    page, status = "another", 403


class Incomplete(SignInFailed):
    """The provider is right, but its civil status lacks what R75 asks for."""

    page = "incomplete"
