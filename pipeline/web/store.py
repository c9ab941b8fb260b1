"""One open store a request."""

from flask import Flask, current_app, g

from pipeline.review_queue import ReviewQueue

__all__ = ["close_queue", "open_queue"]


def open_queue() -> ReviewQueue:
    """The review queue of this request; opened when first asked for, closed when the answer is sent."""
    if "lurewatch_queue" not in g:
        g.lurewatch_queue = ReviewQueue.open(current_app.config["DATABASE"])
    queue: ReviewQueue = g.lurewatch_queue
    return queue


def close_queue(app: Flask) -> None:
    """Have the app close each request's store."""

    @app.teardown_appcontext
    def close(_: BaseException | None) -> None:
        queue = g.pop("lurewatch_queue", None)
        if queue is not None:
            queue.close()
