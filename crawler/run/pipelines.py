"""Item pipeline of a crawl: normalise, deduplicate, drop unchanged ads, write."""

from collections.abc import Mapping
from dataclasses import replace

from scrapy.crawler import Crawler

from crawler.ad import JobAd, content_hash
from crawler.errors import NotAnAd
from crawler.extract.normalise import normalise
from crawler.extract.raw import RawAd, places_alone
from crawler.spiders.base import Component, FetchResult

Ads = list[tuple[JobAd, RawAd]]


class ResultPipeline(Component):
    """Makes a JobAd of each raw ad, drops those that this run has already and those that did not change, and writes the
    others. Pages give a result at a time, files many: Scrapy's own way from one pipeline to the next takes longer than
    all that happens here."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # A resumed run has written some already.
        self._seen = set(self.spider.batch.earlier_ads)

    def process_item(self, item: FetchResult | tuple[FetchResult, ...]) -> object:
        """The item. A result that fails costs no other."""
        for result in item if isinstance(item, tuple) else (item,):
            try:
                taken = self._without_known(self._with_ads(result) if result.found else result)
                self.spider.batch.add_all(taken.ads)
                self.spider.record_outcome(taken)
            except Exception as err:
                if isinstance(err, OSError):  # a full disk: no later address would fare better
                    self.spider.give_up("disk")
                self.spider.logger.exception("a result was not taken")
                self.spider.set_aside(result.address, err)
        return item

    def _with_ads(self, item: FetchResult) -> FetchResult:
        """The result with its ads. A raw ad with neither title nor text is set aside and named in the ledger."""
        ads: Ads = []
        set_aside: list[str] = []
        for raw in item.found:
            try:
                ads.append((self._normalised(raw, item), raw))
            except NotAnAd as err:
                set_aside.append(str(err))
        known = self.spider.revisit_policy.ads_at(item.address) if "page" in item.note else {}
        if known:
            ads = [(self._under_earlier_id(ad, raw, item, known, is_alone=len(ads) == 1), raw) for ad, raw in ads]
        outcome = item.outcome if ads else "not_an_ad"
        detail = "; ".join(filter(None, [item.detail, *set_aside]))
        ad_ids = tuple(dict.fromkeys(ad.ad_id for ad, _ in ads))
        return replace(item, ads=tuple(ads), ad_ids=ad_ids, outcome=outcome, detail=detail)

    def _under_earlier_id(
        self, ad: JobAd, raw: RawAd, result: FetchResult, known: Mapping[str, str], *, is_alone: bool
    ) -> JobAd:
        """The ad under the id that it had when the page showed another number of ads.

        An ad that is alone on its page is known by the page's address, one beside others by what it says: without this
        it would be another ad on the night when the others come or go.
        """
        if ad.ad_id in known:
            return ad
        others: list[RawAd] = []
        if is_alone and raw.identifier:
            # A page that was first known by its listing, or named no number before, was known by its address alone.
            others.append(replace(raw, identifier=None))
        # An ad without an address of its own has the page's, or a place on the page.
        if raw.url is None or raw.url.startswith(f"{result.url.partition('#')[0]}#"):
            places = places_alone(raw, result.url) if is_alone else (None,)
            others += [replace(raw, url=place) for place in places]
        for other in (self._normalised(each, result) for each in others):
            # Only the content tells which of several ads was the one alone there.
            if other.ad_id in known and (is_alone or known[other.ad_id] == content_hash(ad)):
                return replace(ad, ad_id=other.ad_id)
        return ad

    def _normalised(self, raw: RawAd, result: FetchResult) -> JobAd:
        source = self.spider.source
        return normalise(
            raw,
            source=source.name,
            seen_at=result.seen_at,
            url=result.url,
            language=source.language,
            country=source.country,
            page=result.page,
        )

    def _without_known(self, item: FetchResult) -> FetchResult:
        """The result with its new and changed ads; ``unchanged`` where it shows ads but none of these.

        Every ad is noted for the next run. Where a run reads captures of many nights, one with another text is another
        version, and stays.
        """
        policy, keeps_versions = self.spider.revisit_policy, self.spider.keeps_versions
        new = []
        for ad, raw in item.ads:
            key = ad.ad_id + content_hash(ad) if keeps_versions else ad.ad_id
            if key not in self._seen and ad.ad_id not in policy.live_ads:
                self._seen.add(key)
                new.append((ad, raw))
        if len(new) < len(item.ads):
            copies = f"{len(item.ads) - len(new)} of {len(item.ads)} seen before in this run"
            item = replace(item, ads=tuple(new), detail="; ".join(filter(None, [item.detail, copies])))
        if keeps_versions or item.outcome not in {"ad", "listing", "not_an_ad"}:
            return item
        noted, changed, ended = policy.compare(tuple(ad for ad, _ in item.ads))
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
