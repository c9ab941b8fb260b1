"""Waits for the provider for some seconds and no longer, whatever it does."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from typing import Final, TypeVar

from pipeline.openid.round_trip import NotSignedIn

__all__ = ["AT_ONCE", "SECONDS", "Patience"]

SECONDS: Final = 5.0
AT_ONCE: Final = 4
"""Calls under way at a time, of the sixteen answers that the desk gives at a time."""

Result = TypeVar("Result")


class Patience:
    """Gives what calls give, or ``NotSignedIn`` once their time is up or too many are under way.

    The limit of a socket begins anew with every byte: a provider that sends one now and then could hold whoever waits
    for hours. So each call has a thread of its own, which is left behind when its time is up; and since it counts until
    it ends, a provider that hangs can take neither threads nor the desk's answers from those who work.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._places = BoundedSemaphore(AT_ONCE)

    def wait_for(self, call: Callable[[float], Result]) -> Result:
        """What the call gives, which is told how many seconds it has."""
        if not self._places.acquire(blocking=False):
            raise NotSignedIn("away", f"{AT_ONCE} calls to the provider are under way already")
        answer: Future[Result] = Future()
        # A daemon: one that was left behind must not keep the desk from ending.
        Thread(target=self._run, args=(call, answer), daemon=True).start()
        try:
            return answer.result(timeout=self._seconds)
        except TimeoutError as err:
            raise NotSignedIn("away", f"the provider took more than {self._seconds:g} seconds") from err

    def _run(self, call: Callable[[float], Result], answer: Future[Result]) -> None:
        try:
            answer.set_result(call(self._seconds))
        except Exception as err:  # noqa: BLE001 - raised again by whoever waits
            answer.set_exception(err)
        finally:
            self._places.release()
