"""Numbers in one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.numerals import ones, possible_values, quantities, terms, values, years_between


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("二十五个集群", {"25"}),
        ("25个集群", {"25"}),
        ("百分之三十六", {"36%"}),
        ("超过36%", {"36%"}),
        ("９.５万亿元", {"9500000000000"}),
        ("95000亿元", {"9500000000000"}),
        ("二〇二二年", {"2022"}),
        ("第三条", {"3"}),
        ("1,200家", {"1200"}),
        ("两个省份和九個城市", {"2", "9"}),
        ("统一规划，一方面十分重要", set()),
        ("2-3个", {"2-3"}),
        ("2至3個", {"2-3"}),
        ("2023—2027年", {"2023", "2027"}),
        ("12个百分点", {"12%"}),
        ("按万分之五计", {"0.05%"}),
        ("千分之五", {"0.5%"}),
        ("0.5‰", {"0.05%"}),
        ("百分之百", {"100%"}),
        ("三分之二以上", {"2/3"}),
        ("零下5度", {"-5"}),
        ("温度-5℃", {"-5"}),
        ("编号A-12", {"12"}),
        ("3月-6月", {"3", "6"}),
        ("公元前221年", {"-221"}),
        ("人民币壹万贰仟元", {"12000"}),
        ("三至五个工作日", {"3-5"}),
        ("1000-2000元", {"1000-2000"}),
        ("共1,200，2021年为980", {"1200", "2021", "980"}),
        ("3万5千元", {"35000"}),
        ("1亿2000万", {"120000000"}),
        ("民國110年", {"2021"}),
        ("9" * 39 + "0", {"9" * 39 + "0"}),
    ],
)
def test_values(text: str, expected: set[str]) -> None:
    assert values(text) == expected


def test_a_range_may_name_its_unit_twice() -> None:
    assert possible_values("在2℃至8℃保存") == {"2", "8", "2-8"}


def test_a_year_of_the_republic_is_also_as_it_stands_there() -> None:
    assert possible_values("民国110年") == {"2021", "110"}


def test_how_a_one_may_be_written() -> None:
    assert ones("试用期1年，每1个月考核1次，共11次") == {"一年", "一个月", "一次"}


def test_a_span_of_years_holds_those_between() -> None:
    assert years_between("2021—2023年的指标") == {"2022"}
    assert not years_between("2021年至今，共2023项")


def test_where_a_number_stands() -> None:
    (found,) = quantities("共有二十五个集群")
    assert "共有二十五个集群"[found.start : found.end] == "二十五"


@given(st.text(st.sampled_from("一二三十百千万亿零〇两点分之第个%0123456789.,-至家年"), max_size=40))
def test_no_run_of_numerals_is_an_error(text: str) -> None:
    for quantity in quantities(text):
        assert 0 <= quantity.start < quantity.end <= len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("九点五万亿元", {"9500000000000"}),
        ("三点二五亿", {"325000000"}),
        ("下午三点二十", {"3", "20"}),
        ("百分之三十六点五", {"36.5%"}),
        ("1.5万", {"15000"}),
    ],
)
def test_decimals(text: str, expected: set[str]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("folded", "expected"),
    [
        ("二十五", ["25"]),
        ("25", []),
        ("第三条", ["3", "第3条"]),
        ("第3条", ["第3条"]),
        ("第十二章第四节", ["12", "4", "第12章", "第4节"]),
        ("二〇二二年三月五日", ["2022", "3", "5", "2022-3", "2022-3-5"]),
        ("2022-03-05", ["3", "5", "2022", "2022-3", "2022-3-5"]),
        ("2022年13月", ["2022", "2022-13"]),
        ("版本1.2.3", []),
        ("9999-12", []),
    ],
)
def test_terms_that_are_not_there_in_digits(folded: str, expected: list[str]) -> None:
    assert sorted(terms(folded)) == sorted(expected)
