"""The codecs of editing programs, by the names that these have for them."""

from __future__ import annotations

from dataclasses import dataclass

from stillplate.errors import ParameterError

__all__ = ["CODECS", "SUFFIX", "EditingCodec", "check_size", "codec_named"]

SUFFIX = ".mov"  # of the container that holds them


@dataclass(frozen=True, slots=True)
class EditingCodec:
    """A codec that programs edit without converting it.

    Attributes
    ----------
    encoder, profile : str
        FFmpeg's names.
    pixels : str
        FFmpeg's pixel format of colours.
    alpha : bool
        Whether it holds an alpha channel.
    least : (int, int)
        Width and height of the smallest picture that it holds, in pixels.
    """

    encoder: str
    profile: str
    pixels: str
    alpha: bool = False
    least: tuple[int, int] = (1, 1)


LEAST_DNXHR = (256, 120)
CODECS = {
    "prores422proxy": EditingCodec("prores_ks", "proxy", "yuv422p10le"),
    "prores422lt": EditingCodec("prores_ks", "lt", "yuv422p10le"),
    "prores422": EditingCodec("prores_ks", "standard", "yuv422p10le"),
    "prores422hq": EditingCodec("prores_ks", "hq", "yuv422p10le"),
    "prores4444": EditingCodec("prores_ks", "4444", "yuv444p10le", alpha=True),
    "dnxhr-lb": EditingCodec("dnxhd", "dnxhr_lb", "yuv422p", least=LEAST_DNXHR),
    "dnxhr-sq": EditingCodec("dnxhd", "dnxhr_sq", "yuv422p", least=LEAST_DNXHR),
    "dnxhr-hq": EditingCodec("dnxhd", "dnxhr_hq", "yuv422p", least=LEAST_DNXHR),
    "dnxhr-hqx": EditingCodec("dnxhd", "dnxhr_hqx", "yuv422p10le", least=LEAST_DNXHR),
    "dnxhr-444": EditingCodec("dnxhd", "dnxhr_444", "yuv444p10le", least=LEAST_DNXHR),
}


def codec_named(name: str) -> EditingCodec:
    """Return the codec of a name.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if name not in CODECS:
        raise ParameterError(f"codec is {name!r}, but one of {', '.join(CODECS)} is needed")
    return CODECS[name]


def check_size(codec: str, width: int, height: int) -> None:
    """Raise ParameterError if a picture is too small for a codec."""
    least = codec_named(codec).least
    if width < least[0] or height < least[1]:
        raise ParameterError(
            f"codec is {codec}, which holds pictures of {least[0]}x{least[1]} or more, but the clip's are "
            f"{width}x{height}: choose a prores422 or prores4444"
        )
