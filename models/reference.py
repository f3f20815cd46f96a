"""The six characters dictated at the counter (« référence d'enregistrement », R72-1 II)."""

import re
import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 6

# The telephone alphabet that French people use to spell a name aloud.
SPOKEN = {
    "A": "Anatole", "B": "Berthe", "C": "Célestin", "D": "Désiré", "E": "Eugène", "F": "François", "G": "Gaston",
    "H": "Henri", "J": "Joseph", "K": "Kléber", "L": "Louis", "M": "Marcel", "N": "Nicolas", "P": "Pierre",
    "Q": "Quintal", "R": "Raoul", "S": "Suzanne", "T": "Thérèse", "U": "Ursule", "V": "Victor", "W": "William",
    "X": "Xavier", "Y": "Yvonne", "Z": "Zoé",
}  # fmt: skip


def draw() -> str:
    """A reference from the system's cryptographic generator; 32**6, about a thousand million, are possible."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def clean(typed: str) -> str:
    """What was typed or scanned, in capitals, without spaces and dashes; not necessarily a reference."""
    return re.sub(r"[\s\-‐-―.]", "", typed).upper()


def is_well_formed(reference: str) -> bool:
    """Six characters of the alphabet."""
    return len(reference) == LENGTH and set(reference) <= set(ALPHABET)


def spell(reference: str) -> str:
    """« K comme Kléber, 7, M comme Marcel … », to be read aloud."""
    return ", ".join(f"{c} comme {SPOKEN[c]}" if c in SPOKEN else c for c in reference)
