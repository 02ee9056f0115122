"""Every string that the page shows."""

TITLE = "据典"
SUBTITLE = "只凭你的文档回答，每一句都指给你看原文。一切都在这台机器上。"
PLACEHOLDER = "向你的文档提问，回车发送"
SEND = "发送"
STOP = "停止"
NEW = "新对话"
EMPTY_CHAT = "问一个文档里写着答案的问题。"
EVIDENCE = "依据"
EMPTY_EVIDENCE = "回答引用的原文会出现在这里。"
FOUND = "检索到的段落"
CITED = "引用的原文"
OTHERS = "其他检索到的段落"
NEAREST = "最接近的段落"
UNDERSTOOD = "理解为："
UNSUPPORTED = "〔无依据〕"
UNSUPPORTED_WHY = "在资料里没有找到能证明这一句的原文"
INSTANT = "速答"
READING = "正在读这些段落……"
SPAN = "第 {start}–{end} 字"
TIMES = "检索 {search} 毫秒 · 首字 {first_token:.1f} 秒 · 全文 {total:.1f} 秒"
TIMES_INSTANT = "检索 {search} 毫秒 · 阅读 {read} 毫秒 · 共 {total:.1f} 秒"
TIMES_REFUSED = "检索 {search} 毫秒 · 共 {total:.1f} 秒"
LIBRARY = "资料库：{documents} 篇文档，{passages} 个段落"
LIBRARY_EMPTY = "资料库还是空的。到“文档”里拖入文件，或在终端里：judian add 文件或文件夹"
EXAMPLES = "试试这些问题"
LEFT_OUT = "有 {count} 句依据超出模型的输入长度，没有读入。"
ERROR = "没能回答："
CASE_KEPT = "记下了：这个问题存进了资料库的 {file}，补上正确答案就能用 judian eval 复测。"
CASE_NOT_KEPT = "没能记下这个问题：{reason}"

SOURCES = "来源"
OPEN = "查看全文"
CLOSE = "关闭"
SHEET_BEFORE = "……前面还有 {count} 字……"
SHEET_AFTER = "……后面还有 {count} 字……"

COPY = "复制带来源"
COPIED = "已复制"
EXPORT = "导出对话"
NOTHING_YET = "还没有回答。先问一个问题。"
OPTIONS = "选项：文字、长短、范围"
SCRIPT = "回答用字"
SCRIPTS = {"question": "随问题", "simplified": "简体", "traditional": "繁體", "source": "随原文"}
LENGTH = "回答长短"
LENGTHS = {"short": "只要原文词句", "normal": "一两句", "long": "详细"}
WITHIN = "只在这些文档里找"
WITHIN_ALL = "不选就是全部"

WHY = "为什么找到这些"
WHY_WORDS = "检索用的词："
WHY_LIKELIHOOD = "这些段落能回答问题的把握：{percent:.0f}%"
WHY_COLUMNS = ("", "文档", "按词", "按意思", "合计")

TAB_CHAT = "问答"
TAB_DOCUMENTS = "文档"

DROP = "把文件拖到这里，或点击选择（文本、PDF、Word、表格、幻灯片、网页、邮件、图片、压缩包……）"
FOLDER = "或输入这台机器上的文件或文件夹路径，例如 /home/我/合同"
TAKE = "收入"
CANCEL = "取消"
ADDING = "正在读取文件……"
ADDED_SO_FAR = "已处理 {files} / {total} 个文件，{passages} 个段落{left}"
SECONDS_LEFT = "，大约还要 {seconds:.0f} 秒"
CANCELLED = "已取消。已经收入的文件保留。"
NOTHING_TAKEN = "没有可以读取的文件。"
STATUSES = {
    "added": "新收入",
    "updated": "已更新",
    "unchanged": "没有变化",
    "duplicate": "内容重复",
    "renamed": "已改名",
    "doubtful": "编码待定",
    "skipped": "跳过",
    "failed": "读不了",
}
DOCUMENT_COLUMNS = ("名称", "类型", "字数", "段落", "日期", "状态", "编号")
ANSWERS = "可回答"
SUPERSEDED = "旧版本"
DOUBTFUL = "编码待定"
COPIES = "（{count} 份）"
CHOOSE = "点一行，看它的内容和段落划分。"
CHOOSE_ENCODING = "这个文件的编码不能确定。看看哪一种读得通，选好后点“按此编码读取”。"
ENCODING = "编码"
REREAD = "按此编码读取"
REMOVE = "移除"
REMOVE_SURE = "确定移除，不再回答"
REMOVED = "已移除 {count} 篇，正文、索引、向量都不再保留："
DOCUMENT_FACTS = "{characters:,} 字 · {passages} 个段落 · {encoding} · {added} 收入"
PASSAGES_LEFT = "……还有 {count} 个段落，点“查看全文”。"

TAB_RETRIEVAL = "检索测试"
TAB_UPKEEP = "资料库"
SEARCH = "检索"
SEARCH_PLACEHOLDER = "只检索，不回答：看一个问题会找到哪些段落"
SEARCH_COUNT = "段落数"
SEARCH_HINT = "三列是同一批段落，分别按词、按意思、按合计的顺序排列。"
SEARCH_NOTHING = "没有找到任何段落。"
SEARCH_WORDS = "检索用的词："
RANKINGS = ("合计", "按词", "按意思")
FACTS = "回答的模型：{model} · 资料库在 {folder} · 一切都在这台机器上"
DICTIONARY = "词典（一行一个词，可加频率和词性）"
SYNONYMS = "同义词（一行一组：全称 = 简称）"
SAVE = "保存，立即生效"
SAVED = "已保存：{words} 个词，{synonyms} 组同义词。"
CHECK = "检查资料库"
CHECKING = "正在检查……"
IN_ORDER = "资料库完好：{documents} 篇文档，正文、索引和向量都对得上。"
REPAIR = "在终端里修复：judian doctor --repair"
NOT_UTF8 = "{folder} 里的词典或同义词文件不是 UTF-8 编码，没有保存；请先用编辑器转成 UTF-8。"
