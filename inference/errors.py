"""Why a model can't be used: one family, a subclass a reason. Imports nothing."""


class WeightsError(Exception):
    """A model folder can't be used; the message is one sentence that says what to do."""

    passing = False
    """Whether it may be gone at another try, without a person's help."""


class NoWeights(WeightsError):
    """There are none."""


class CorruptWeights(WeightsError):
    """They are damaged, or of another version."""


class NoDevice(WeightsError):
    """They can't be used where the settings want it."""


class TooLarge(WeightsError):
    """The device's memory can't hold them, while others use it."""

    passing = True
