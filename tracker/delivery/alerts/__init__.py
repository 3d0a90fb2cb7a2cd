"""What cannot wait for the digest: composed from ids when it leaves, and left unsent where it is true no more."""

from tracker.delivery.alerts.compose import compose_alert, compose_bundle, together
from tracker.delivery.alerts.model import FAMILIES, Alert, Asked, Bundle, Near, Round, Visit
from tracker.delivery.alerts.truth import outdated

__all__ = [
    "FAMILIES",
    "Alert",
    "Asked",
    "Bundle",
    "Near",
    "Round",
    "Visit",
    "compose_alert",
    "compose_bundle",
    "outdated",
    "together",
]
