# %% [markdown]
# # Propose indicators
#
# Phrases that tell dangerous texts from lawful ones and that no indicator shows yet. Most will tell of a trade or a
# place, and those are no indicators: a sign describes what makes an offer dangerous, never who or where. What is left
# becomes a pattern in `data/taxonomy/`, with a reason, a source, a sentence that shows it and a near miss that it
# spares (docs/taxonomy.md).

# %% Parameters
import os
from pathlib import Path

from pipeline.settings_file import find_home, load_settings

settings = load_settings(find_home(os.environ, Path.cwd()))
HOME = settings.home
PICTURES = Path(os.environ.get("LUREWATCH_NOTEBOOKS", settings.local / "notebooks"))
INPUT = HOME / "data" / "samples" / "contrast.jsonl.gz"
FORMAT = "contrast"
LANGUAGE = "en"
LEAST = 3

# %%
from model.chart import Bar, draw_bars
from model.datasets.given import read_given
from model.datasets.labels import acts
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy
from model.training.propose import propose_phrases

rows = [
    row
    for row in read_given(INPUT, format_name=FORMAT, root=HOME, seed=1)
    if (row.ad.language or "").partition("-")[0] == LANGUAGE
]
reader = AdReader.from_taxonomy(load_taxonomy(settings.taxonomy))
evidence = [read.evidence for read in reader.read(row.ad for row in rows)]
bare = [row.ad.ad_id for row, shown, act in zip(rows, evidence, acts(rows), strict=True) if act and not shown]
print(f"{len(rows)} texts in {LANGUAGE}, {sum(acts(rows))} to act on; {len(bare)} of those show nothing: {bare[:5]}")

# %%
proposals = propose_phrases(rows, evidence, acts(rows), least=LEAST)
for one in proposals[:15]:
    print(f"{one.z:5.2f}  {one.dangerous:3} to {one.lawful:3}  {one.phrase:30} {one.seen_in[0]}")

# %% [markdown]
# ## The share of the groups with a phrase that are dangerous

# %%
shares = [(one.phrase, one.dangerous / (one.dangerous + one.lawful)) for one in proposals[:12]]
bars = [Bar(name=name, value=value) for name, value in shares]
draw_bars("Dangerous, of the groups that hold a phrase", "share", bars).save(PICTURES / "05_phrases.svg")
