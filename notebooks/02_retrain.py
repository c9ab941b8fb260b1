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

HOME = Path(os.environ.get("LUREWATCH_HOME", Path(__file__).parents[1] if "__file__" in globals() else ".."))
OUTPUT = Path(os.environ.get("LUREWATCH_NOTEBOOKS", HOME / "data" / "local" / "notebooks"))
DATASETS = HOME / "notebooks" / "datasets.toml"
SEED = 1
LOOSENESS = 1.0  # the shipped model has 30: few texts ask for a stiffer fit, and it takes seconds

# %%
import json

from model.chart import Chart
from model.datasets.catalogue import find_dataset, read_catalogue
from model.classifier.fitting import Recipe
from model.training.train import train

for card in read_catalogue(DATASETS):
    print(f"{card.name}: {card.title}{'' if find_dataset(card, HOME) else '; not on this machine'}")

# %%
folder = train(
    DATASETS, HOME / "data" / "taxonomy", OUTPUT / "models", seed=SEED, root=HOME, recipe=Recipe(looseness=LOOSENESS)
)
metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
print(f"{folder.name}: {metrics['rows']} texts")
for name in ("average_precision", "auc", "twins_chat", "twins_board", "twins_board_over_chat", "calibration_error"):
    if one := metrics["headline"].get(name):
        print(f"{name:24} {one['value']:.3f}  ({one['low']:.3f} to {one['high']:.3f})")

# %% [markdown]
# ## The same offer told otherwise
#
# Whose country, nationality, gender or name stands in an offer should move its score by nothing.

# %%
for name, one in metrics["counterfactuals"]["swaps"].items():
    print(f"{name:12} {one['texts']:3} texts  mean move {one['mean_change']:.3f}")

# %% [markdown]
# ## Precision and recall, on texts whose group was held out

# %%
Chart((folder / "plots" / "precision_recall.svg").read_text(encoding="utf-8"))
