"""What a competent user of Scrapy writes for the bench board, with Scrapy's default settings: the crawl benchmark's
reference. Run by ``scrapy runspider``; it shares nothing with lurewatch.

With ``-a warc=FILE`` it also archives each response and reads what ours reads beside the JSON-LD: the language of the text
and the phones in it, by the libraries that are there for it.
"""

import json
from io import BytesIO
from pathlib import Path

import phonenumbers
import py3langid
from scrapy import Field, Item
from scrapy.exceptions import DropItem
from scrapy.spiders import SitemapSpider
from w3lib.html import remove_tags, replace_entities
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

REQUIRED = ("title", "description", "url")


class JobItem(Item):
    title = Field()
    description = Field()
    url = Field()
    employer = Field()
    location = Field()
    date_posted = Field()
    valid_through = Field()
    employment_type = Field()
    salary = Field()
    language = Field()
    phones = Field()


class RequiredFields:
    """An item pipeline that drops what lacks a required field."""

    def process_item(self, item):
        for name in REQUIRED:
            if not item.get(name):
                raise DropItem(f"missing {name}")
        return item


class JobSpider(SitemapSpider):
    name = "jobs"
    custom_settings = {  # noqa: RUF012 - as Scrapy has it
        # What `scrapy startproject` writes beside the defaults.
        "ROBOTSTXT_OBEY": True,
        "FEED_EXPORT_ENCODING": "utf-8",
        "DOWNLOAD_DELAY": 0,
        "ITEM_PIPELINES": {RequiredFields: 300},
    }

    def __init__(self, start: str, warc: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.warc = WARCWriter(Path(warc).open("wb"), gzip=True) if warc else None  # noqa: SIM115 - until the process ends
        self.sitemap_urls = [start]
        self.allowed_domains = ["127.0.0.1"]

    def archive(self, response):
        """The response as a WARC record."""
        head = StatusAndHeaders(f"{response.status} OK", response.headers.to_tuple_list(), protocol="HTTP/1.1")
        record = self.warc.create_warc_record(
            response.url, "response", payload=BytesIO(response.body), http_headers=head
        )
        self.warc.write_record(record)

    def read_text(self, html: str) -> dict:
        """What stands in the text."""
        text = replace_entities(remove_tags(html))
        found = phonenumbers.PhoneNumberMatcher(text, "VN")
        phones = [phonenumbers.format_number(each.number, phonenumbers.PhoneNumberFormat.E164) for each in found]
        return {"language": py3langid.classify(text)[0], "phones": phones}

    def parse(self, response):
        if self.warc:
            self.archive(response)
        for script in response.xpath("//script[@type='application/ld+json']/text()").getall():
            try:
                posting = json.loads(script)
            except ValueError:
                continue
            if posting.get("@type") == "JobPosting":
                yield JobItem(
                    title=posting.get("title"),
                    description=posting.get("description"),
                    url=response.url,
                    employer=posting.get("hiringOrganization", {}).get("name"),
                    location=posting.get("jobLocation", {}).get("address"),
                    date_posted=posting.get("datePosted"),
                    valid_through=posting.get("validThrough"),
                    employment_type=posting.get("employmentType"),
                    salary=posting.get("baseSalary"),
                    **(self.read_text(posting.get("description", "")) if self.warc else {}),
                )
