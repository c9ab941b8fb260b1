# %% [markdown]
# # Hold the queue against ASReview
#
# ASReview is a program for screening texts with active learning, made for systematic reviews. Here the same labelled
# file runs through its own simulation, with its own default model (ELAS u4), and through ours: once with the model in
# service, once cold, as ASReview begins. It reads one text, learns, and reads the next; ours learns after each batch.
#
# Needs the extra `peer`. WSS@95, RRF@10 and ATD are counted by the same code for all.

# %% Parameters
import os
from pathlib import Path

HOME = Path(os.environ.get("LUREWATCH_HOME", Path(__file__).parents[1] if "__file__" in globals() else ".."))
INPUT = HOME / "data" / "samples" / "invented_checks" / "texts.jsonl"
FORMAT = "held_out"
LANGUAGES = ("en",)
BATCH = 25

# %%
import numpy as np
import pandas as pd
from asreview import ActiveLearningCycle, Simulate
from asreview.models import get_ai_config
from asreview.models.queriers import TopDown
from asreview.models.stoppers import IsFittable

from model.datasets.catalogue import read_given
from model.datasets.labels import acts
from model.training.label_errors import simulate_with
from model.training.simulation import Plan, order_figures
from pipeline.settings_file import load_settings

known = read_given(INPUT, format_name=FORMAT, root=HOME, seed=1)
rows = [row for row in known if (row.ad.language or "").partition("-")[0] in LANGUAGES]
rows = [rows[place] for place in np.random.default_rng(1).permutation(len(rows))]
truth = np.array(acts(rows))
print(f"{len(rows)} texts, {truth.sum()} to act on")

# %% [markdown]
# ## ASReview's own simulation

# %%
texts = pd.DataFrame({"title": [row.ad.title for row in rows], "abstract": [row.ad.description for row in rows]})
begin = ActiveLearningCycle(querier=TopDown(), stopper=IsFittable())
cycles = [begin, ActiveLearningCycle.from_meta(get_ai_config("elas_u4")["value"])]
peer = Simulate(texts, truth.astype(int), cycles, stopper=-1, print_progress=False)
peer.review()
order = peer._results["record_id"].to_numpy()
figures = {"ASReview, ELAS u4": order_figures(truth[order], capacity=50)}

# %% [markdown]
# ## Ours

# %%
model = load_settings(HOME).model_folder()
plans = {
    "the model in service": (Plan(capacity=50, shares={}, strategies=("risk",), seeds=(1,)), model),
    "cold": (Plan(capacity=50, retrain_every=BATCH, shares={}, strategies=("risk",), seeds=(1,)), None),
}
for name, (plan, folder) in plans.items():
    found = simulate_with(rows, plan, model=folder, taxonomy_folder=HOME / "data" / "taxonomy")
    figures[name] = {key: one["value"] for key, one in found["strategies"]["risk"]["figures"].items()}

# %%
print(f"{'':24}{'WSS@95':>9}{'RRF@10':>9}{'ATD':>9}")
for name, one in figures.items():
    shown = (one[key] for key in ("saved_work_at_0.95", "found_after_0.1", "time_to_discovery"))
    print(f"{name:24}" + "".join(f"{value:9.3f}" for value in shown))
