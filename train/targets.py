"""What a sentence can be asked for: dates, works, names, amounts; and the words to ask for each with.

A question word says of what kind its answer is (谁, 哪所大学, 哪位导演): what is asked for has to be of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.tokens import tagged
from train.rewording import is_explained
from train.trimming import DATE

_WORK = re.compile(r"《[^《》]{2,20}》")
# 科尔·曼宁: jieba cuts such names anywhere, so they are told by the characters that names are spelt with.
_SPELT = (
    "阿埃艾爱安昂奥巴白班邦保鲍贝比彼毕宾波伯博勃布查茨达戴丹道得德登邓狄迪蒂丁杜顿多厄恩尔法凡菲费芬佛夫弗福盖甘冈戈格葛根古"
    "圭哈海汉豪赫亨胡怀惠霍基吉加贾简杰津卡凯坎康考科克肯库夸昆拉莱赖兰朗劳勒雷里理利莉丽莲连廉林琳留卢鲁路露伦罗洛吕马玛迈麦曼"
    "芒毛梅门蒙孟米密明敏摩莫墨默姆穆娜纳南内尼妮涅宁纽努诺欧帕潘庞佩彭皮平珀普奇齐恰乔钦琼丘仁茹瑞若撒萨塞赛桑瑟森沙莎珊尚绍"
    "舍什申圣施史士舒斯思松苏索塔泰坦汤唐陶特提图托陀瓦旺威维韦文沃乌伍西希锡夏香肖歇谢辛欣休许逊雅亚延扬耶叶伊依英尤约宰泽扎詹珍朱兹佐隆罕绪祖柯笛屈薇琪茱"
)
_FOREIGN = re.compile(rf"[{_SPELT}]{{1,7}}(?:[·•‧][{_SPELT}]{{1,7}}){{1,3}}")
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭罗梁宋郑谢韩唐冯董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪任姜范方姚谭廖"
    "邹熊陆郝孔崔康毛邱秦江史顾侯邵孟段钱汤尹黎易乔贺赖龚殷施陶洪翟安颜倪严牛温俞章鲁葛伍韦申尤毕聂柳邢岳齐梅庄莫关祁靳"
)
_WHO = ("谁", "谁", "哪位", "何人")
_ENDS = "，。；：！？"
_JOINING = tuple("·•‧-－—–=")
_PERSON = re.compile(
    r"[家员手长臣师者星士卫]$|总统|主席|教练|导演|领袖|将军|皇帝|国王|队友|儿子|女儿|妻子|弟子|父亲|母亲|友人"
)
_MEASURES = {
    "电影": "部",
    "影片": "部",
    "小说": "部",
    "电视剧": "部",
    "作品": "部",
    "著作": "部",
    "漫画": "部",
    "动画": "部",
    "专辑": "张",
    "歌曲": "首",
    "单曲": "首",
    "节目": "个",
    "杂志": "本",
    "游戏": "款",
    "报纸": "份",
}
_QUOTED = re.compile(r"[“「]([^“”「」]{2,12})[”」]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9\-]*(?: [A-Z][A-Za-z0-9\-]*){0,3}")
_JOINED = re.compile(r"[-~～－—–/:：.A-Za-z_比]")
_AMOUNT = re.compile(r"\d[\d,.]*[万亿千百]*")
_ENDINGS = {
    "国": ("哪个国家", "哪国"),
    "市": ("哪个城市", "哪座城市", "哪里"),
    "省": ("哪个省", "哪里"),
    "县": ("哪个县", "什么地方"),
    "州": ("哪个州", "哪里"),
    "大学": ("哪所大学", "什么学校"),
    "中学": ("哪所中学", "什么学校"),
    "学院": ("哪所学院", "什么学校"),
    "公司": ("哪家公司", "什么公司"),
    "集团": ("哪家公司", "哪个集团"),
    "队": ("哪支球队", "哪个队"),
    "党": ("哪个政党", "什么党"),
    "奖": ("什么奖", "哪个奖项"),
    "铁路": ("哪条铁路",),
    "线": ("哪条线路", "哪条线"),
    "站": ("哪个车站", "哪一站"),
    "河": ("哪条河", "什么河"),
    "山": ("哪座山", "什么山"),
    "岛": ("哪个岛", "哪座岛屿"),
    "法": ("哪部法律", "什么法"),
    "部门": ("哪个部门", "什么部门"),
    "委员会": ("哪个委员会", "什么机构"),
    "语": ("什么语言", "哪种语言"),
    "科": ("哪个科", "什么科"),
    "属": ("哪个属", "什么属"),
    "战争": ("哪场战争", "什么战争"),
    "教": ("什么宗教", "哪个宗教"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A part of a sentence that can be asked for, the words to ask with, and how many characters of what
    it is called before it they stand for as well: 导演黑泽明 is asked for as 哪位导演.
    """

    start: int
    end: int
    asking: tuple[str, ...]
    called: int = 0


def targets(sentence: str) -> list[Target]:
    """The things in ``sentence``, none of which overlap."""
    found = [
        Target(
            *match.span(),
            ("什么时候", "何时", "哪一年" if match.group().endswith("年") else "哪一天", "什么时间"),
        )
        for match in DATE.finditer(sentence)
        if "年" in match.group() or "月" in match.group()
    ]
    words = tagged(sentence)
    kinds = _kinds(words)
    for match in _WORK.finditer(sentence):
        kind = kinds.get(match.start(), "")
        if kind in _MEASURES:
            asking = (f"哪{_MEASURES[kind]}{kind}", f"什么{kind}")
            found.append(Target(*match.span(), asking, len(kind)))
        else:
            found.append(Target(*match.span(), ("哪部作品", "什么", "什么作品")))
    found += _foreign(sentence, words)
    found += [Target(*match.span(1), ("什么",)) for match in _QUOTED.finditer(sentence)]
    for match in _LATIN.finditer(sentence):
        if len(match.group()) > 2:
            kind = kinds.get(match.start(), "")
            found.append(Target(*match.span(), (f"什么{kind}", f"哪个{kind}" if kind else "什么"), len(kind)))
    found += _amounts(sentence)
    found += _names(words)
    taken: list[Target] = []
    for target in found:
        if all(target.end <= other.start or target.start >= other.end for other in taken):
            taken.append(target)
    return taken


def _amounts(sentence: str) -> Iterator[Target]:
    for match in _AMOUNT.finditer(sentence):
        rest = sentence[match.end() :]
        if _JOINED.search(sentence[max(0, match.start() - 1) : match.start()] + rest[:1]):
            continue  # half of a range or of a name
        if rest[:1] in "%％":
            yield Target(match.start(), match.end() + 1, ("百分之几", "多少", "百分之多少"))
            continue
        unit = next(iter(tagged(rest[:6])), ("", ""))
        counted = unit[1] in ("q", "m") or (unit[1] == "n" and len(unit[0]) == 1)
        if counted and not unit[0].startswith(("年", "月", "日", "世纪")):
            yield Target(
                match.start(),
                match.end() + len(unit[0]),
                (f"多少{unit[0]}", f"多少{unit[0]}", f"几{unit[0]}"),
            )


def _kinds(words: list[tuple[str, str]]) -> dict[int, str]:
    """The nouns that may say what the thing behind them is, by where that begins."""
    found = {}
    start = 0
    for word, tag in words:
        start += len(word)
        if tag == "n" and 2 <= len(word) <= 4:
            found[start] = word
    return found


def _foreign(sentence: str, words: list[tuple[str, str]]) -> Iterator[Target]:
    """Names spelt with a dot, where words end around them and no other name goes on."""
    ending, beginning = {0: ("。", "x")}, {}  # the word that ends or begins at a place
    at = 0
    for word, tag in words:
        beginning[at] = (word, tag)
        at += len(word)
        ending[at] = (word, tag)
    beginning[at] = ("。", "x")
    for match in _FOREIGN.finditer(sentence):
        before, after = ending.get(match.start()), beginning.get(match.end())
        if before is None or after is None or after[1].startswith("n") or after[0] in _JOINING:
            continue
        if _is_person(*before):
            yield Target(*match.span(), _who(before[0]), len(before[0]))
        elif not before[1].startswith("n") and before[0] not in _JOINING:
            yield Target(*match.span(), _WHO)


def _is_person(word: str, tag: str) -> bool:
    """Whether ``word`` says what somebody is."""
    return (tag == "n" or word == "导演") and bool(_PERSON.search(word))


def _who(kind: str) -> tuple[str, ...]:
    return (f"哪位{kind}", f"哪个{kind}", f"哪名{kind}")


def _names(words: list[tuple[str, str]]) -> Iterator[Target]:
    start = 0
    for place, (word, tag) in enumerate(words):
        end = start + len(word)
        said, before = words[place - 1] if place else ("。", "x")
        behind, after = words[place + 1] if place + 1 < len(words) else ("", "")
        begins = not before.startswith(("n", "x", "eng")) or said in _ENDS
        ends = not after.startswith(("n", "eng")) and behind not in _JOINING
        if len(word) > 1 and ends and tag[:2] in ("nr", "ns", "nt", "nz", "n"):
            asking = _asking(word, tag)
            if begins and asking:
                yield Target(start, end, asking)
            elif tag.startswith("nr") and _is_person(said, before):
                yield Target(start, end, _who(said), len(said))
        start = end


def _asking(word: str, tag: str) -> tuple[str, ...]:
    """The words to ask for ``word`` with; jieba takes many a common word for a name (叶子, 小峰, 方法)."""
    if tag not in ("ns", "nt") and is_explained(word):
        return ("什么",) if len(word) > 2 and not tag.startswith("nr") else ()
    for length in (3, 2, 1):
        if len(word) > length and word[-length:] in _ENDINGS:
            return _ENDINGS[word[-length:]]
    if tag.startswith("nr"):
        spelt = len(word) > 2 and set(word) <= set(_SPELT)
        return _WHO if spelt or (len(word) <= 3 and word[0] in _SURNAMES) else ()
    if tag == "ns":
        return ("哪里", "什么地方", "哪个地方", "何处")
    if tag == "nt":
        return ("哪个机构", "什么组织")
    return ("什么",) if tag == "nz" or len(word) > 2 else ()
