"""Unpacks answers, within limits."""

from isal import isal_zlib
from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Headers, Response

from crawler.http_head import last_value

__all__ = ["UnpackMiddleware"]

_GZIP = 31
"""zlib's number for one gzip member."""

_RESERVED = 0x20
"""The first bit of a member's flags that has no meaning (RFC 1952, 2.3.1.2): zlib refuses those, isal does not."""


class UnpackMiddleware(HttpCompressionMiddleware):
    """Scrapy's, with a short way for what nearly every server sends: one whole gzip member of an ordinary size."""

    def process_request(self, request: Request, spider: Spider | None = None) -> None:
        """Nothing: what may be packed stands in the headers that all requests have in common."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """The answer unpacked; raises ``IgnoreRequest`` where it is too large for that."""
        if last_value(response.headers, b"Content-Encoding") in {b"gzip", b"x-gzip"}:
            largest = request.meta.get("download_maxsize", self._max_size)
            body = _unpack(response.body, largest)
            if body is not None:
                return _unpacked(response, body)
        return super().process_response(request, response)


def _unpacked(response: Response, body: bytes) -> Response:
    """What ``response.replace`` would give, without reading the headers anew."""
    headers = Headers()
    dict.update(headers, dict.items(response.headers))
    del headers["Content-Encoding"]
    unpacked = Response(
        response.url,
        status=response.status,
        body=body,
        flags=response.flags,
        request=response.request,
        certificate=response.certificate,
        ip_address=response.ip_address,
        protocol=response.protocol,
    )
    unpacked.headers = headers
    return unpacked


def _unpack(body: bytes, largest: int) -> bytes | None:
    """The content, or None where it is broken, too large, or more than one member: Scrapy knows what to do then."""
    if len(body) < 4 or body[3] >= _RESERVED:
        return None
    unpacker = isal_zlib.decompressobj(_GZIP)
    try:
        content = unpacker.decompress(body, largest)
    except isal_zlib.error:  # type: ignore[misc]  # a class, whatever its stub says
        return None
    return content if unpacker.eof and not unpacker.unused_data else None
