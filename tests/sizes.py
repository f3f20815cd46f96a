"""How big the slow proofs are: small for every run, full for `make proof` (PROOF_SIZE=full)."""

import os


def sized(small: int, full: int) -> int:
    """The one number a slow proof takes its size from."""
    return full if os.environ.get("PROOF_SIZE") == "full" else small
