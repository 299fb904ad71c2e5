"""Every setting, read once and checked at start, and whom people are told to call.

``guide.py`` has the guide's own settings, ``platforms.py`` the platforms', ``clinic.py`` the clinic's card,
``handover.py`` how messages get there, ``numbers.py`` each country's numbers.
"""

from rashguide.settings.clinic import Card
from rashguide.settings.guide import Settings, settings
from rashguide.settings.platforms import NEEDS, PlatformSettings, missing

__all__ = ["NEEDS", "Card", "PlatformSettings", "Settings", "missing", "settings"]
