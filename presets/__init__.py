"""What the profiles a..n and the delivery targets mean: data files, and the loader that checks them."""

from .delivery import Delivery, deliveries, delivery
from .profile import LETTERS, Profile, load, names, profiles
from .profile_text import profile_text
from .toml_table import PresetError

__all__ = [
    "LETTERS",
    "Delivery",
    "PresetError",
    "Profile",
    "deliveries",
    "delivery",
    "load",
    "names",
    "profile_text",
    "profiles",
]
