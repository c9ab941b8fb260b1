"""How kernels become machine code; that they do what they say, the tests of each hold."""

from model.compiled import _compile_all


def test_kernels_are_made_of_our_own_modules_in_whatever_folder_the_program_runs(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "__init__.py").write_text("raise SystemExit('a stranger')\n")
    monkeypatch.chdir(tmp_path)
    assert _compile_all([]) == []
