"""Which notices buy vehicles, and why. Pure: no database, no network; the words are `config/vehicles.yaml`."""

from tracker.relevance.files import classify_file
from tracker.relevance.judge import LotRelevance, Reason, Relevance, Vehicle, classify, likely_words
from tracker.relevance.vocabulary import vocabulary

__all__ = [
    "LotRelevance",
    "Reason",
    "Relevance",
    "Vehicle",
    "classify",
    "classify_file",
    "likely_words",
    "vocabulary",
]
