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

All warnings are of the class `StillplateWarning`. The text of both is without the secrets of addresses.
"""

import re

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
    "without_secrets",
]

SECRETS = re.compile(
    r"""([A-Za-z][A-Za-z0-9+.-]+:/{1,2})                                     # s3://
        (?:[^\s/@?"'<>]*@ | [^\s/@?:"'<>]+:(?!\d+/)[^\s@"'<>]*@)?            # user:password@
        ([^\s?"'<>]*)                                                        # host and path
        (?:\?[^\s"'<>]*=[^\s"'<>]*? (?=[:,;.)\]]*(?:[\s"'<>]|$)))?           # ?signature=...
    """,
    re.VERBOSE,
)


def without_secrets(text: str) -> str:
    """Return a text whose addresses have neither credentials before the host nor a query, which may be a signature.

    Examples
    --------
    >>> without_secrets("https://me:word@host/a.mp4?X-Amz-Signature=1f: no permission")
    'https://host/a.mp4: no permission'
    """
    return SECRETS.sub(r"\1\2", text) if ":/" in text else text


class _WithoutSecrets(Exception):
    """What has a message that must not give away an address's secrets."""

    def __init__(self, *args: object) -> None:
        super().__init__(*(without_secrets(part) if isinstance(part, str) else part for part in args))


class StillplateError(_WithoutSecrets):
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


class StillplateWarning(_WithoutSecrets, UserWarning):
    """Something was omitted or repaired, and the work went on."""
