"""The pages around the notices: lists, details, and what the portal says when something is wrong.

Structure of the static channels of www.ccgp.gov.cn; the words of the frame are ours.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from demo.sample import Sample

CHANNELS = {
    "gkzb": "公开招标公告",
    "yqzbgg": "邀请招标公告",
    "zgysgg": "资格预审公告",
    "jzxtpgg": "竞争性谈判公告",
    "jzxcs": "竞争性磋商公告",
    "xjgg": "询价公告",
    "zbgg": "中标公告",
    "cjgg": "成交公告",
    "gzgg": "更正公告",
    "fblbgg": "终止公告",
    "qtgg": "其他公告",
    "dylygg": "单一来源公示",
}
AREAS = {"zygg": "中央公告", "dfgg": "地方公告"}
BATCHES = {
    "zy/zyzb": "中央国家机关批量集中采购招标公告",
    "zy/zyzhb": "中央国家机关批量集中采购中标公告",
    "zz/zzzb": "中直机关批量集中采购招标公告",
    "zz/zzzhb": "中直机关批量集中采购中标公告",
}
CUT = 34
"""Characters of a title that a list prints before it cuts with dots."""

HEAD = (
    '<!doctype html>\n<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\n'
    '<meta http-equiv="pragma" content="no-cache">\n<meta http-equiv="cache-control" content="no-cache">\n'
    '<meta name="SiteName" content="中国政府采购网" />\n<meta name="SiteDomain" content="www.ccgp.gov.cn" />\n'
)
TOP = (
    '<link href="/css/inc.css" rel="stylesheet" type="text/css" />\n<div class="v4incheadertop">\n'
    '<div class="v4incheadertop_tel_block"><div class="v4incheadertop_tel">'
    '<p class="cl">演示用复制站点，公告均为虚构</p><p class="cr">服务热线：000-00000000</p></div></div>\n'
    '<div class="v4incheadertop_nav_block"><div class="v4incheadertop_nav"><ul class="v4incheadertop_nav_ls">\n'
    '<li id="ch_index"><a href="/">首页</a></li><li id="ch_zcfg"><a href="/zcfg/">政采法规</a></li>'
    '<li id="ch_jdjc"><a href="/jdjc/">监督检查</a></li><li id="ch_xxgg"><a href="/xxgg/">信息公告</a></li>\n'
    '</ul></div></div>\n<div class="clb"></div>\n</div>\n'
)
FOOT = (
    '<div class="footer mt13">\n<div class="copyright_bl">\n<style type="text/css">\n'
    ".copyright_bl{width:1000px;margin:0 auto}\n.vF_cp{width:1000px;float:left;background:#e9e9e9}\n</style>\n"
    '<div class="vF_cp"><div class="cpright"><p>本站只在本机运行，用于演示和测试 &copy; '
    '<span id="botm_cpy">chebiao demo</span></p></div></div>\n</div>\n</div>\n'
    '<script language="javascript" src="/js/detailaddon.js"></script>\n</body>\n</html>\n'
)


def _text(value: str) -> str:
    return escape(value, quote=True)


def _crumb(href: str, name: str) -> str:
    return f'<a href="{href}" title="{name}" class="CurrChnlCls">{name}</a>'


def _frame(title: str, inner: str, meta: str = "") -> str:
    return (
        f"{HEAD}{meta}<title>{_text(title)}</title>\n"
        '<link href="/css/detail.css" rel="stylesheet" type="text/css" />\n'
        f'</head>\n<body id="detail">\n{TOP}{inner}{FOOT}'
    )


def summary(sample: Sample) -> str:
    """公告概要: the table above the body. 采购单位 stands in it twice, as on the true page."""
    rows: list[str] = []
    for label, value in sample.summary:
        if label.startswith("#"):
            rows.append(f'<tr><td colspan="4"><b>{label[1:]}：</b></td></tr>')
        elif label.startswith("|"):
            before = rows.pop().replace("<td colspan='3'>", "<td width='168'>").removesuffix("</tr>")
            cells = f"<td class='title' width='128'>{label[1:]}</td><td width='168'>{_text(value)}</td>"
            rows.append(f"{before}{cells}</tr>")
        else:
            shown = f"<p>{_text(value)}</p>" if label == "品目" else _text(value).replace("\n", "<br/>")
            rows.append(f"<tr><td class='title'>{label}</td><td colspan='3'>{shown}</td></tr>")
    if sample.files and not linked_in_body(sample):
        rows.append("<tr><td colspan='4'><b>附件：</b></td></tr>")
        rows += [
            f"<tr><td class='title'>附件{n}</td><td colspan='3' width='430'><a class='bizDownload' href='' "
            f"id='{file.id}' title='点击下载'>{_text(file.name)}</a></td></tr>"
            for n, file in enumerate(sample.files, 1)
        ]
    attributes = "width='600' border='0' cellspacing='1' bgcolor='#bfbfbf' style='text-align:left;'"
    return f"<div class='table'><h5>公告概要：</h5><table {attributes}>{''.join(rows)}</table></div>"


def linked_in_body(sample: Sample) -> bool:
    """Attachments of 政采云 and gpcms stand under the text; the others in the summary."""
    return any(f.id in sample.body for f in sample.files)


def detail(sample: Sample) -> str:
    channel = CHANNELS[sample.channel]
    title = _text(sample.title)
    crumbs = "&nbsp;&raquo;&nbsp;".join(
        (
            _crumb("../../../../", "首页"),
            _crumb("../../../", "政采公告"),
            _crumb("../../", AREAS[sample.area]),
            _crumb("../", channel),
        )
    )
    meta = (
        f'<meta name="ArticleTitle" content="{title}" />\n'
        f'<meta name="PubDate" content="{sample.published:%Y-%m-%d %H:%M}" />\n'
        '<meta name="ContentSource" content="中国政府采购网" />\n'
    )
    inner = (
        f'<div class="main">\n<div class="main_container">\n<div class="vF_deail_currentloc mt10">\n'
        f"<p>当前位置：{crumbs}</p>\n</div>\n"
        '<div class="vF_deail_maincontent">\n<div class="vF_detail_main ">\n'
        f'<div class="vF_detail_header"><h2 class="tc">{title}</h2>\n'
        f'<p class="tc"><span id="pubTime">{sample.published:%Y年%m月%d日 %H:%M}</span> 来源：'
        '<span id="sourceName"></span> 【<span id="printBtn">打印</span>】 <span id="shareTo"></span></p></div>\n'
        f"<!--contentTable-->\n{summary(sample)}\n<!--contentTable-->\n"
        '<div class="vF_detail_content_container">\n<div class="vF_detail_content">\n'
        f"{sample.body}\n</div>\n</div><!--vF_detail_content_container-->\n</div><!--vF_detail_main-->\n"
        "</div><!--vF_deail_maincontent-->\n"
        '<div class="vF_detail_relcontent mt13"><h2><p>相关公告</p></h2><div class="vF_detail_relcontent_lst">'
        '<ul class="c_list_tat"></ul></div></div><!--相关公告-->\n</div>\n</div>\n'
    )
    return _frame(sample.title, inner, meta)


def _pager(pages: int, current: int) -> str:
    call = f"Pager({{size:{pages}, current:{current}, prefix:'index',suffix:'htm'}});"
    return f'<p class="pager"><script language="javascript">{call}</script></p>'


def _cut(title: str) -> str:
    return _text(title if len(title) <= CUT else title[:CUT] + "...")


def listing(samples: Sequence[Sample], *, base: str, name: str, pages: int, current: int, mixed: bool) -> str:
    """A page of a channel under `base` (`/cggg/dfgg/gkzb/`); `mixed` pages print the type of each row first."""

    def row(sample: Sample) -> str:
        kind = f'公告类型：<em rel="bxlx">{CHANNELS[sample.channel]}</em> ' if mixed else ""
        href = "./" + sample.path.removeprefix(base)
        return (
            f'<li>\n<a href="{href}" title="{_text(sample.title)}" target="_blank">{_cut(sample.title)}</a>\n{kind}'
            f"发布时间：<em>{sample.published:%Y-%m-%d %H:%M}</em> 地域：<em>{_text(sample.region)}</em> "
            f"采购人：<em>{_text(sample.buyer)}</em></li>\n"
        )

    return _list_frame(name, f'<ul class="c_list_bid">{"".join(map(row, samples))}</ul>', pages, current)


def batch_listing(samples: Sequence[Sample], *, name: str, pages: int, current: int) -> str:
    """A page of 批量集中采购: another list, with its labels in the text."""

    def row(sample: Sample) -> str:
        return (
            f'<li>\n<a href="../../..{sample.path}" title="{_text(sample.title)}">{_cut(sample.title)}</a>\n'
            f"日期：{sample.published:%Y-%m-%d %H:%M} 地域：{_text(sample.region)} "
            f"采购人：{_text(sample.buyer)}</li>\n"
        )

    return _list_frame(name, f'<ul class="ulst">{"".join(map(row, samples))}</ul>', pages, current)


def _list_frame(name: str, rows: str, pages: int, current: int) -> str:
    inner = (
        '<div class="main">\n<div class="main_container">\n'
        f'<div class="vF_deail_currentloc mt10"><p>当前位置：{_crumb("/", "首页")}&nbsp;&raquo;&nbsp;{name}</p></div>\n'
        f'<div class="vF_detail_relcontent_lst">\n{rows}\n</div>\n{_pager(pages, current)}\n</div>\n</div>\n'
    )
    return _frame(f"{name}_中国政府采购网", inner)


def front() -> str:
    """The start page, for a person who opens the replica in a browser."""
    links = [f"/cggg/{area}/" for area in AREAS]
    links += [f"/cggg/{area}/{code}/index.htm" for area in AREAS for code in CHANNELS]
    links += [f"/zydwplcg/{batch}/" for batch in BATCHES]
    rows = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return _frame("中国政府采购网", f'<div class="main"><ul class="c_list_tat">{rows}</ul></div>')


def missing() -> str:
    """The branded page of a 404."""
    inner = '<div class="main"><div class="error_block"><p>对不起，您所访问的页面不存在！</p></div></div>'
    return _frame("错误页面！中国政府采购网", inner)


def _bare(title: str, inner: str) -> str:
    head = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />'
    return f"<!doctype html>\n<html><head>{head}<title>{title}</title></head>\n<body>{inner}</body></html>\n"


def blocked(old: bool = False) -> str:
    """The page that refuses a visitor, served with HTTP 200."""
    if old:
        form = '<form><input name="code"/><img src="/captcha.jpg" alt="验证码"/><button>确定</button></form>'
        return _bare("安全验证", f'<div class="verify"><p>请输入验证码后继续访问</p>{form}</div>')
    inner = '<div class="tips"><p>您的访问过于频繁,请稍后再试</p><p>访问来源：127.0.0.1</p></div>'
    return _bare("频繁访问!中国政府采购网", inner)


def login() -> str:
    form = (
        '<form action="/login" method="post"><input name="username"/><input type="password" name="password"/>'
        "<button>登录</button></form>"
    )
    return _bare("用户登录", f'<div class="login-box"><h3>请先登录</h3>{form}</div>')


def maintenance() -> str:
    return _bare("系统维护", '<div class="notice"><p>系统升级维护中，暂停服务，请稍后访问。</p></div>')


def refresh(target: str) -> str:
    meta = f'<meta http-equiv="refresh" content="0; url={_text(target)}">'
    return f"<!doctype html><html><head>{meta}<title>跳转中</title></head><body></body></html>"


def stamp(moment: datetime) -> str:
    """公告时间 as the summary prints it, with two blanks."""
    return f"{moment:%Y年%m月%d日}  {moment:%H:%M}"
