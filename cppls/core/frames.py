"""Length-prefixed MessagePack frames between the server and its children.

A frame is a 4-byte little-endian length followed by that many bytes. The child's side is plain
blocking files; the server's side reads with asyncio (``engine/child.py``).
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, Final

import msgspec

HEADER: Final = struct.Struct("<I")
MAX_FRAME: Final = 1 << 30
"""Bytes; a longer frame can only be a defect, and ends the child."""

_encoder: Final = msgspec.msgpack.Encoder()


def encode_frame(message: Any) -> bytes:
    """``message`` (a struct) as a frame."""
    body = _encoder.encode(message)
    return HEADER.pack(len(body)) + body


def write_frame(stream: BinaryIO, message: Any) -> None:
    """Write one frame and flush it."""
    body = _encoder.encode(message)
    stream.write(HEADER.pack(len(body)))
    stream.write(body)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame's body; ``None`` at the end of the stream, also in the middle of a frame."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (size,) = HEADER.unpack(header)
    if size > MAX_FRAME:
        return None
    body = stream.read(size)
    return body if len(body) == size else None
