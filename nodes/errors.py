"""The one base of every exception that masterchain raises by its own choice."""


class MasterchainError(Exception):
    """What masterchain refuses or gives up, in one line with the thing, the value and the cure.

    The classes below it keep their other base: a ``ParamError`` is a ``ValueError`` too, a ``DeviceError`` a
    ``RuntimeError``.
    """
