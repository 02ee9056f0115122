"""A Run in, one self-contained HTML page out. Everything that comes from documents or models is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

from rag.evaluation import metrics, plots, text
from rag.evaluation.compare import LARGE, SMALL, Change, lower_is_better
from rag.evaluation.record import LEGS, Ranked, Record, Run, Score, judged

_MOST_FAILURES = 200
# Of a page that fetches nothing and runs nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_SEVERITY = tuple(text.FAULTS)
_VARIANTS = ("follow-up", "simplified", "traditional", "twin", "English")
_ANSWERS = ("EM", "F1", "contains", "complete", "citation", "unsupported")
_REFUSAL = ("unanswerable", "answerable", "refusal", "calibration")


def report(run: Run, changes: Sequence[Change] | None = None) -> str:
    """The whole page. ``changes`` is the comparison with a saved run, if there was one."""
    summary = run.summary()
    sections = [
        _header(run),
        _headlines(summary),
        _comparison(changes) if changes is not None else "",
        _retrieval(summary),
        _answers(summary),
        _refusal(run, summary),
        _variants(summary),
        _latency(run),
        _failures(run.records),
    ]
    style = (resources.files("rag.evaluation") / "report.css").read_text(encoding="utf-8")
    title = escape(text.TITLE.format(name=run.about.set))
    return (
        '<!doctype html>\n<html lang="zh"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{style}</style></head>"
        f"<body><main>{''.join(sections)}</main></body></html>\n"
    )


# -- sections ------------------------------------------------------------------------------------------------


def _header(run: Run) -> str:
    about = run.about
    lines = [
        text.ABOUT.format(
            questions=len(run.records),
            documents=about.documents,
            passages=about.passages,
            sources=" + ".join(about.sources),
        ),
        text.MODELS.format(
            encoder=about.encoder,
            generator=about.generator or text.NO_GENERATOR,
            started=about.started_at.replace("T", " ").replace("+00:00", " UTC"),
        ),
    ]
    if run.peak_memory:
        lines[1] += f"；{text.MEMORY.format(memory=run.peak_memory / 1e9)}"
    if about.undecided:
        lines.append(text.UNDECIDED.format(count=about.undecided))
    badge = f'<span class="badge bad">{text.PARTIAL}</span>' if run.partial else ""
    said = "".join(f'<p class="quiet">{escape(line)}</p>' for line in lines)
    return f"<header><h1>{escape(text.TITLE.format(name=about.set))} {badge}</h1>{said}</header>"


def _headlines(summary: Mapping[str, Score]) -> str:
    tiles = [
        f'<div class="tile"><b>{summary[name].value:.3f}</b><span>{escape(said)}</span>'
        f"<small>{escape(name)} · {summary[name].count}</small></div>"
        for name, said in text.HEADLINES.items()
        if name in summary
    ]
    return f'<section class="tiles">{"".join(tiles)}</section>'


def _comparison(changes: Sequence[Change]) -> str:
    ordered = sorted(changes, key=lambda change: (not change.worse, not change.better))
    rows = []
    for change in ordered:
        verdict, kind = (
            (text.WORSE, "bad")
            if change.worse
            else (text.BETTER, "good")
            if change.better
            else (text.SAME, "")
        )
        digits = 1 if change.name.endswith(" ms") else 3
        counts = f"{change.lost} / {change.won}" if change.lost or change.won else ""
        rows.append(
            [
                escape(change.name),
                f"{change.before:.{digits}f}",
                f"{change.now:.{digits}f}",
                f"{change.now - change.before:+.{digits}f}",
                counts,
                f'<span class="badge {kind}">{verdict}</span>',
            ]
        )
    heads = [text.METRIC, text.BEFORE, text.NOW, text.DIFFERENCE, text.QUESTIONS, text.VERDICT]
    note = text.COMPARISON_NOTE.format(large=LARGE, small=SMALL)
    told = [row for row, change in zip(rows, ordered, strict=True) if change.worse or change.better]
    same = [row for row, change in zip(rows, ordered, strict=True) if not change.worse and not change.better]
    rest = (
        f"<details><summary>{text.SAME} {len(same)}</summary>{_table(heads, same)}</details>" if same else ""
    )
    return _section(text.COMPARISON, note, (_table(heads, told) if told else "") + rest)


def _retrieval(summary: Mapping[str, Score]) -> str:
    names = [f"R@{cutoff}" for cutoff in metrics.CUTOFFS] + ["MRR@10", "nDCG@10"]
    if "fusion R@1" not in summary:
        return ""
    rows = [
        [_leg(leg), *(f"{summary[f'{leg} {name}'].value:.3f}" for name in names)] for leg in reversed(LEGS)
    ]
    curves = {leg: [summary[f"{leg} R@{cutoff}"].value for cutoff in metrics.CUTOFFS] for leg in LEGS}
    low = min(0.8, int(10 * min(value for curve in curves.values() for value in curve)) / 10)
    last = len(metrics.CUTOFFS) - 1
    lines = [
        plots.Line(leg, [(step / last, (value - low) / (1 - low)) for step, value in enumerate(curves[leg])])
        for leg in LEGS
    ]
    ticks = [(step / last, str(cutoff)) for step, cutoff in enumerate(metrics.CUTOFFS)]
    plot = plots.line_plot(
        text.RETRIEVAL_PLOT, lines, plots.Axis(text.K_AXIS, ticks), plots.share_axis(text.RECALL_AXIS, low)
    )
    legend = "".join(
        f'<span class="key k{number}">{escape(text.LEGS[leg])} <small>{leg}</small></span>'
        for number, leg in enumerate(LEGS)
    )
    figure = f'<figure>{plot}<figcaption class="legend">{legend}</figcaption></figure>'
    return _section(text.RETRIEVAL, text.RETRIEVAL_NOTE, figure + _table(["", *names], rows))


def _answers(summary: Mapping[str, Score]) -> str:
    rows = _score_rows(summary, _ANSWERS)
    return _section(text.ANSWERS, text.ANSWERS_NOTE, _scores(rows)) if rows else ""


def _refusal(run: Run, summary: Mapping[str, Score]) -> str:
    rows = _score_rows(summary, _REFUSAL)
    if not rows:
        return ""
    sure, answerable = judged(run.records)
    curve = metrics.refusal_curve(sure, answerable)
    figures = _refusal_figures(run, sure, answerable, curve) if curve else ""
    note = text.REFUSAL_NOTE.format(threshold=run.threshold)
    return _section(text.REFUSAL, note, figures + _scores(rows))


def _refusal_figures(
    run: Run, sure: Sequence[float], answerable: Sequence[bool], curve: Sequence[metrics.Point]
) -> str:
    here = metrics.refused_below(run.threshold, sure, answerable)
    shares = (here.answerable_refused, here.unanswerable_refused)
    told = f"{text.WRONGLY_REFUSED} {shares[0]:.3f}，{text.RIGHTLY_REFUSED} {shares[1]:.3f}"
    points = [(point.answerable_refused, point.unanswerable_refused) for point in curve]
    refusal = plots.line_plot(
        text.REFUSAL_PLOT,
        [plots.Line("refusal", points, marked=False)],
        plots.share_axis(text.WRONGLY_REFUSED),
        plots.share_axis(text.RIGHTLY_REFUSED),
        diagonal=True,
        spots=[(*shares, told)],
    )
    bins = [(each.predicted, each.observed) for each in metrics.calibration(sure, answerable)]
    calibration = plots.line_plot(
        text.CALIBRATION_PLOT,
        [plots.Line("calibration", bins)],
        plots.share_axis(text.PREDICTED),
        plots.share_axis(text.OBSERVED),
        diagonal=True,
    )
    return (
        f'<div class="pair"><figure>{refusal}<figcaption class="quiet">{escape(told)}</figcaption></figure>'
        f'<figure>{calibration}<figcaption class="quiet">{text.CALIBRATION_NOTE}</figcaption></figure></div>'
    )


def _variants(summary: Mapping[str, Score]) -> str:
    rows = _score_rows(summary, _VARIANTS)
    return _section(text.VARIANTS, text.VARIANTS_NOTE, _scores(rows)) if rows else ""


def _latency(run: Run) -> str:
    if not run.latency:
        return ""
    figures = []
    for title, answers in ((text.SEARCH_PLOT, False), (text.ANSWER_PLOT, True)):
        rows = [
            (text.STAGES.get(stage, stage), latency.p50, latency.p95)
            for stage, latency in run.latency.items()
            if stage.startswith("answer ") == answers
        ]
        if rows:
            plot = plots.bar_plot(title, rows, "p50 / p95 ms")
            figures.append(f"<figure><figcaption>{title}</figcaption>{plot}</figure>")
    return _section(text.LATENCY, text.LATENCY_NOTE, f'<div class="pair">{"".join(figures)}</div>')


# -- failures ------------------------------------------------------------------------------------------------


def _failures(records: Sequence[Record]) -> str:
    failed = [(record, faults) for record in records if (faults := record.faults())]
    failed.sort(key=lambda item: _SEVERITY.index(item[1][0]))
    if not failed:
        return _section(text.FAILURES, text.NO_FAILURES, "")
    shown = failed[:_MOST_FAILURES]
    more = len(failed) - len(shown)
    counts: dict[str, int] = {}
    for _, faults in failed:
        for fault in faults:
            counts[fault] = counts.get(fault, 0) + 1
    note = "，".join(f"{text.FAULTS[fault]} {counts[fault]}" for fault in _SEVERITY if fault in counts)
    if more:
        note += f"。{text.FAILURES_LEFT_OUT.format(shown=len(shown), count=more)}"
    return _section(text.FAILURES, note, "".join(_failure(record, faults) for record, faults in shown))


def _failure(record: Record, faults: Sequence[str]) -> str:
    badges = "".join(f'<span class="badge bad">{text.FAULTS[fault]}</span>' for fault in faults)
    facts = [
        *([(text.UNDERSTOOD, record.understood_as)] if record.understood_as != record.question else []),
        (text.GOLD, "；".join(record.gold) or text.NOTHING_GOLD),
        *([(text.GOLD_ANSWERS, " | ".join(record.answers))] if record.answers else []),
        *([(text.PROBABILITY, f"{record.probability:.3f}")] if record.probability is not None else []),
    ]
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    legs = "".join(_leg_list(leg, record) for leg in LEGS)
    return (
        f"<details><summary><span>{escape(record.question)}</span> {badges}"
        f"<small>{escape(record.id)}</small></summary>"
        f'<dl>{listed}</dl><div class="legs">{legs}</div>{_said(record.answer)}</details>'
    )


def _leg_list(leg: str, record: Record) -> str:
    rank = record.ranks.get(leg)
    place = f"{text.RANK} {rank}" if rank else text.UNRANKED if record.gold else ""
    items = "".join(_ranked(item, place == rank) for place, item in enumerate(record.first[leg], start=1))
    return f"<div><h4>{escape(text.LEGS[leg])} <small>{place}</small></h4><ol>{items}</ol></div>"


def _ranked(item: Ranked, gold: bool) -> str:
    kind = ' class="gold"' if gold else ""
    return f"<li{kind}>{escape(item.title)} <small>{item.score:.3f}</small></li>"


def _said(answer: Mapping[str, Any] | None) -> str:
    if answer is None:
        return f'<p class="quiet">{text.NOT_ASKED}</p>'
    if answer["refused"]:
        return f"<h4>{text.REFUSED}</h4><p>{escape(answer['text'])}</p>"
    sentences = "".join(
        escape(sentence["text"])
        + "".join(f"<sup>[{number:d}]</sup>" for number in sentence["citations"])
        + ("" if sentence["supported"] else f'<span class="bad">{text.UNSUPPORTED}</span>')
        for sentence in answer["sentences"]
    )
    citations = "".join(
        f'<li value="{citation["number"]:d}"><cite>{escape(citation["document"]["title"])}</cite> '
        f"<small>{citation['start']:d}–{citation['end']:d}</small>"
        f"<blockquote>{escape(citation['quote'])}</blockquote></li>"
        for citation in answer["citations"]
    )
    return f"<h4>{text.ANSWER}</h4><p>{sentences}</p><h4>{text.SAID}</h4><ol>{citations}</ol>"


# -- parts ---------------------------------------------------------------------------------------------------


def _section(title: str, note: str, body: str) -> str:
    return f'<section><h2>{escape(title)}</h2><p class="quiet">{escape(note)}</p>{body}</section>'


def _leg(leg: str) -> str:
    return f"{escape(text.LEGS[leg])} <small>{leg}</small>"


def _score_rows(summary: Mapping[str, Score], beginnings: Sequence[str]) -> list[tuple[str, Score]]:
    return [
        (name, summary[name])
        for beginning in beginnings
        for name in sorted(summary)
        if name.startswith(beginning)
    ]


def _scores(rows: Sequence[tuple[str, Score]]) -> str:
    return _table(
        [text.METRIC, text.VALUE, text.COUNT],
        [
            [
                f"{escape(name)} {'↓' if lower_is_better(name) else '↑'}",
                f"{score.value:.3f}",
                str(score.count),
            ]
            for name, score in rows
        ],
    )


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """``rows`` are HTML already."""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
