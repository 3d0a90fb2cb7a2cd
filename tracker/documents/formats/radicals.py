"""Text of files made comparable: no control characters, and no radicals where characters are meant.

Many PDF files say 车 as the radical ⻋ or 人 as ⼈, since their fonts draw both with one glyph.
"""

import unicodedata

from crawler.text import clean

_SUPPLEMENT = (  # those without a compatibility form, each before the character it stands for
    "⺠民⻁虎⻄西⻅见⻆角⻉贝⻋车⻑長⻓长⻔门⻘青⻙韦⻚页⻛风⻜飞⻝食"
    "⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻬齐⻮齿⻰龙⺩王⺼肉⻊足⻗雨"
)
_PLAIN = {code: unicodedata.normalize("NFKC", chr(code)) for code in (0x2E9F, 0x2EF3, *range(0x2F00, 0x2FD6))}
_PLAIN |= {ord(radical): char for radical, char in zip(_SUPPLEMENT[::2], _SUPPLEMENT[1::2], strict=True)}
_PLAIN[0x2F3E] = "户"  # its compatibility form is the traditional character


def plain(text: str) -> str:
    """The characters that the radicals stand for; the length stays."""
    return text.translate(_PLAIN)


def tidy(text: str) -> str:
    """One line: cleaned, blanks folded, radicals made characters."""
    return " ".join(clean(plain(text)).split())
