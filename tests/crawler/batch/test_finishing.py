"""A batch takes its name at once or not at all, whenever its process is killed."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

from offline_crawl import RUN, SMALL, Crawl, Slow, finish, told

from builders import NOON
from crawler.batch.writer import complete_batch

ROOT = Path(__file__).parents[3]


def die_at_each_act(home: Path) -> None:
    """Finish the same batch again and again, each time in a process that dies one act on the file system later."""
    moment, code = 0, -signal.SIGKILL
    while code:
        pid = os.fork()
        if pid == 0:
            crawl = Crawl(home / str(moment) / RUN, SMALL, Slow())
            for _ in crawl.steps():
                pass
            sys.addaudithook(dying_at(moment))
            crawl.batch.finish(ended_at=NOON + timedelta(hours=1), problems=())
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        moment += 1


def dying_at(moment: int):
    acts = count()

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        touches = event in {"open", "os.rename", "os.remove"} and RUN in str(arguments[0])
        if touches and next(acts) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def test_a_finish_that_is_killed_at_any_act_is_finished_later(tmp_path):
    finish(Crawl(tmp_path / "undisturbed" / RUN, SMALL, Slow()))
    places = [str(ROOT), str(Path(__file__).parent), *map(str, (ROOT / "tests" / "support").iterdir())]
    code = f"import sys; sys.path[:0] = {places}; import test_finishing as t; t.die_at_each_act(t.Path('.'))"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    homes = sorted((home for home in tmp_path.iterdir() if home.name.isdigit()), key=lambda home: int(home.name))
    assert len(homes) > 12
    were_whole = set()
    for home in homes:
        folder = home / RUN
        were_whole.add("named" if folder.exists() else "whole" if complete_batch(folder) else "unfinished")
        if not folder.exists():
            finish(Crawl(folder, SMALL, Slow()))
        assert told(folder) == told(tmp_path / "undisturbed" / RUN)
        assert [path.name for path in home.iterdir()] == [RUN]
    assert were_whole == {"unfinished", "whole", "named"}
