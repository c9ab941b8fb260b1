# %% [markdown]
# # Study errors
#
# Where the model in service is wrong on texts it never saw: one by one, then by language and sector. A label may be
# wrong too: those that deserve a second look are listed.

# %% Parameters
import os
from pathlib import Path

from pipeline.settings.loader import find_home, load_settings

settings = load_settings(find_home(os.environ, Path.cwd()))
HOME = settings.home
PICTURES = Path(os.environ.get("LUREWATCH_NOTEBOOKS", settings.local / "notebooks"))
INPUT = HOME / "data" / "samples" / "invented_checks" / "texts.jsonl"
FORMAT = "held_out"
READ = 300

# %%
from importlib.util import find_spec

import numpy as np
from scipy.special import expit
from sklearn.metrics import average_precision_score

from model.chart import Bar, draw_bars
from model.datasets.catalogue import read_given
from model.datasets.labels import acts
from model.evaluation.compare import Judge
from model.evaluation.cross_validation import log_odds
from model.evaluation.facets import language_of, sector_of_text
from model.evaluation.figures import AT
from model.evaluation.metrics import clustered_share
from model.training.label_errors import contradictions, suspected_errors

judge = Judge(settings.model_folder())
rows = read_given(INPUT, format_name=FORMAT, root=HOME, seed=1)[:READ]
kinds, truth = judge.kinds(rows), np.array(acts(rows))
score, limit = expit(log_odds(kinds)), expit(judge.limits.get(AT, 0.0))
print(f"{judge.model.version}: {len(rows)} texts, average precision {average_precision_score(truth, score):.3f}")

# %% [markdown]
# ## The worst errors
#
# Read them with `lurewatch explain`: is a sign missing, is a word misleading, or is the label wrong?

# %%
missed = [place for place in np.argsort(score) if truth[place] and score[place] <= limit]
alarms = [place for place in np.argsort(-score) if not truth[place] and score[place] > limit]
for title, places in (("missed", missed), ("flagged wrongly", alarms)):
    print(f"{title}: {len(places)}")
    for place in places[:8]:
        print(f"  {score[place]:.3f}  {rows[place].ad.language:6} {rows[place].genre:6} {rows[place].ad.ad_id}")

# %% [markdown]
# ## Labels that deserve a second look
#
# The held-out texts were not learnt from, so the model may be asked; of training texts ask models that are fitted with
# each group held out (`lurewatch labels doubts data/datasets.toml`). Suspected errors need the extra `doubts`.

# %%
suspected = suspected_errors(rows, kinds) if find_spec("cleanlab") else ()
for doubt in (*contradictions(rows), *suspected)[:8]:
    print(f"{doubt.certainty:.3f}  {doubt.label} or {doubt.instead}?  {doubt.ad_id}")
if not find_spec("cleanlab"):
    print("errors are not suspected: cleanlab is not installed (make notebooks, or the extra `doubts`)")

# %% [markdown]
# ## Found, at the model's threshold

# %%
bars, clusters = [], np.array([row.held_with for row in rows])
sectors = [sector_of_text(f"{row.ad.title} {row.ad.description[:2_000]}") for row in rows]
for names in (list(map(language_of, rows)), sectors):
    for name in sorted(set(names)):
        where = (np.array(names) == name) & truth
        if where.sum() >= 5:
            share = clustered_share(score[where] > limit, clusters[where].tolist())
            bars.append(Bar(name=f"{name} ({share['of']})", value=share["value"], low=share["low"], high=share["high"]))
draw_bars("Found", "recall", bars).save(PICTURES / "04_found.svg")
