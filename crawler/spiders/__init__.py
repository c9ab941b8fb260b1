"""One small Scrapy spider a kind of source."""
