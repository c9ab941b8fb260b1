"""Item pipeline of a crawl: normalise, deduplicate, drop unchanged ads, write."""

from collections.abc import Mapping
from dataclasses import replace

from scrapy.crawler import Crawler

from crawler.ad import JobAd, content_hash
from crawler.errors import NotAnAd
from crawler.extract.normalise import normalise
from crawler.extract.raw import RawAd, places_alone
from crawler.spiders.base import Component, FetchResult, SourceSpider

Ads = list[tuple[JobAd, RawAd]]


class ResultPipeline(Component):
    """Takes results through the steps, in order. Pages give a result at a time, files many: Scrapy's own way from one
    pipeline to the next takes longer than all that happens there."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._normalise, self._drop_known = Normalise(self.spider), DropKnown(self.spider)

    def process_item(self, item: FetchResult | tuple[FetchResult, ...]) -> object:
        """The item. A result that fails costs no other."""
        for result in item if isinstance(item, tuple) else (item,):
            try:
                taken = self._drop_known(self._normalise(result))
                self.spider.batch.add_all(taken.ads)
                self.spider.record_outcome(taken)
            except Exception as err:
                if isinstance(err, OSError):  # a full disk: no later address would fare better
                    self.spider.give_up("disk")
                self.spider.logger.exception("a result was not taken")
                self.spider.set_aside(result.address, err)
        return item


class Normalise:
    """Makes a JobAd of each raw ad. A raw ad with neither title nor text is set aside and named in the ledger."""

    def __init__(self, spider: SourceSpider) -> None:
        self._spider = spider

    def __call__(self, item: FetchResult) -> FetchResult:
        """The result with its ads; rows of files come with theirs."""
        if not item.found:
            return item
        ads: Ads = []
        set_aside: list[str] = []
        for raw in item.found:
            try:
                ads.append((self._normalised(raw, item), raw))
            except NotAnAd as err:
                set_aside.append(str(err))
        known = self._spider.revisit_policy.ads_at(item.address) if "page" in item.note else {}
        if known:
            ads = [self._with_earlier_id(ad, raw, item, known, is_alone=len(ads) == 1) for ad, raw in ads]
        outcome = item.outcome if ads else "not_an_ad"
        detail = "; ".join(filter(None, [item.detail, *set_aside]))
        ad_ids = tuple(dict.fromkeys(ad.ad_id for ad, _ in ads))
        return replace(item, ads=tuple(ads), ad_ids=ad_ids, outcome=outcome, detail=detail)

    def _with_earlier_id(
        self, ad: JobAd, raw: RawAd, result: FetchResult, known: Mapping[str, str], *, is_alone: bool
    ) -> tuple[JobAd, RawAd]:
        """The ad under the id that it had when the page showed another number of ads.

        An ad that is alone on its page is known by the page's address, one beside others by what it says: without this
        it would be another ad on the night when the others come or go.
        """
        if ad.ad_id in known:
            return ad, raw
        if is_alone and raw.identifier:
            # A page that was first known by its listing, or named no number before, was known by its address alone.
            unnumbered = self._normalised(replace(raw, identifier=None), result)
            if unnumbered.ad_id in known:
                return replace(ad, ad_id=unnumbered.ad_id), raw
        # An ad without an address of its own has the page's, or a place on the page.
        if raw.url is not None and not raw.url.startswith(f"{result.url.partition('#')[0]}#"):
            return ad, raw
        places = places_alone(raw, result.url) if is_alone else (None,)
        for other in (self._normalised(replace(raw, url=place), result) for place in places):
            # Only the content tells which of several ads was the one alone there.
            if other.ad_id in known and (is_alone or known[other.ad_id] == content_hash(ad)):
                return replace(ad, ad_id=other.ad_id), raw
        return ad, raw

    def _normalised(self, raw: RawAd, result: FetchResult) -> JobAd:
        source = self._spider.source
        return normalise(
            raw,
            source=source.name,
            seen_at=result.seen_at,
            url=result.url,
            language=source.language,
            country=source.country,
            page=result.page,
        )


class DropKnown:
    """Drops ads that this run has already, since the same one is often listed twice, and those that did not change;
    notes every ad for the next run.

    Where a run reads captures of many nights, an ad with another text is another version, and stays.
    """

    def __init__(self, spider: SourceSpider) -> None:
        self._spider = spider
        # A resumed run has written some already.
        self._seen = set(spider.batch.earlier_ads())

    def __call__(self, item: FetchResult) -> FetchResult:
        """The result with its new and changed ads; ``unchanged`` where it shows ads but none of these."""
        new = []
        for ad, raw in item.ads:
            key = ad.ad_id + content_hash(ad) if self._spider.keeps_versions else ad.ad_id
            if key not in self._seen and ad.ad_id not in self._spider.revisit_policy.live_ads:
                self._seen.add(key)
                new.append((ad, raw))
        if len(new) < len(item.ads):
            copies = f"{len(item.ads) - len(new)} of {len(item.ads)} seen before in this run"
            item = replace(item, ads=tuple(new), detail="; ".join(filter(None, [item.detail, copies])))
        if self._spider.keeps_versions or item.outcome not in {"ad", "listing", "not_an_ad"}:
            return item
        noted, changed, ended = self._spider.revisit_policy.compare(tuple(ad for ad, _ in item.ads))
        shown_before = {ad_id: None for ad_id in item.ad_ids if ad_id not in noted}
        is_same = item.outcome == "ad" and bool(noted) and not changed
        notes = [item.detail, "same content" if is_same else "", "validThrough is past" if ended else ""]
        return replace(
            item,
            ads=tuple((ad, raw) for ad, raw in item.ads if ad.ad_id in changed),
            ad_ids=tuple(ad_id for ad_id in item.ad_ids if ad_id not in ended),
            outcome="unchanged" if is_same else item.outcome,
            detail="; ".join(filter(None, notes)),
            note={**item.note, "ads": noted | shown_before},
        )
