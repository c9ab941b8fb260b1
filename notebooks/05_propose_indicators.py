# %% [markdown]
# # Propose indicators
#
# Phrases that tell dangerous texts from lawful ones and that no indicator shows yet. Most will tell of a trade or a
# place, and those are no indicators: a sign describes what makes an offer dangerous, never who or where. What is left
# becomes a pattern in `data/taxonomy/`, with a reason, a source, a sentence that shows it and a near miss that it
# spares (docs/analysts/indicators.md).

# %% Parameters
import math
import os
import re
from collections import defaultdict
from itertools import product
from pathlib import Path

from pipeline.settings.loader import find_home, load_settings

settings = load_settings(find_home(os.environ, Path.cwd()))
HOME = settings.home
PICTURES = Path(os.environ.get("LUREWATCH_NOTEBOOKS", settings.local / "notebooks"))
INPUT = HOME / "data" / "samples" / "contrast.jsonl.gz"
FORMAT = "contrast"
LANGUAGE = "en"
LEAST = 3

# %%
from model.chart import Bar, draw_bars
from model.datasets.catalogue import read_given
from model.datasets.labels import acts
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

rows = [
    row
    for row in read_given(INPUT, format_name=FORMAT, root=HOME, seed=1)
    if (row.ad.language or "").partition("-")[0] == LANGUAGE
]
reader = AdReader.from_taxonomy(load_taxonomy(settings.taxonomy))
evidence = [read.evidence for read in reader.read(row.ad for row in rows)]
bare = [row.ad.ad_id for row, shown, act in zip(rows, evidence, acts(rows), strict=True) if act and not shown]
print(f"{len(rows)} texts in {LANGUAGE}, {sum(acts(rows))} to act on; {len(bare)} of those show nothing: {bare[:5]}")

# %% [markdown]
# ## Phrases of one to three words outside all evidence
#
# By their log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn, Political Analysis 16 (2008)
# 372-403), so that a phrase that is merely rare does not win. One group of texts counts once. Languages that set no
# spaces give whole stretches: propose for one language at a time.


# %%
holds = defaultdict(lambda: {True: {}, False: {}})
for row, shown, act in zip(rows, evidence, acts(rows), strict=True):
    for field in ("title", "description"):
        text = getattr(row.ad, field).replace("|", " ")
        for piece in shown:
            if piece.field == field:
                text = text[: piece.start] + "|" * (piece.end - piece.start) + text[piece.end :]
        for words in (re.findall(r"[^\W\d_]+", stretch.casefold()) for stretch in text.split("|")):
            for start, length in product(range(len(words)), (1, 2, 3)):
                phrase = " ".join(words[start : start + length])
                holds[phrase][act].setdefault(row.group, row.ad.ad_id)

# %%
WEIGHT = 0.1  # of the prior
totals = {act: sum(len(groups[act]) for groups in holds.values()) for act in (True, False)}
found = []
for phrase, groups in holds.items():
    dangerous, lawful = len(groups[True]), len(groups[False])
    if dangerous >= LEAST:
        prior, total = WEIGHT * (dangerous + lawful), WEIGHT * sum(totals.values())
        odds = [
            math.log((count + prior) / (totals[act] + total - count - prior))
            for act, count in ((True, dangerous), (False, lawful))
        ]
        z = (odds[0] - odds[1]) / math.sqrt(1 / (dangerous + prior) + 1 / (lawful + prior))
        found.append((-z, phrase, dangerous, lawful))
proposals = [(phrase, a, b, -z) for z, phrase, a, b in sorted(found) if z < 0]
for phrase, dangerous, lawful, z in proposals[:15]:
    print(f"{z:5.2f}  {dangerous:3} to {lawful:3}  {phrase:30} {next(iter(holds[phrase][True].values()))}")

# %% [markdown]
# ## The share of the groups with a phrase that are dangerous

# %%
shares = [(phrase, dangerous / (dangerous + lawful)) for phrase, dangerous, lawful, _ in proposals[:12]]
bars = [Bar(name=name, value=value) for name, value in shares]
draw_bars("Dangerous, of the groups that hold a phrase", "share", bars).save(PICTURES / "05_phrases.svg")
