"""One record as one line of JSON, fast: the writers of a batch come here for each page."""

from collections.abc import Mapping

import orjson

from crawler.whole_file import dumps_line

__all__ = ["json_line"]


def json_line(record: Mapping[str, object]) -> str:
    """The same as ``dumps_line`` gives; what orjson cannot carry (lone surrogates, numbers of 65 bits) goes there."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE).decode()
    except TypeError:
        return dumps_line(record)
