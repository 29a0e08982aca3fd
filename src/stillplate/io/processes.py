"""Whether a process runs, by its number."""

from __future__ import annotations

import os
import sys
from typing import Any

__all__ = ["process_exists"]

SYNCHRONIZE = 0x100000  # the right to wait for a process
WAIT_TIMEOUT = 0x102
ERROR_ACCESS_DENIED = 5


def process_exists(process: int) -> bool:
    """Whether there is a process of this number, of any user."""
    if sys.platform == "win32":  # where os.kill(process, 0) is Ctrl-C
        import ctypes

        return exists_in_windows(ctypes.WinDLL("kernel32", use_last_error=True), ctypes.get_last_error, process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # a process of another user
        pass
    return True


def exists_in_windows(kernel32: Any, last_error: Any, process: int) -> bool:
    """Whether there is a process of this number in Windows: one that can be opened and has not ended.

    Parameters
    ----------
    kernel32 : ctypes.WinDLL
    last_error : callable
        Returns the number of the error of the call before.
    process : int
    """
    from ctypes import c_int, c_uint32, c_void_p

    kernel32.OpenProcess.argtypes, kernel32.OpenProcess.restype = (c_uint32, c_int, c_uint32), c_void_p
    kernel32.WaitForSingleObject.argtypes, kernel32.WaitForSingleObject.restype = (c_void_p, c_uint32), c_uint32
    kernel32.CloseHandle.argtypes = (c_void_p,)
    handle = kernel32.OpenProcess(SYNCHRONIZE, False, process)
    if not handle:
        return bool(last_error() == ERROR_ACCESS_DENIED)  # a process of another user
    try:
        return bool(kernel32.WaitForSingleObject(handle, 0) == WAIT_TIMEOUT)
    finally:
        kernel32.CloseHandle(handle)
