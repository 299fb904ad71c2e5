"""Every setting, read once and checked at start, and whom people are told to call.

``guide.py`` has the guide's own settings, ``platforms.py`` the platforms', ``numbers.py`` each country's numbers.
"""

from rashguide.settings.guide import Settings, settings
from rashguide.settings.platforms import NEEDS, PlatformSettings, missing

__all__ = ["NEEDS", "PlatformSettings", "Settings", "missing", "settings"]
