"""Every setting, read once and checked at start: ``guide.py`` has the guide's own, ``platforms.py`` the platforms'."""

from rashguide.settings.guide import Settings, settings
from rashguide.settings.platforms import NEEDS, PlatformSettings, missing

__all__ = ["NEEDS", "PlatformSettings", "Settings", "missing", "settings"]
