"""A figure of a table speaks of its own row and column."""

from __future__ import annotations

import pytest

from index.types import DocumentInfo
from rag.citations import prove
from rag.evidence import Evidence

_DOCUMENT = DocumentInfo("d", "工资表", ("d.md",), "utf-8", 1.0, 0, 1, "")
_PAY = ("| 姓名 | 部门 | 月薪 |", "| 张三 | 销售部 | 5000 |", "| 李四 | 财务部 | 8000 |")
_PROFIT = ("| 项目 | 2022年 | 2021年 |", "| 净利润 | 1,200 | 980 |", "| 营业收入 | 9,000 | 8,100 |")
_SCALED = ("项目\t利润（万元）\t占比", "云岭\t30\t12%", "株洲\t45\t18%")


def supported(answer: str, question: str, lines: tuple[str, ...]) -> bool:
    around = "\n".join(lines)
    evidence = [Evidence(_DOCUMENT, 0, len(row), row, 1.0, lines[0], around) for row in lines[1:]]
    proof = prove(answer, question, evidence, lambda words: [1.0] * len(words))
    return all(sentence.supported for sentence in proof.sentences)


@pytest.mark.parametrize(
    ("answer", "lines", "expected"),
    [
        ("张三的月薪是5000元。", _PAY, True),
        ("张三的月薪是8000元。", _PAY, False),
        ("张三的月薪是5000元，李四的月薪是8000元。", _PAY, True),
        ("2022年净利润为1,200。", _PROFIT, True),
        ("2021年净利润为1,200。", _PROFIT, False),
        ("净利润2022年为1,200，2021年为980。", _PROFIT, True),
        ("净利润为8,100。", _PROFIT, False),
        ("云岭的利润是30万元。", _SCALED, True),
        ("云岭的利润是30亿元。", _SCALED, False),
        ("云岭的利润是45万元。", _SCALED, False),
        ("株洲的占比是18%。", _SCALED, True),
    ],
)
def test_a_figure_is_its_own_rows_and_columns(answer: str, lines: tuple[str, ...], expected: bool) -> None:
    assert supported(answer, "", lines) is expected
