"""The stages that a look goes through (Scrapy's item pipelines), one idea each: normalise, drop copies, keep only what
is news, write."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler
from scrapy.pipelines import ItemPipelineManager

from crawler.ad import JobAd, content_hash
from crawler.errors import NotAnAd
from crawler.extract.identity import places_alone
from crawler.extract.normalise import normalise
from crawler.extract.raw import RawAd
from crawler.spiders.base import Look, SourceSpider, spider_of

__all__ = ["DuplicatesStage", "MemoryStage", "NormaliseStage", "Stages", "WriteStage"]


Ads = list[tuple[JobAd, RawAd]]


class Stages(ItemPipelineManager):
    """Takes a look through the stages in one go: none of ours waits for anything, so none needs a task of its own."""

    async def process_item_async(self, item: Look) -> Look:
        """The look as the last stage left it."""
        for stage in self.methods["process_item"]:
            assert stage is not None  # only a spider middleware's may be
            item = stage(item)
        return item


class _Stage:
    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> SourceSpider:
        return spider_of(self._crawler)


def _is_placed(raw: RawAd, url: str) -> bool:
    """True for an ad without an address of its own: it has the page's, or a place on the page."""
    return raw.url is None or raw.url.startswith(f"{url.partition('#')[0]}#")


class NormaliseStage(_Stage):
    """Makes a JobAd of each raw ad. What has neither title nor text is set aside, and the ledger says so."""

    def process_item(self, item: Look) -> Look:
        """The look with its ads."""
        ads: Ads = []
        set_aside: list[str] = []
        for raw in item.found:
            try:
                ads.append((self._normalised(raw, item), raw))
            except NotAnAd as err:
                set_aside.append(str(err))
        ads = self._as_before(ads, item)
        outcome = "not_an_ad" if item.found and not ads else item.outcome
        detail = "; ".join(filter(None, [item.detail, *set_aside]))
        ad_ids = tuple(dict.fromkeys(ad.ad_id for ad, _ in ads)) if item.found else item.ad_ids
        return replace(item, ads=tuple(ads), ad_ids=ad_ids, outcome=outcome, detail=detail)

    def _as_before(self, ads: Ads, look: Look) -> Ads:
        """The ads under the ids that they had when the page showed another number of them.

        An ad that is alone on its page is known by the page's address, one beside others by what it says: without this
        it would be another ad on the night when the others come or go.
        """
        known = self.spider.lookback.ads_at(look.address) if "page" in look.note else {}
        if not known:
            return ads
        return [self._one_as_before(ad, raw, look, known, is_alone=len(ads) == 1) for ad, raw in ads]

    def _one_as_before(
        self, ad: JobAd, raw: RawAd, look: Look, known: Mapping[str, str], *, is_alone: bool
    ) -> tuple[JobAd, RawAd]:
        if ad.ad_id in known or not _is_placed(raw, look.url):
            return ad, raw
        places = places_alone(raw, look.url) if is_alone else (None,)
        for other in (self._normalised(replace(raw, url=place), look) for place in places):
            # Which of several it was that stood there alone, only its words can tell.
            if other.ad_id in known and (is_alone or known[other.ad_id] == content_hash(ad)):
                return replace(ad, ad_id=other.ad_id), raw
        return ad, raw

    def _normalised(self, raw: RawAd, look: Look) -> JobAd:
        source = self.spider.source
        return normalise(
            raw,
            source=source.name,
            seen_at=look.seen_at,
            url=look.url,
            language=source.language,
            country=source.country,
            page=look.page,
        )


class DuplicatesStage(_Stage):
    """Drops an ad that this run has already: the same one is often listed twice, or behind two addresses.

    Where a run goes over looks of many nights, an ad that says something else is another version, and stays.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # A run that was killed and taken up has written some already.
        self._seen = set(self.spider.batch.earlier_ads())

    def process_item(self, item: Look) -> Look:
        """The look with only the ads that are new in this run."""
        new = []
        for ad, raw in item.ads:
            key = ad.ad_id + content_hash(ad) if self.spider.keeps_versions else ad.ad_id
            if key not in self._seen and ad.ad_id not in self.spider.lookback.kept:
                self._seen.add(key)
                new.append((ad, raw))
        if len(new) == len(item.ads):
            return item
        copies = f"{len(item.ads) - len(new)} of {len(item.ads)} seen before in this run"
        return replace(item, ads=tuple(new), detail="; ".join(filter(None, [item.detail, copies])))


class MemoryStage(_Stage):
    """Keeps of the ads only those that are news, and notes for the next run what was found."""

    def process_item(self, item: Look) -> Look:
        """The look with its new and changed ads; ``unchanged`` where it has none but shows some."""
        if self.spider.keeps_versions or item.outcome not in {"ad", "listing", "not_an_ad"}:
            return item
        noted, news, over = self.spider.lookback.sort_out(tuple(ad for ad, _ in item.ads))
        copies = {ad_id: None for ad_id in item.ad_ids if ad_id not in noted}
        is_same = item.outcome == "ad" and bool(noted) and not news
        notes = [item.detail, "same content" if is_same else "", "validThrough is past" if over else ""]
        return replace(
            item,
            ads=tuple((ad, raw) for ad, raw in item.ads if ad.ad_id in news),
            ad_ids=tuple(ad_id for ad_id in item.ad_ids if ad_id not in over),
            outcome="unchanged" if is_same else item.outcome,
            detail="; ".join(filter(None, notes)),
            note={**item.note, "ads": noted | copies},
        )


class WriteStage(_Stage):
    """Writes the ads, then gives the address its outcome."""

    def process_item(self, item: Look) -> Look:
        """The look, written."""
        self.spider.batch.add_all(item.ads)
        self.spider.conclude(item)
        return item
