# %% [markdown]
# # Compare models
#
# A candidate against the model in service, on texts that neither learnt from: real ones where they are at hand, and
# invented checks as a diagnosis. Each difference comes with its 95 % interval: a figure is worse where the whole
# interval is. `lurewatch compare` says the same, and `lurewatch promote` refuses a model that is worse on real texts
# unless it is told why.

# %% Parameters
import os
from pathlib import Path

from pipeline.settings.loader import find_home, load_settings

settings = load_settings(find_home(os.environ, Path.cwd()))
HOME = settings.home
OUTPUT = Path(os.environ.get("LUREWATCH_NOTEBOOKS", settings.local / "notebooks"))
CHECKS = HOME / "data" / "invented_checks.toml"
SEED = 1

# %%
from model.chart import Bar, draw_bars
from model.evaluation.compare import compare, read_checks

before = settings.model_folder()
candidates = sorted((OUTPUT / "models").glob("model-*"), key=lambda folder: folder.stat().st_mtime)
after = candidates[-1] if candidates else before
found = compare(before, after, read_checks([CHECKS], settings.catalogues, HOME, seed=SEED), seed=SEED)
print(f"{found.before} in service, {found.after} as candidate; {found.real_texts} real texts that neither learnt from")
if before == after:
    print("02_retrain.py has made no candidate yet: the model in service against itself differs in nothing")

# %%
figures = {**found.real, **{f"invented {name}": figure for name, figure in found.invented.items()}}
for name, figure in figures.items():
    difference = f"{figure['low']:+.3f} to {figure['high']:+.3f}"
    mark = "worse" if name in found.worse else ""
    print(f"{name:38} {figure['before']:6.3f} -> {figure['after']:6.3f}  {difference}  {mark}")

# %% [markdown]
# ## Which texts moved most
#
# Read some of them with `lurewatch explain` before you believe a figure.

# %%
for ad in found.moved[:10]:
    print(f"{ad['ad_id']} ({ad['kind']}): place {ad['place_before']} -> {ad['place_after']}")

# %% [markdown]
# ## What the candidate finds and flags wrongly
#
# Higher is better of what should be found, lower of what should not be flagged.

# %%
shares = {name: figure["after"] for name, figure in figures.items() if "auc" not in name}
bars = [Bar(name=name, value=value) for name, value in shares.items()]
draw_bars("The candidate at its own thresholds", "share flagged", bars).save(OUTPUT / "03_candidate.svg")
