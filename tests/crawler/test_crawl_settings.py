"""Scrapy's unsafe and impolite defaults are changed, and nothing changes them back."""

import gzip
import subprocess
import sys
import tracemalloc
import zlib
from typing import Any

import pytest
from crawl_replica import ROOT, environment
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy import resolver as scrapys
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector
from twisted.internet import defer
from twisted.internet.error import DNSLookupError

from crawler.loader import PortalSpiderLoader, spider_class
from crawler.middlewares import RobotsMiddleware, is_whole
from crawler.plan import Plan
from crawler.portals import load_portals
from crawler.resolver import GuardedResolver, refused_address
from crawler.spiders.base import PortalSpider
from crawler.urls import Refused


def settings() -> Settings:
    found = Settings()
    found.setmodule("crawler.settings", priority="project")
    return found


def spider(**plan: Any) -> PortalSpider:
    """A spider of ccgp as a crawl would make it, without a crawl."""
    crawler = Crawler(spider_class(load_portals()["ccgp"]), settings())
    made = crawler.spidercls.from_crawler(crawler, plan=Plan(**plan))
    assert isinstance(made, PortalSpider)
    return made


EXPECTED = {
    "DOWNLOAD_MAXSIZE": 20 << 20,
    "DOWNLOAD_TIMEOUT": 60,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "ROBOTSTXT_OBEY": True,
    "AUTOTHROTTLE_ENABLED": True,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REDIRECT_MAX_TIMES": 5,
    "METAREFRESH_ENABLED": False,
    "COOKIES_ENABLED": False,
    "HTTPPROXY_ENABLED": False,
    "RETRY_TIMES": 2,
    "REFERRER_POLICY": "same-origin",
    "LOG_LEVEL": "INFO",
    "FEED_EXPORT_ENCODING": "utf-8",
    "TWISTED_DNS_RESOLVER": "crawler.resolver.GuardedResolver",
}


@pytest.mark.parametrize(("name", "value"), EXPECTED.items(), ids=str)
def test_a_default_that_must_stay_changed(name: str, value: object) -> None:
    assert settings()[name] == value


def test_the_rest_of_the_defaults() -> None:
    ours = settings()
    assert ours.getfloat("DOWNLOAD_DELAY") >= 2
    assert 429 not in ours.getlist("RETRY_HTTP_CODES")
    assert 403 not in ours.getlist("RETRY_HTTP_CODES")
    assert ours.getint("CLOSESPIDER_TIMEOUT") > ours.getint("CRAWL_SECONDS") > 0
    assert ours.getint("CLOSESPIDER_ERRORCOUNT") > 0
    assert ours.getint("MEMUSAGE_LIMIT_MB") > 0
    handlers = ours.getwithbase("DOWNLOAD_HANDLERS")
    assert {scheme for scheme, handler in handlers.items() if handler} == {"http", "https"}
    assert ours["USER_AGENT"].startswith("chebiao/")
    assert ours["DEFAULT_REQUEST_HEADERS"]["Accept-Language"].startswith("zh-CN")


def test_every_line_that_changes_a_default_says_why() -> None:
    lines = (ROOT / "crawler" / "settings.py").read_text("utf-8").splitlines()
    plain = {"BOT_NAME", "SPIDER_MODULES", "USER_AGENT", "ROBOTSTXT_USER_AGENT", "RETRY_TIMES", "DNS_TIMEOUT"}
    plain |= {"DOWNLOAD_WARNSIZE", "LOGSTATS_INTERVAL"}
    given = [line for line in lines if line[:1].isupper() and " = " in line and not line.endswith("{")]
    silent = {line.partition(" ")[0] for line in given if "#" not in line} - plain
    assert not silent


def test_the_contact_of_the_settings_stands_in_the_user_agent() -> None:
    code = "from crawler.settings import USER_AGENT; print(USER_AGENT)"
    env = environment() | {"CHEBIAO_CONTACT": "tenders@example.org"}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, env=env, check=True)
    assert b"contact tenders@example.org" in said.stdout


def test_a_real_portal_is_read_politely() -> None:
    real = spider()
    ours = real.crawler.settings
    assert ours.getfloat("DOWNLOAD_DELAY") == real.portal.rate.delay_s >= 2
    assert ours.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1
    assert ours.getbool("AUTOTHROTTLE_ENABLED")
    assert not real.replica
    assert real.base_url == "https://www.ccgp.gov.cn"
    with pytest.raises(Refused):
        real.gate.check("http://127.0.0.1:8000/")


def test_a_replica_is_read_without_delay_and_nothing_else_with_it() -> None:
    stand_in = spider(base_url="http://127.0.0.1:8000")
    ours = stand_in.crawler.settings
    assert ours.getfloat("DOWNLOAD_DELAY") == 0
    assert not ours.getbool("AUTOTHROTTLE_ENABLED")
    assert stand_in.replica
    assert stand_in.here("https://www.ccgp.gov.cn/cggg/a.htm?x=1") == "http://127.0.0.1:8000/cggg/a.htm?x=1"
    with pytest.raises(Refused):
        stand_in.gate.check("https://www.ccgp.gov.cn/")


def test_a_stand_in_must_be_on_loopback() -> None:
    with pytest.raises(ValueError, match="not on loopback"):
        spider(base_url="http://10.0.0.5:8000")


def test_scrapys_loader_knows_the_portals() -> None:
    loader = PortalSpiderLoader.from_settings(settings())
    assert "ccgp" in loader.list()
    assert loader.load("ccgp").name == "ccgp"
    assert "ccgp" in loader.find_by_request(Request("https://www.ccgp.gov.cn/cggg/"))


@pytest.mark.parametrize(("asked", "kept"), [(0, 3), (2, 3), (10, 10), (3600, 60)])
def test_a_crawl_delay_of_robots_is_obeyed_up_to_a_minute(asked: float, kept: float) -> None:
    throttle = AutoThrottle(spider().crawler)
    throttle.mindelay = 3

    class Running:
        settings = settings()

        def get_extension(self, wanted: type) -> AutoThrottle:
            assert wanted is AutoThrottle
            return throttle

    crawler: Any = Running()
    RobotsMiddleware(crawler).slow_down(asked)
    assert throttle.mindelay == kept


# -- The resolver


class Process:
    """What the resolver sees of a CrawlerProcess."""

    def __init__(self, *crawls: Any) -> None:
        self.crawlers = set(crawls)


class Crawl:
    def __init__(self, replica: bool) -> None:
        self.spider = type("S", (), {"replica": replica})()
        self.stats = MemoryStatsCollector(Crawler(spider_class(load_portals()["ccgp"]), settings()))


def judged(address: str, *crawls: Crawl) -> str:
    resolver = GuardedResolver.__new__(GuardedResolver)
    resolver.process = Process(*crawls)
    return resolver._judged(address, "name.example")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"]
)
def test_h06_a_name_that_resolves_into_the_own_network_is_refused(address: str) -> None:
    real = Crawl(replica=False)
    with pytest.raises(DNSLookupError, match="resolves to"):
        judged(address, real)
    told = refused_address(real.stats, "name.example")
    assert told is not None
    assert address in told


def test_a_public_address_passes_and_loopback_only_for_a_replica() -> None:
    assert judged("8.8.8.8", Crawl(replica=False)) == "8.8.8.8"
    assert judged("127.0.0.1", Crawl(replica=True)) == "127.0.0.1"
    with pytest.raises(DNSLookupError):
        judged("127.0.0.1", Crawl(replica=True), Crawl(replica=False))
    with pytest.raises(DNSLookupError):
        judged("127.0.0.1")


def test_h06_a_name_is_judged_again_when_its_cached_address_is_used() -> None:
    """The judgement hangs on the answer, cached or not, so rebinding between check and connect gains nothing."""
    real = Crawl(replica=False)
    guarded = GuardedResolver.__new__(GuardedResolver)
    guarded.process = Process(real)
    scrapys.dnscache["rebound.example"] = "127.0.0.1"
    try:
        failed: list[Any] = []
        found = guarded.getHostByName("rebound.example")
        assert isinstance(found, defer.Deferred)
        found.addErrback(failed.append)
        assert failed
        assert failed[0].check(DNSLookupError)
    finally:
        del scrapys.dnscache["rebound.example"]


# -- Compressed bodies


@given(st.binary(min_size=1, max_size=3000), st.booleans(), st.data())
def test_h04_a_compressed_body_is_whole_or_it_is_not(body: bytes, as_gzip: bool, data: st.DataObject) -> None:
    packed = gzip.compress(body) if as_gzip else zlib.compress(body)
    assert is_whole(packed, as_gzip)
    cut = data.draw(st.integers(1, len(packed) - 1))
    assert not is_whole(packed[:cut], as_gzip)


def test_h04_raw_deflate_and_several_gzip_members() -> None:
    raw = zlib.compressobj(wbits=-15)
    packed = raw.compress(b"x" * 5000) + raw.flush()
    assert is_whole(packed, False)
    two = gzip.compress(b"a" * 100) + gzip.compress(b"b" * 100)
    assert is_whole(two, True)
    assert not is_whole(two[:-5], True)


def test_h08_a_bomb_is_not_unpacked_to_its_end() -> None:
    bomb = zlib.compress(b" " * (100 << 20))[:-10]
    tracemalloc.start()
    gave_up = is_whole(bomb, False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert gave_up  # long before the cut at its end; it is refused for its size
    assert peak < 1 << 20
