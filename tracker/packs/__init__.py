"""Weekly and monthly packs: what came, what we did about it, how it ended, what is outside, who else won."""

from tracker.packs.gather import compose_pack
from tracker.packs.model import Pack
from tracker.packs.period import KINDS, PackKind, Period, period_before

__all__ = ["KINDS", "Pack", "PackKind", "Period", "compose_pack", "period_before"]
