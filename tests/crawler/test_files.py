"""Files that are written whole, and what is never written over."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crawler.errors import BadOutput
from crawler.files import check_output, open_bytes, whole_bytes, whole_file

ROOT = Path(__file__).parents[2]


def write(path, text="new\n"):
    with whole_file(path) as file:
        file.write(text)


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def test_a_file_that_stands_is_replaced_with_its_rights_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")
    path.chmod(0o640)
    write(path)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode), names(tmp_path)) == ("new\n", 0o640, ["out.txt"])


def test_an_error_leaves_the_file_that_stood(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write(path, "half \ud800")
    assert (path.read_text(), names(tmp_path)) == ("old", ["out.txt"])


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read = []
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    write(path)
    reader.join(timeout=20)
    assert (read, stat.S_ISFIFO(path.stat().st_mode), names(tmp_path)) == (["new\n"], True, ["pipe"])


def test_a_device_is_written_to_and_stays_a_device():
    write("/dev/null")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_full_device_is_an_error_that_names_it():
    with pytest.raises(OSError, match="/dev/full"):
        write("/dev/full")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_folder_and_a_link_to_a_file_are_refused(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real.txt")
    (tmp_path / "nowhere").symlink_to(tmp_path / "absent")
    for path, why in (
        (tmp_path, "a folder"),
        (tmp_path / "link", r"link to .*real\.txt"),
        (tmp_path / "nowhere", "nowhere"),
    ):
        with pytest.raises(BadOutput, match=why):
            write(path)
    assert ((tmp_path / "real.txt").read_text(), names(tmp_path)) == ("old", ["link", "nowhere", "real.txt"])


def test_the_input_is_refused_by_any_of_its_names(tmp_path, monkeypatch):
    source = tmp_path / "ads.jsonl"
    source.write_text("{}")
    os.link(source, tmp_path / "other-name")
    monkeypatch.chdir(tmp_path)
    for name in (source, "ads.jsonl", tmp_path / "." / "ads.jsonl", "other-name"):
        with pytest.raises(BadOutput, match="both input and output"):
            check_output(name, source)
    check_output(tmp_path / "another", source)
    check_output("/dev/null", "/dev/null")


def test_a_private_file_is_for_its_owner_alone(tmp_path):
    with whole_bytes(tmp_path / "out.zip", private=True) as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "out.zip").stat().st_mode) == 0o600


def test_standard_output_is_utf_8_whatever_the_terminal(capfdbinary):
    write("-", "Đầu bếp\n")
    assert capfdbinary.readouterr().out == "Đầu bếp\n".encode()


def test_the_systems_name_of_standard_output_is_written_to():
    code = "import sys; from crawler.files import whole_file\nwith whole_file('/dev/stdout') as file: file.write('new')"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert shown.stdout == b"new"


def test_standard_output_by_its_other_name_neither_empties_nor_overwrites_the_file_behind_it(tmp_path):
    code = (
        "import sys; from crawler.files import whole_file\n"
        "with whole_file(sys.argv[1]) as file: file.write('new')\nprint('said')"
    )
    for number, name in enumerate(("/dev/stdout", "/dev/fd/3")):
        kept = tmp_path / f"{number}.txt"
        kept.write_text("old\n")
        shell = f'{sys.executable} -c "$CODE" {name} >>{kept} 3>>{kept}'
        subprocess.run(shell, shell=True, cwd=ROOT, env=os.environ | {"CODE": code}, check=True)
        assert kept.read_text() == "old\nnewsaid\n"


def test_a_standard_stream_that_is_closed_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OSError, match=r"closed.*standard output"):
        write("-")
    with pytest.raises(OSError, match=r"closed.*standard input"), open_bytes("-"):
        pass


@pytest.mark.parametrize("name", ["new.jsonl", "further/new.jsonl"])
def test_a_place_that_may_not_be_written_to_is_refused_before_the_work(tmp_path, name):
    tmp_path.chmod(0o500)
    code = (
        "import sys; from night_server import drop_overrides; drop_overrides()\n"
        "from crawler.files import check_output; check_output(sys.argv[1])"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support" / "crawl")])
    command, env = [sys.executable, "-c", code, str(tmp_path / name)], os.environ | {"PYTHONPATH": path}
    shown = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert f"BadOutput: {tmp_path / name}: {tmp_path} may not be written to" in shown.stderr
