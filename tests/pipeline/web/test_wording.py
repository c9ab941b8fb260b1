"""Words of the page: every value that the program knows has its own."""

from typing import get_args

import pytest

from pipeline.accounts.analysts import ROLES
from pipeline.accounts.audit_log import ACTS
from pipeline.case import VERDICTS, Reason, State
from pipeline.errors import SignInFault
from pipeline.exports.export import EXPORT_FORMATS
from pipeline.exports.package import Refusal
from pipeline.linking.changes import Fact
from pipeline.linking.describe import SlotName
from pipeline.review.brief import TOPICS
from pipeline.review.explain import Judged
from pipeline.review.figures import FACETS
from pipeline.store.queue.case_filter import LANES, Facet
from pipeline.store.queue.case_queue import ORDERS
from pipeline.web.i18n import WORDS

KNOWN = {
    "verdict": VERDICTS, "verdict_help": VERDICTS, "lane": LANES, "facet": get_args(Facet), "reason": get_args(Reason),
    "standing": {*get_args(State), "second_opinion", "disagreement"}, "refusal": get_args(Refusal),
    "judged": get_args(Judged), "role": ROLES, "act": ACTS, "fault": get_args(SignInFault),
    "fact": {*get_args(Fact), "rule"}, "order": ORDERS, "slot": get_args(SlotName), "format": EXPORT_FORMATS,
    "trend": FACETS, "topic": TOPICS,
}  # fmt: skip


@pytest.mark.parametrize("table", KNOWN)
def test_a_table_has_words_for_just_the_values_that_the_program_knows(table):
    assert set(WORDS[table]) == set(KNOWN[table])
