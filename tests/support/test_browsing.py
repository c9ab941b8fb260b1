"""The server that tests look at ends well, however its threads meet."""

import threading

from flask import Flask
from waitress.trigger import trigger

from browsing import serve


def test_a_server_ends_well_though_whoever_answered_last_wakes_its_loop_first(monkeypatch):
    pull = trigger.pull_trigger

    def pull_after_another(self, thunk=None):
        """What the loop is to do is noted; another thread's pull comes; the loop does it; then comes this pull."""
        if thunk:
            done = threading.Event()
            pull(self, lambda: (thunk(), done.set()))
            assert done.wait(10)
        pull(self)

    monkeypatch.setattr(trigger, "pull_trigger", pull_after_another)
    with serve(Flask("empty")):
        pass
