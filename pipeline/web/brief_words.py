"""Words of a prevention brief; they speak of offers, never of people."""

from typing import Final

from pipeline.review.brief import Topic
from pipeline.settings.messages import mark
from pipeline.web.wording import SERVICES

TOO_FEW: Final = mark(
    "Fewer than %(least)s cases of this month are confirmed so far, so no details are shown: they could point to one "
    "advertiser."
)

LEAD: Final = (
    mark(
        "This rests on %(confirmed)s job ads and messages that were collected in this month and that analysts "
        "judged to be likely lures. Of %(opened)s that were put before them, %(decided)s are decided."
    ),
    mark(
        "It tells what such offers say, so that people can recognise them. None of these signs alone makes an "
        "offer a lure, and an offer without any may be one."
    ),
)

NOTES: Final = (
    mark(
        "A case counts in the month in which it was put before analysts, once for all copies of its text, and only "
        "where the verdict stands: where a second opinion is asked for, both agree or a supervisor has settled it."
    ),
    mark(
        "Behind each share stands the range in which the true share lies 19 times in 20 (Wilson). Cells of fewer "
        "than %(least)s cases are hidden. A change is named only where chance would bring about any such change "
        "among all that are compared at most once in 20 months."
    ),
    mark(
        "An offer can show several signs and channels, so that their shares add up to more than the whole. "
        "Sectors, whom an offer addresses and schooling are read by words, and can be read wrongly."
    ),
    mark(
        "Ads that nobody collected are not in it: most people are recruited by someone they know, or in closed "
        "groups. The shares are those of the sources that are read, which change from month to month."
    ),
)

TOPIC_WORDS: Final[dict[Topic, str]] = {
    "verdict": mark("What the offers are likely to be"),
    "promise": mark("What they promise"),
    "work": mark("Work offered: signs"),
    "sector": mark("Work offered: sectors"),
    "country": mark("Destination"),
    "addressed": mark("Target group"),
    "schooling": mark("Schooling asked for"),
    "language": mark("Language of the ad"),
    "approach": mark("How people are approached"),
    "contact": mark("How to apply"),
    "source": mark("Where the offers were found"),
    "bind": mark("How people are kept there"),
}

VALUE_NAMES: Final = {
    "trafficking_recruitment": mark("recruitment for trafficking, likely"),
    "job_fraud": mark("job fraud, likely"),
    "women": mark("women"),
    "men": mark("men"),
    "either": mark("anyone, or not said"),
    "higher": mark("university or college"),
    "secondary": mark("secondary school"),
    "none_needed": mark("none needed"),
    "not_said": mark("not said"),
    "other": mark("other"),
}

SECTOR_WORDS: Final = {
    "agriculture_and_fishing": mark("agriculture and fishing"),
    "construction": mark("construction"),
    "domestic_and_care": mark("housework and care"),
    "entertainment": mark("entertainment and nightlife"),
    "factory_and_warehouse": mark("factories and warehouses"),
    "hospitality": mark("hotels and restaurants"),
    "it_and_office": mark("computers and offices"),
    "online_and_sales": mark("online work, customer service and sales"),
    "tasks_at_home": mark("tasks at home"),
    "security_and_driving": mark("driving, deliveries and guarding"),
}

SOURCE_WORDS: Final = {
    "archive": mark("archives of the web"),
    "ats": mark("employers’ application systems"),
    "board": mark("job boards"),
    "channel": mark("public channels of messengers"),
    "drop": mark("partners’ files"),
    "feed": mark("feeds of job boards"),
    "sitemap": mark("job boards with a list of pages"),
}

CONTACT_NAMES: Final = SERVICES | {
    "phone": mark("telephone"),
    "email": mark("e-mail"),
    "web": mark("a web page"),
}
