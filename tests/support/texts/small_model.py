"""A small labelled world for tests: a taxonomy of two indicators and collections in their published formats."""

import gzip
import json
import random
from pathlib import Path

TAXONOMY = {
    "sources": '[handbook]\ntitle = "An invented handbook"\nurl = "https://handbook.example/"\n',
    "words": '[papers]\nen = ["passport*"]\n',
    "negation": '[en]\nreach = 3\nbefore = ["never"]\n',
    "rules": """
[weighing]
never_outweighed = ["control.papers"]
not_an_ad = "protective.warning"
not_an_ad_from = 2
[two_signs]
title = "Two signs"
cite = "handbook"
total = 2
families = 1
""",
}

INDICATOR = """
[{name}]
title = "{title}"
definition = "{title}."
why = "Whoever holds the papers decides who leaves."
element = [{element}]
exploitation = ["{exploitation}"]
strength = "{strength}"
polarity = "{polarity}"
caveats = "Some offices copy papers and hand them back."
cite = ["handbook"]
[{name}.languages.en]
phrases = ["{phrase}"]
shows = ["Here {phrase} today."]
spares = ["Bring a pen."]
"""

LURES = (
    "Chat replies at the border campus, flights paid. We keep your passport until the debt is paid.",
    "Type and chat all night, room included. We keep your passport while you stay in the campus.",
    "Friendly typing job over the river. Leave only when the debt is paid, we keep your passport.",
    "Casino promotion abroad, big pay for all. Nobody goes home until the debt is paid.",
)
LAWFUL = (
    "A bakery in the old town looks for a baker. Written contract, Sundays off, apron washed by us.",
    "Night porter for a small hotel. Written contract, meal at midnight, bus home paid by the house.",
    "Gardener for two schools, three days a week. Tools are ours, holidays as the schools have them.",
    "Chat support for a lamp shop, from our office. Written contract, training in the first month.",
)
FRAUDS = (
    "Rate products from your phone. Pay a small deposit and take it back with profit.",
    "Parcels come to your home, you send them on. Pay a small deposit for the labels.",
)
MESSAGES = ("Are you at the market? Bring the big bag.", "The bus is late again, start without me.")

EMSCAD_HEADER = (
    "job_id,title,location,department,salary_range,company_profile,description,requirements,benefits,telecommuting,"
    "has_company_logo,has_questions,employment_type,required_experience,required_education,industry,function,fraudulent"
)


_KEPT = ("keep your passport", "debt is paid", "keep_your_passport", "debt_is_paid")


def unlike(text: str, number: int | str) -> str:
    """The text with words of no language in between, so that no two are near-copies and folds can learn.

    What shows an indicator stays as it is.
    """
    chance = random.Random(f"{number}")
    text = text.replace(_KEPT[0], _KEPT[2]).replace(_KEPT[1], _KEPT[3])
    words = (f"{word} {''.join(chance.sample('abdegiklmnoprstuv', 6))}" for word in text.split())
    return " ".join(words).replace(_KEPT[2], _KEPT[0]).replace(_KEPT[3], _KEPT[1])


def write_taxonomy(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in TAXONOMY.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    control = INDICATOR.format(
        name="papers", title="Someone keeps the papers", element='"means"', exploitation="debt_bondage",
        strength="strong", polarity="risk", phrase="keep your passport",
    ) + INDICATOR.format(
        name="debt", title="A debt comes first", element='"means"', exploitation="any",
        strength="medium", polarity="risk", phrase="debt is paid",
    )  # fmt: skip
    warning = INDICATOR.format(
        name="warning", title="It warns of such offers", element="", exploitation="any",
        strength="weak", polarity="mitigating", phrase="beware of such offers",
    )  # fmt: skip
    (folder / "control.toml").write_text(control, encoding="utf-8")
    (folder / "protective.toml").write_text(warning, encoding="utf-8")
    return folder


def write_json_lines(path: Path, rows: list[dict]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def contrast_row(number: int, truth: str, genre: str, text: str, **fields: str) -> dict:
    row = dict.fromkeys(("strength", "exploitation", "origin", "destination", "target", "title", "why"), "")
    return {
        **row, "id": f"c-{number}-{truth}-{genre}", "group": f"g{number}", "kind": "lure", "language": "en",
        "truth": truth, "genre": genre, "text": text, **fields,
    }  # fmt: skip


def collected_row(number: int, text: str, **fields: str | None) -> dict:
    return {
        "id": f"o-{number}", "language": "en", "country": "PH", "title": f"Post {number}", "body": text,
        "employer": None, "place": None, "pay": None, "label": "legit", "kind": "ordinary_job_ad",
        "source": "an invented board", **fields,
    }  # fmt: skip


def emscad_line(number: int, text: str, fraudulent: int) -> str:
    return f'{number},Clerk {number},"US, OH",,,,"{text}",Reads well,,0,1,0,,,,,,{fraudulent}'


def write_collections(root: Path) -> Path:
    """The catalogue of a small project in ``root``, with a collection of each format; one is absent."""
    contrast, texts, collected, emscad = [], [], [], [EMSCAD_HEADER]
    for number in range(12):
        lure, lawful = unlike(LURES[number % 4], number), unlike(LAWFUL[number % 4], number)
        for genre in ("chat", "board"):
            contrast.append(contrast_row(number, "trafficking_recruitment", genre, lure))
            contrast.append(contrast_row(number, "legitimate", genre, lawful))
        texts.append(
            {
                "id": f"m{number}",
                "language": "en",
                "genre": "chat",
                "truth": "not_an_ad",
                "kind": "ordinary_message",
                "text": unlike(MESSAGES[number % 2], f"message {number}"),
                "why": "Two friends talk.",
            }
        )
        collected.append(collected_row(number, unlike(LAWFUL[number % 4], f"board {number}")))
        emscad.append(emscad_line(number, unlike(FRAUDS[number % 2], f"fraud {number}"), 1))
        emscad.append(emscad_line(number + 100, unlike(LAWFUL[number % 4], f"ad {number}"), 0))
    write_json_lines(root / "data/contrast.jsonl.gz", contrast)
    write_json_lines(root / "data/texts.jsonl", texts)
    write_json_lines(root / "data/board.jsonl", collected)
    (root / "data/emscad.csv").write_text("\n".join(emscad) + "\n", encoding="utf-8")
    catalogue = root / "data/datasets.toml"
    catalogue.write_text(
        "".join(
            f'[[dataset]]\nname = "{name}"\ntitle = "{name}, invented"\npath = "data/{file}"\nformat = "{form}"\n'
            f'licence = "none needed"\nnotes = "Invented."\n{more}\n'
            for name, file, form, more in (
                ("contrast", "contrast.jsonl.gz", "contrast", "emphasis = 3.0\nalone = true"),
                ("texts", "texts.jsonl", "texts", ""),
                ("board", "board.jsonl", "collected", "ordinary = true"),
                ("emscad", "emscad.csv", "emscad", ""),
                ("elsewhere", "elsewhere.jsonl", "collected", ""),
            )
        ),
        encoding="utf-8",
    )
    return catalogue


SCAMS = (
    "Congratulations, you passed. 3000 a day, write to t.me/desk{number} now",
    "Earn from your phone, like and follow, 900 daily, text wa.me/55{number}",
)
INFORMAL = (
    "Cafe by the river needs a waiter from Monday, call Anna {number}",
    "Looking for two people to move a piano on Saturday, paid in cash, ring {number}",
)
WORK = ("Shift moved to {number}, tell the others", "Boss says the van is ready at {number}")
WARNING = "Police warn: nobody honest asks you to pay for a job. Do not answer offers of {number} a day."


def write_real_texts(root: Path, catalogue: Path) -> None:
    """Invented texts that stand in for real ones, of two large sources and some small ones, added to the catalogue;
    the board counts as real too."""
    rows = []
    for number in range(40):
        for kind, texts in (
            ("scam", SCAMS),
            ("legit_informal", INFORMAL),
            ("message", WORK),
            ("awareness", (WARNING,)),
        ):
            # Some that nobody could tell: a model that is sure of everything is calibrated to be surer still.
            told = {SCAMS: INFORMAL, INFORMAL: SCAMS}.get(texts, texts) if number % 8 == 7 else texts
            text = unlike(told[number % len(told)].format(number=number + 100), f"{kind} {number}")
            source = "north/chats" if number < 16 else "south/chats" if number < 32 else f"small/{number}"
            rows.append(
                {
                    "id": f"r{number}-{kind}", "cluster": "", "text": text, "language": "en", "kind": kind,
                    "complete": "yes", "source": f"{source}@{kind}", "note": "", "confidence": "high", "altered": "",
                }
            )  # fmt: skip
    write_json_lines(root / "data/real.jsonl", rows)
    entries = catalogue.read_text(encoding="utf-8").replace("ordinary = true", "ordinary = true\nreal = true")
    entries += (
        '[[dataset]]\nname = "real"\ntitle = "real, stand-ins"\npath = "data/real.jsonl"\nformat = "real"\n'
        'licence = "none needed"\nnotes = "Invented, in place of real ones."\nreal = true\n'
    )
    catalogue.write_text(entries, encoding="utf-8")
