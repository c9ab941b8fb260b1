# %% [markdown]
# # Look at the queue
#
# What would analysts read first, and why? This scores labelled texts with the model in service, shows the top of the
# queue with the words that put it there, and replays the whole set in five orders of reading.
#
# Here the texts are the held-out ones that came along, all invented. Put an export of your own decisions in their place
# (`lurewatch labels export`), which the model must not have learnt from.

# %% Parameters
import os
from pathlib import Path

from pipeline.settings.loader import find_home, load_settings

settings = load_settings(find_home(os.environ, Path.cwd()))
HOME = settings.home
PICTURES = Path(os.environ.get("LUREWATCH_NOTEBOOKS", settings.local / "notebooks"))
INPUT = HOME / "data" / "samples" / "invented_checks" / "texts.jsonl"
FORMAT = "held_out"
READ = 200

# %%
import numpy as np

from model.assessor import Assessor
from model.datasets.catalogue import read_given
from model.datasets.labels import acts
from model.training.label_errors import simulate_with
from model.training.simulation import Plan, draw_recall
from pipeline.commands.options import now

model = settings.model_folder()
rows = read_given(INPUT, format_name=FORMAT, root=HOME, seed=1)[:READ]
print(f"{model.name}: {len(rows)} texts, {sum(acts(rows))} of them to act on")

# %% [markdown]
# ## The top of the queue
#
# A score is the probability that a reviewer would act. Next to it stands what raised it most, in log-odds.

# %%
assessor = Assessor.load(model, model / "taxonomy")
assessments = list(assessor.assess((row.ad for row in rows), assessed_at=now()))
order = np.argsort([-assessment.score for assessment in assessments], kind="stable")
for place in order[:10]:
    assessment = assessments[place]
    raised = [f"{part.name} {part.value:+.1f}" for part in assessment.contributions if part.name != "base"][:3]
    print(f"{assessment.score:.3f}  {rows[place].kind:24} {assessment.ad_id}: {'; '.join(raised)}")

# %% [markdown]
# ## What reading on would find
#
# Risk reads the highest score first; uncertain what lies nearest to the threshold; diverse one of each near-duplicate;
# the mix is what the queue does: mostly risk, a few uncertain ones, some at random.

# %%
plan = Plan(capacity=50, shares={"risk": 0.85, "uncertain": 0.05, "random": 0.1}, seeds=(1, 2))
found = simulate_with(rows, plan, model=model, taxonomy_folder=model / "taxonomy")
for name, strategy in found["strategies"].items():
    print(f"{name:10} ATD {strategy['figures']['time_to_discovery']['value']:.3f}")

# %%
draw_recall(found).save(PICTURES / "01_recall.svg")
