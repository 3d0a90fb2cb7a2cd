"""Scrapy settings. Each line that differs from Scrapy's default (2.19) says why.

Delay and concurrency of a portal come from its YAML; crawler/spiders/base.py sets them for each crawl.
"""

import os
from importlib.metadata import PackageNotFoundError, version

try:
    _VERSION = version("chebiao")
except PackageNotFoundError:  # a checkout that was never installed
    _VERSION = "0"

BOT_NAME = "chebiao"
SPIDER_LOADER_CLASS = "crawler.loader.PortalSpiderLoader"  # a spider a portal file, not a spider a module
SPIDER_MODULES = ["crawler.spiders"]

# -- Honest and polite
_contact = os.environ.get("CHEBIAO_CONTACT", "").strip()
USER_AGENT = f"chebiao/{_VERSION} (reads public tender notices{f'; contact {_contact}' if _contact else ''})"
ROBOTSTXT_OBEY = True  # by our own middleware below, which wants it readable
ROBOTSTXT_USER_AGENT = "chebiao"
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # the portals' servers are small and block quick readers
DOWNLOAD_DELAY = 3  # floor; a portal's own figure replaces it, with its reason in the YAML
AUTOTHROTTLE_ENABLED = True  # slower still where the server is slow
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate",  # the two whose end can be checked; a cut body must not pass for a page
    "Accept-Language": "zh-CN,zh;q=0.9",  # the default asks a Chinese portal for English
}
REFERRER_POLICY = "same-origin"  # no portal learns which other one a link stood on
REPLICA_URL = None  # our own: a replica on loopback for `scrapy crawl ID -s REPLICA_URL=http://127.0.0.1:8000`
COOKIES_ENABLED = False  # static pages need none; a cookie could bring another person's page

# -- Bounded in size and time
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024  # default 1 GiB; a notice of 20 MB is none. Holds for unpacked bodies too
DOWNLOAD_WARNSIZE = 5 * 1024 * 1024
DOWNLOAD_TIMEOUT = 60  # default 180; a slow drip must not hold the only connection for minutes
DNS_TIMEOUT = 20
CRAWL_SECONDS = 2700  # our own: the spider ends itself, with its result line, before the tracker would (3600 s)
CLOSESPIDER_TIMEOUT = 3500  # last resort, without a result line
CLOSESPIDER_ERRORCOUNT = 200  # a spider that fails on every page is broken
MEMUSAGE_LIMIT_MB = 1000  # a crawl needs about 150; endless pages must not take the machine down
EXTENSIONS = {"scrapy.extensions.memusage.MemoryUsage": None, "crawler.memory.OwnMemory": 0}  # counts its own
LOGSTATS_INTERVAL = 300.0
RETRY_TIMES = 2
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408]  # without 429: that one means "stop"

# -- Nothing leaves for where it should not
TWISTED_DNS_RESOLVER = "crawler.resolver.GuardedResolver"  # addresses judged as they are connected to
DOWNLOAD_VERIFY_CERTIFICATES = True  # default False; a forged page can move a deadline
DOWNLOAD_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}  # a link must not read local files
HTTPPROXY_ENABLED = False  # behind a proxy the address check would judge the proxy; and no change of identity
REMOTE_CONTROL_ENABLED = False  # a port on localhost that runs code in the crawler
TELNETCONSOLE_ENABLED = False  # the same, older
REDIRECT_MAX_TIMES = 5  # of robots.txt only; pages are never redirected unseen
METAREFRESH_ENABLED = False  # a refresh page is a kind of page, to be judged

# -- Nothing vanishes
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # filters nothing: the spider tells rows apart by key
HTTPERROR_ALLOW_ALL = True  # every status comes to the callback, which judges it
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # what was given up stands in the result line
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.GateMiddleware": 50,
    # Lets foreign hosts pass with dont_filter and drops the others without an end; the gate does neither.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,  # no portal is read with a password
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "crawler.middlewares.PatientRetryMiddleware": 550,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.middlewares.WholeCompressionMiddleware": 590,
}

LOG_LEVEL = os.environ.get("CHEBIAO_LOG_LEVEL", "INFO")  # DEBUG would print every request and item
FEED_EXPORT_ENCODING = "utf-8"  # default writes Chinese as \\u escapes
