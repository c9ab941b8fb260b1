"""Desks over the sample registers. Every agency is invented."""

from datetime import date
from pathlib import Path

from builders import NOON
from pipeline.licences.lookup import RegisterIndex
from pipeline.licences.register_import import read_register
from pipeline.licences.register_map import read_map, read_maps

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "data" / "samples" / "registers"
FREE_MAIL = frozenset({"mail.example"})


def sample(name, as_of=date(2026, 11, 1)):
    (file,) = (path for path in SAMPLES.glob(f"{name}.*") if path.suffix != ".toml")
    return read_register(file, read_map(SAMPLES / f"{name}.toml"), as_of=as_of, now=NOON)


def desk_with(*names):
    return RegisterIndex([sample(name) for name in names], read_maps(ROOT / "data" / "registers"), free_mail=FREE_MAIL)
