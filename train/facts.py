"""Questions as people put them about what a sentence says of its subject: where, when, how big, by whom.

Where ``train.cloze`` puts a question word into a sentence, these ask in words that the sentence does not use.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from train.trimming import DATE

_DATE = DATE.pattern
_END = r"(?=[，。；、（）()“”「」]|$)"
_NUMBER = r"(?:约|近|超过|大约)?\d[\d,.]*(?:多|余)?[万亿千百]*(?:多|余)?"
_IS = r"(?:约为|大约|达到|达|为|有|是|共有|共)?"
_MADE = (
    "创作|导演|执导|编剧|主演|创立|创办|创建|设计|发明|建造|兴建|发现|命名|出版|发行|开发|制作|作曲|作词|演唱|撰写|"
    "主持|管理|运营|提出"
)
_BEGAN = (
    "成立|创立|创建|建成|启用|通车|开业|上映|首播|播出|发行|出版|逝世|去世|病逝|出生|毕业|退役|解散|结束|开幕|完工|动工|"
    "落成|竣工|改名|更名|播映|发售|上市|推出|开通|关闭|停刊|创刊"
)

# What the answer looks like, and how people ask for it. {t} is the subject, {v} the verb.
_FACTS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), tuple(asked.split()))
    for pattern, asked in (
        (
            (
                r"(?:英语|英文|英文名|英文名称)[：:为是]?\s*[“\"]?"
                r"(?P<a>[A-Za-z][A-Za-z0-9 .,'&\-]{2,50}?)(?=[\"”，；。）)])"
            ),
            "{t}的英文名是什么？ {t}用英语怎么说？ {t}的英文名称是什么 {t}英文叫什么？",
        ),
        (
            r"(?:又名|又称为?|别名为?|也称为?|俗称为?|亦称为?|也叫作?|又叫作?|别称为?)[“「]?(?P<a>[^，。；、（）()“”「」或及]{2,12}?)"
            + _END,
            "{t}又叫什么？ {t}的别名是什么？ {t}又称为什么？ {t}还有什么名字？ {t}也叫什么",
        ),
        (
            r"(?:原名为?|本名为?|旧称|旧名)[“「]?(?P<a>[^，。；、（）()“”「」]{2,14}?)" + _END,
            "{t}原名叫什么？ {t}的原名是什么？ {t}以前叫什么？ {t}原来的名字是什么",
        ),
        (
            r"简称为?[“「]?(?P<a>[^，。；、（）()“”「」]{1,8}?)" + _END,
            "{t}的简称是什么？ {t}简称什么？",
        ),
        (
            rf"(?:面积|总面积|占地面积|占地){_IS}(?P<a>{_NUMBER}(?:平方公里|平方千米|平方米|平方英里|公顷|亩))",
            "{t}的面积是多少？ {t}面积有多大？ {t}占地多少？ {t}有多大？",
        ),
        (
            rf"(?:人口|总人口){_IS}(?P<a>{_NUMBER}人?)",
            "{t}有多少人口？ {t}的人口是多少？ {t}人口多少？ {t}有多少人？",
        ),
        (
            rf"(?:海拔|海拔高度){_IS}(?P<a>{_NUMBER}(?:米|公尺))",
            "{t}的海拔是多少？ {t}海拔多高？",
        ),
        (
            rf"(?:全长|长度|总长|体长|长){_IS}(?:可达)?(?P<a>{_NUMBER}(?:公里|千米|米|公尺|公分|厘米|英里|毫米))",
            "{t}有多长？ {t}长多少？ {t}的长度是多少？",
        ),
        (
            rf"(?:高度|身高|高){_IS}(?P<a>{_NUMBER}(?:米|公尺|公分|厘米|英尺))",
            "{t}有多高？ {t}高多少？ {t}的高度是多少？",
        ),
        (
            rf"(?:重量|体重|重){_IS}(?P<a>{_NUMBER}(?:公斤|千克|吨|克|磅))",
            "{t}有多重？ {t}重多少？ {t}的重量是多少？",
        ),
        (
            r"(?:位于|坐落于|坐落在|地处|设在|设于|总部设于|总部位于)(?P<a>[^，。；、（）()“”「」的]{2,16}?)"
            + _END,
            "{t}在哪里？ {t}位于哪里？ {t}在什么地方？ {t}在哪儿？ {t}坐落在哪里",
        ),
        (
            r"(?:分布于|分布在|产于|生活于|栖息于)(?P<a>[^，。；（）()“”「」的]{2,30}?)(?=[，。；（）()]|$)",
            "{t}分布在哪里？ {t}生活在哪里？ {t}的分布地区是哪里？ 哪些地方有{t}？",
        ),
        (
            rf"(?:由|被)(?P<a>[^，。；、（）()由被于在]{{2,10}}?)(?:所)?(?P<v>{_MADE})",
            "{t}是谁{v}的？ {t}由谁{v}？ 谁{v}了{t}？ {t}的{v}者是谁？ {t}是由谁{v}的",
        ),
        (
            r"(?:出生于|生于|出生在)(?:"
            + _DATE
            + r")?(?:，)?(?P<a>[^\d，。；、（）()“”年月日于的]{2,14}?)(?=[，。；（）()])",
            "{t}出生在哪里？ {t}是哪里人？ {t}的出生地是哪里？ {t}在哪里出生？",
        ),
        (
            r"毕业于(?P<a>[^，。；、（）()]{3,16}?)" + _END,
            "{t}毕业于哪所学校？ {t}是从哪里毕业的？ {t}的母校是哪所学校？ {t}在哪里上的学",
        ),
        (
            rf"(?:成立于|创立于|创建于|创办于|始建于|建于|兴建于|建立于)(?P<a>{_DATE})",
            "{t}是什么时候成立的？ {t}哪一年建立的？ {t}何时创立？ {t}建于哪年？ {t}的成立时间是什么时候",
        ),
        (
            rf"(?P<a>{_DATE})(?:正式|首次|在[^，。；]{{1,6}})?(?P<v>{_BEGAN})",
            "{t}什么时候{v}？ {t}是哪年{v}的？ {t}的{v}时间是什么时候？ {t}何时{v}",
        ),
        (
            r"(?:隶属于?|属于?)(?P<a>[^，。；、（）()的之]{2,12}?(?:[科属目纲门]|集团|公司|部|局|市|县|省|区))"
            + _END,
            "{t}属于什么？ {t}隶属于哪里？ {t}属于哪个{e}？",
        ),
        (
            r"(?:现任|担任|出任|曾任|历任)(?P<a>[^，。；、（）()]{2,16}?)" + _END,
            "{t}担任什么职务？ {t}的职务是什么？ {t}当过什么？ {t}任什么职",
        ),
        (
            r"(?:获得|荣获|获|赢得)(?P<a>[^，。；、（）()]{2,18}?(?:奖|冠军|亚军|金牌|银牌|铜牌|称号))",
            "{t}获得过什么奖？ {t}得过什么？ {t}获得了什么荣誉？ {t}获得了什么",
        ),
        (
            r"(?:讲述|描述|描写|记述)了?(?P<a>[^，。；]{6,40}?)(?:的故事)?(?=[，。；])",
            "{t}讲述了什么？ {t}讲的是什么？ {t}的内容是什么？",
        ),
        (
            r"(?:用于|用来|用作|用以)(?P<a>[^，。；（）()]{3,20}?)(?=[，。；])",
            "{t}有什么用？ {t}用来做什么？ {t}的用途是什么？ {t}是干什么的",
        ),
        (
            r"(?:采用|使用)(?P<a>[^，。；（）()的]{2,14}?)(?=[，。；（）()])",
            "{t}采用什么？ {t}使用的是什么？",
        ),
        (
            r"(?:娶|妻子是?|丈夫是?|配偶是?|嫁给|与)(?P<a>[\u4e00-\u9fff·]{2,8}?)(?:结婚)" + _END,
            "{t}和谁结婚？ {t}的配偶是谁？",
        ),
    )
)
_LISTS = 0.35  # lists are many
_MOST_NAMED = 3
_LIST = re.compile(r"(?P<items>[^，。；：、（）()]{2,12}(?:、[^，。；：、（）()]{2,12}){2,6})(?:等|[，。；])")
_NO_BEGINNING = frozenset("的了：:是为在选被过着到和与其该")
_SUBJECT = re.compile(
    r"^(?:该|本|此|这)(?:[^，。；的]{1,4}?)(?=[位于由是为在成始全总])|^(?:其|他|她|它)(?!们)"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A question whose answer is ``sentence[start:end]``."""

    question: str
    start: int
    end: int


def facts(title: str, sentence: str, chance: random.Random, *, first: bool) -> Iterator[Fact]:
    """What ``sentence`` says of ``title``; of a sentence that is not about it, nothing.

    ``first`` tells that it is the first sentence of its text, which is about its title.
    """
    about = re.split(r"[(（]", title)[0].strip()
    if not about:
        return
    if first or sentence.startswith(about) or _SUBJECT.search(sentence):
        for pattern, asked in _FACTS:
            match = pattern.search(sentence)
            if match and _is_bare(match["a"], about):
                question = chance.choice(asked).format(
                    t=about, v=match.groupdict().get("v") or "", e=match["a"][-1]
                )
                yield Fact(question, *match.span("a"))
    if chance.random() < _LISTS:
        yield from _rest(about, sentence, chance)


def _rest(about: str, sentence: str, chance: random.Random) -> Iterator[Fact]:
    """All items of a list but one are named, and that one is asked for."""
    match = _LIST.search(sentence)
    if not match:
        return
    items = match["items"].split("、")
    asked = chance.randrange(1, len(items) - 1)  # the first and the last may bring half a clause along
    if any(mark in items[asked] for mark in "和与及或") or len(set(items)) < len(items):
        return
    known = [item for number, item in enumerate(items[1:-1], 1) if number != asked] or items[:1]
    chance.shuffle(known)
    known = known[:_MOST_NAMED]
    start = match.start("items") + len("、".join(items[:asked])) + 1
    question = chance.choice(
        (
            "{t}除了{k}以外还有什么？",
            "{t}中，除{k}，还有哪一个？",
            "{t}有{k}和什么？",
            "{t}包括{k}以及哪一项？",
        )
    )
    yield Fact(question.format(t=about, k="、".join(known)), start, start + len(items[asked]))


def _is_bare(answer: str, about: str) -> bool:
    return answer.strip() == answer and about not in answer and answer[0] not in _NO_BEGINNING
