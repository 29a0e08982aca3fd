"""The exceptions and warnings for everything that the user can correct.

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

All warnings are of the class `StillplateWarning`.
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
    """Base class of all errors; the message is one line with what was given, what is needed and what to do."""


class VideoError(StillplateError):
    """A video or image could not be read or written."""


class VideoOpenError(VideoError):
    """The input does not exist, or holds no image that can be decoded."""


class DecodeError(VideoError):
    """The input was opened, but not enough of it can be decoded."""


class EncodeError(VideoError):
    """An output could not be written."""


class TooFewFramesError(StillplateError):
    """The clip has fewer frames than the method needs."""


class RegistrationError(StillplateError):
    """A frame could not be aligned to the plate."""


class ParameterError(StillplateError, ValueError):
    """The value of an option is not allowed."""


class KernelError(ParameterError):
    """The argument of a kernel is not allowed; unless the kernel was called directly, this is a bug."""


class StillplateWarning(UserWarning):
    """Something was omitted or repaired, and the work went on."""
