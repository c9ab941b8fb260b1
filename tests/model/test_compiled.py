"""How kernels become machine code; that they do what they say, the tests of each hold."""

import numpy as np
import numpy.typing as npt
import pytest

from model import compiled, searching, worth
from model.compiled import _compile_all, compile_kernel, translate_all


def test_kernels_are_made_of_our_own_modules_in_whatever_folder_the_program_runs(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "__init__.py").write_text("raise SystemExit('a stranger')\n")
    monkeypatch.chdir(tmp_path)
    assert _compile_all([]) == []


def test_once_all_is_translated_no_start_makes_anything():
    made = []
    translate_all()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(compiled, "_compile_all", made.append)
        for kernel in (searching._find, worth._weigh):
            vars(kernel).pop("machine_code")
            assert callable(kernel.machine_code)
    assert made == []


def _fill(numbers: npt.NDArray[np.int32], count: int) -> int:
    for at in range(count):
        numbers[at] = 0
    return count


def test_a_loop_that_would_call_a_function_that_is_not_there_is_refused():
    with pytest.raises(TypeError, match="_fill: expected no loop that fills an array"):
        compile_kernel(_fill)
