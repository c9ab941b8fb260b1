"""Server of the sample board on loopback.

``python data/samples/board/board.py --night 1 --port 0`` prints ``serving http://127.0.0.1:PORT/`` once it answers, and
serves until it is stopped.
"""

import argparse
import logging
import socket
import sys
from pathlib import Path

from board_app import create_app
from faces import add_faces, part_ads
from flask import Flask
from nights import BadPlan, publish, read_plan
from sample_ads import BadSampleAd, read_ads
from source_card import BadCardName, write_cards
from werkzeug.serving import make_server
from words import read_words

HERE = Path(__file__).parent


def build_board(night: int, folder: Path = HERE) -> Flask:
    """The board of that night as an application. Labels stay behind: only ads are handed on."""
    plan = read_plan(folder / "board.toml")
    words = read_words(folder / "words.toml")
    ads = tuple(labelled.ad for labelled in read_ads(folder / "ads"))
    if wordless := sorted({ad.language for ad in ads} - set(words)):
        raise BadSampleAd(f"{wordless[0]}.toml: words.toml has no words for this language; expected {', '.join(words)}")
    parted = part_ads(ads, plan)
    app = create_app(publish(parted[""], plan, night), words, broken_script=plan.broken_script)
    add_faces(app, parted, plan, words)
    return app


def main(arguments: list[str] | None = None) -> int:
    """Serves until stopped; 2 where the board cannot be built, the port cannot be had or the card not written."""
    asked = _parser().parse_args(arguments)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for every request would drown what matters
    try:
        # Bound here, because werkzeug would end the program where the port is taken.
        listening = socket.create_server((asked.host, asked.port))
        server = make_server(asked.host, asked.port, build_board(asked.night), threaded=True, fd=listening.fileno())
        address = f"http://{asked.host}:{listening.getsockname()[1]}/"
        if asked.card:
            write_cards(asked.card, address)
    except (BadSampleAd, BadPlan, BadCardName, OSError) as err:
        print(f"board: {err}", file=sys.stderr)
        return 2
    print(f"serving {address}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Serve the sample job board. All its ads are invented.")
    parser.add_argument(
        "--night",
        type=_night,
        default=1,
        help="which night's board: from night 2 on, one ad has changed and one is gone",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to serve on; 0 takes any free one (default)")
    parser.add_argument(
        "--card",
        type=Path,
        metavar="FILE",
        help="also write a source card for the crawler, .../sample-board.toml, and beside it those of its other faces",
    )
    return parser


def _night(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a night, 1 or later")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
