"""Who runs this installation, as the law wants it told on the pages about data, the site and accessibility.

The words are the installation's own: a name with its address, or where to write (an e-mail address, a page, a postal
address). Law on confidence in the digital economy of 2004 (publisher, director, host); GDPR, articles 13 and 14
(controller, rights, data protection officer); decree 2019-768 (accessibility). RFC 9116 (security).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Installation:
    """Each is a sentence or less, shown as it is."""

    controller: str
    rights_contact: str
    data_protection_officer: str
    publisher: str
    publication_director: str
    host: str
    accessibility_contact: str
    security_contact: str

    @property
    def security_address(self) -> str:
        """The security contact as an address that programs follow (RFC 9116)."""
        return self.security_contact if "://" in self.security_contact else f"mailto:{self.security_contact}"


VARIABLES = {
    "controller": "LEGAL_CONTROLLER",
    "rights_contact": "LEGAL_RIGHTS_CONTACT",
    "data_protection_officer": "LEGAL_DPO",
    "publisher": "LEGAL_PUBLISHER",
    "publication_director": "LEGAL_DIRECTOR",
    "host": "LEGAL_HOST",
    "accessibility_contact": "LEGAL_ACCESSIBILITY_CONTACT",
    "security_contact": "LEGAL_SECURITY_CONTACT",
}
"""The environment's name of each."""

FICTIONAL = Installation(
    controller="Service imaginaire des élections, 1 rue de l'Exemple, 02000 Laon",
    rights_contact="droits@procurations.example",
    data_protection_officer="dpo@procurations.example",
    publisher="Service imaginaire des élections, 1 rue de l'Exemple, 02000 Laon, 01 99 00 00 01",
    publication_director="Camille Exemple, qui dirige le Service imaginaire des élections",
    host="Hébergement imaginaire, 2 rue de l'Exemple, 02000 Laon, 01 99 00 00 02",
    accessibility_contact="accessibilite@procurations.example",
    security_contact="securite@procurations.example",
)
"""The demonstration's: nobody."""
