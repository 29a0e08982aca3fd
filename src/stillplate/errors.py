"""Every error that is the user's to mend, and nothing else.

::

    StillplateError
    ├─ VideoError
    │  ├─ VideoOpenError
    │  ├─ DecodeError
    │  └─ EncodeError
    ├─ TooFewFramesError
    ├─ RegistrationError
    └─ ParameterError            (a ValueError too)
       └─ KernelError

Warnings of ours are `StillplateWarning`: the work went on, but the user should know.
"""

__all__ = [
    "DecodeError",
    "EncodeError",
    "KernelError",
    "ParameterError",
    "RegistrationError",
    "StillplateError",
    "StillplateWarning",
    "TooFewFramesError",
    "VideoError",
    "VideoOpenError",
]


class StillplateError(Exception):
    """Base of all errors of ours: one line that says what was given, what was needed and what to do."""


class VideoError(StillplateError):
    """A video or image could not be read or written."""


class VideoOpenError(VideoError):
    """The input does not exist or holds no picture that can be decoded."""


class DecodeError(VideoError):
    """The input opened but broke before enough of it was decoded."""


class EncodeError(VideoError):
    """An output could not be written."""


class TooFewFramesError(StillplateError):
    """The clip has fewer frames than the method needs."""


class RegistrationError(StillplateError):
    """A frame could not be aligned to the plate."""


class ParameterError(StillplateError, ValueError):
    """An option's value is outside what it may be."""


class KernelError(ParameterError):
    """A kernel was given what it does not take: of our own making, unless it was called directly."""


class StillplateWarning(UserWarning):
    """Something was left out or repaired; the result is whole but the user should know."""
