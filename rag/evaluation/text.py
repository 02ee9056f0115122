"""Every string of the report. Metric names stay in English, as in the field."""

TITLE = "据典评测：{name}"
PARTIAL = "中途停止，只含已测部分"
ABOUT = "{questions} 个问题，{documents:,} 篇文档，{passages:,} 个段落，来自 {sources}"
MODELS = "编码器 {encoder}；生成器 {generator}；{started}"
NO_GENERATOR = "未用（只测检索）"
UNDECIDED = "另有 {count} 个问题的 answerable 还空着，没有测。"

HEADLINES = {
    "fusion R@1": "首位命中",
    "fusion R@5": "前五命中",
    "fusion MRR@10": "倒数排名",
    "F1": "答案 F1",
    "complete": "要点齐全",
    "contains": "含标准答案",
    "citation precision": "引用准确",
    "unsupported sentences": "无依据句",
    "unanswerable refused": "无解拒答",
    "answerable refused": "有解误拒",
}

RETRIEVAL = "检索"
RETRIEVAL_NOTE = "按文档计：一篇文档取它最好的段落。k 是看前几篇，R@k 是其中找到的标准文档之比。"
ANSWERS = "答案与引用"
ANSWERS_NOTE = (
    "EM 与 F1 按 CMRC 2018 的算法，中文逐字；拒答记 0。引用准确是落在标准文档里的引文之比，每个答案等权。"
)
REFUSAL = "拒答"
REFUSAL_NOTE = (
    "语言模型阅读之前先估计有没有答案；低于 {threshold} 就不再读（图中圆点）。"
    "“unread” 是这一步的比例，其余是最终结果。题集里有无答案的问题时才测这一步。"
)
CALIBRATION_NOTE = "校准：横轴是估计的概率，纵轴是其中真有答案的比例；越贴近对角线越可信。"
VARIANTS = "追问、繁简与英文提问"
VARIANTS_NOTE = "同一个问题换一种问法，融合后的名次。繁简由 OpenCC 转换。"
LATENCY = "耗时"
LATENCY_NOTE = "条形是 p50，细线到 p95，单位毫秒。"
MEMORY = "内存峰值 {memory:.2f} GB"
COMPARISON = "与基线相比"
COMPARISON_NOTE = (
    "变差：平均下降超过 {large}；或下降超过 {small}，且变差的题显著多于变好的题（符号检验 p < 0.05）。"
    "耗时与内存：增加一半以上。"
)
FAILURES = "失败的问题"
FAILURES_LEFT_OUT = "只列最重的 {shown} 个，另有 {count} 个见 run.json。"
NO_FAILURES = "没有失败的问题。"

METRIC, VALUE, COUNT = "指标", "值", "题数"
BEFORE, NOW, DIFFERENCE, QUESTIONS, VERDICT = "此前", "现在", "差", "变差/变好题数", "结论"
WORSE, BETTER, SAME = "变差", "变好", "持平"
STAGE = "阶段"
LEGS = {"words": "词", "vectors": "向量", "fusion": "融合"}
FAULTS = {
    "missed": "检索未进前五",
    "refused": "误拒",
    "answered": "该拒未拒",
    "wrong": "答案不对",
    "cited elsewhere": "引用在别处",
    "not first": "未居首位",
}
STAGES = {
    "encode": "编码问题",
    "words": "词检索",
    "vectors": "向量检索",
    "sentences": "逐句比词",
    "fusion": "融合",
    "search": "检索合计",
    "answer understand": "理解追问",
    "answer search": "答：检索",
    "answer evidence": "答：选句",
    "answer first_token": "答：首字",
    "answer total": "答：合计",
}
RECALL_AXIS = "Recall"
K_AXIS = "前 k 篇"
WRONGLY_REFUSED, RIGHTLY_REFUSED = "有答案却拒答", "无答案而拒答"
PREDICTED, OBSERVED = "估计的概率", "真有答案的比例"
RETRIEVAL_PLOT, REFUSAL_PLOT = "检索：Recall 随 k 的变化", "拒答曲线"
CALIBRATION_PLOT, SEARCH_PLOT, ANSWER_PLOT = "校准", "检索耗时（毫秒）", "回答耗时（毫秒）"
UNDERSTOOD = "理解为"
GOLD = "标准文档"
GOLD_ANSWERS = "标准答案"
NOTHING_GOLD = "无（资料里没有答案）"
RANK = "名次"
UNRANKED = "未入前 20"
PROBABILITY = "有答案的概率"
ANSWER, REFUSED, SAID = "回答", "拒答", "引文"
NOT_ASKED = "这一题只测了检索。"
UNSUPPORTED = "〔无依据〕"
