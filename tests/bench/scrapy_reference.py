"""What a competent user of Scrapy writes for the bench board, with Scrapy's default settings: the crawl benchmark's
reference. Run by ``scrapy runspider``; it shares nothing with lurewatch.
"""

import json

from scrapy import Field, Item
from scrapy.exceptions import DropItem
from scrapy.spiders import SitemapSpider

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


class RequiredFields:
    """An item pipeline that drops what lacks a required field."""

    def process_item(self, item):
        for name in REQUIRED:
            if not item.get(name):
                raise DropItem(f"missing {name}")
        return item


class JobSpider(SitemapSpider):
    name = "jobs"
    custom_settings = {  # noqa: RUF012
        # What `scrapy startproject` writes beside the defaults.
        "ROBOTSTXT_OBEY": True,
        "FEED_EXPORT_ENCODING": "utf-8",
        "DOWNLOAD_DELAY": 0,
        "ITEM_PIPELINES": {RequiredFields: 300},
    }

    def __init__(self, start: str, **kwargs):
        super().__init__(**kwargs)
        self.sitemap_urls = [start]
        self.allowed_domains = ["127.0.0.1"]

    def parse(self, response):
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
                )
