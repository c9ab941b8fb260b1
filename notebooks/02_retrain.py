# %% [markdown]
# # Retrain
#
# Decisions become labels, labels and collections become a model. This trains a candidate on a few of the invented
# collections; a real one takes all of `data/datasets.toml` and your own decisions beside them
# (`lurewatch labels export`, then a `[[dataset]]` of format `decisions`). A notebook may propose a model; only
# `lurewatch promote` puts one in service.

# %% Parameters
import os
from pathlib import Path

from pipeline.settings.loader import find_home, load_settings

settings = load_settings(find_home(os.environ, Path.cwd()))
HOME = settings.home
OUTPUT = Path(os.environ.get("LUREWATCH_NOTEBOOKS", settings.local / "notebooks"))
DATASETS = HOME / "data" / "samples" / "few_rows.toml"
SEED = 1

# %%
import json

from model.chart import Bar, draw_bars
from model.datasets.catalogue import find_dataset, read_catalogue
from model.training.train import train

for card in read_catalogue(DATASETS):
    print(f"{card.name}: {card.title}{'' if find_dataset(card, HOME) else '; not on this machine'}")

# %%
folder = train(DATASETS, settings.taxonomy, OUTPUT / "models", seed=SEED, root=HOME)
metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
print(f"{folder.name}: {metrics['rows']} texts")

# %% [markdown]
# ## How well it does, beside the plain recipe
#
# Figures on real texts count (`metrics["real"]`). These collections are invented, so what is left is the diagnosis: how
# often the dangerous twin of an offer scores above the lawful one, with near-copies and twins held out.

# %%
for name, models in metrics["invented"].items():
    for model, figures in models.items():
        pairs = ", ".join(f"{kind} {found['won']} of {found['of']}" for kind, found in figures["pairs"].items())
        print(f"{name:22} {model:14} {pairs}")

# %% [markdown]
# ## The same offer told otherwise
#
# Whose country, nationality, gender or name stands in an offer should move its score by nothing.

# %%
for name, swap in metrics["counterfactuals"]["swaps"].items():
    print(f"{name:12} {swap['texts']:3} texts  mean move {swap['mean_change']:.3f}")

# %% [markdown]
# ## Flagged, by collection, of what should not be

# %%
families = metrics["invented"]["near_copies_held_out"]["model"]["by_family"]
shares = [Bar(name=name, value=family["flagged"]) for name, family in families.items() if "flagged" in family]
draw_bars("Flagged at the threshold for 2 in 100 lawful texts", "share flagged", shares).save(OUTPUT / "02_flagged.svg")
