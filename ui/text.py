"""Every string that the page shows, in Simplified and Traditional Chinese and in English."""

from __future__ import annotations

from functools import cache
from typing import Any

from index.normalize import in_traditional


class Text:
    """Simplified Chinese, from which the Traditional is made. English has its own words for all of it."""

    LANGUAGE = "zh-Hans"
    NAME = "简体"

    TITLE = "据典"
    SUBTITLE = "只凭你的文档回答，每一句都指给你看原文。"
    OFFLINE = "全部在本机，不联网"
    LIBRARY = "资料库：{documents:,} 篇文档，{passages:,} 个段落"
    LIBRARY_EMPTY = "资料库还是空的。到“文档”里拖入文件或文件夹，或在终端里：judian add 文件或文件夹"
    ERROR = "没能回答："

    TAB_CHAT = "问答"
    TAB_DOCUMENTS = "文档"
    TAB_RETRIEVAL = "检索测试"
    TAB_EVALUATION = "评测"
    TAB_SETTINGS = "设置"

    # -- the conversation
    PLACEHOLDER = "向你的文档提问，回车发送"
    SEND = "发送"
    STOP = "停止"
    NEW = "新对话"
    EMPTY_CHAT = "问一个文档里写着答案的问题。"
    EXAMPLES = "试试这些问题"
    ASK_ABOUT = "《{title}》主要讲了什么？"
    EVIDENCE = "依据"
    EMPTY_EVIDENCE = "回答引用的原文会出现在这里。"
    FOUND = "检索到的段落"
    CITED = "引用的原文"
    OTHERS = "其他检索到的段落（{count}）"
    NEAREST = "最接近的段落"
    UNDERSTOOD = "理解为："
    EDIT = "修改"
    UNSUPPORTED = "〔无依据〕"
    UNSUPPORTED_WHY = "在资料里没有找到能证明这一句的原文"
    INSTANT = "速答"
    READING = "正在读这些段落……"
    WAITING = "正在排队，前面还有 {count} 个问题……"
    SPAN = "第 {start}–{end} 字"
    PLACES = {
        "page": "第 {number} 页",
        "slide": "第 {number} 张幻灯片",
        "row": "{name} 第 {number} 行",
        "line": "第 {number} 行",
        "chapter": "第 {number} 章 {name}",
    }
    STAGES = {
        "understand": "理解",
        "search": "检索",
        "read": "阅读",
        "evidence": "选句",
        "first_token": "首字",
        "total": "全文",
    }
    MILLISECONDS = "{value} 毫秒"
    SECONDS = "{value:.1f} 秒"
    LEFT_OUT = "有 {count} 句依据超出模型的输入长度，没有读入。"
    SOURCES = "来源"
    OPEN = "查看全文"
    CLOSE = "关闭"
    SHEET_BEFORE = "……前面还有 {count} 字……"
    SHEET_AFTER = "……后面还有 {count} 字……"

    COPY = "复制带来源"
    COPIED = "已复制"
    # From the last of a row on; gradio names them in the browser's language.
    BUTTONS = {"like": "好回答", "dislike": "回答有问题", "undo": "撤回这一问", "retry": "重新回答", "clear": "新对话"}
    EXPORT = "导出"
    EXPORTS = {"md": "Markdown", "html": "网页", "docx": "Word"}
    NOTHING_YET = "还没有回答。先问一个问题。"
    OPTIONS = "选项：文字、长短、范围"
    SCRIPT = "回答用字"
    SCRIPTS = {"question": "随问题", "simplified": "简体", "traditional": "繁體", "source": "随原文"}
    LENGTH = "回答长短"
    LENGTHS = {"short": "只要原文词句", "normal": "一两句", "long": "详细"}
    WITHIN = "只在这些文档里找"
    WITHIN_ALL = "不选就是全部"

    COMPLAIN = "这个回答哪里不对？会存成评测用例，留在本机。"
    COMPLAINTS = {
        "wrong": "答错了",
        "incomplete": "不完整",
        "citation": "引用不对",
        "refused": "不该拒答",
        "other": "其他",
    }
    COMPLAINT_NOTE = "正确答案或说明（可不填）"
    KEEP = "保存"
    CASE_KEPT = "记下了：存进了资料库的 {file}，补上正确答案就能用 judian eval 复测。"
    CASE_NOT_KEPT = "没能记下这个问题：{reason}"

    CONVERSATIONS = "对话记录"
    FIND_CONVERSATION = "搜索对话"
    RENAME = "改名"
    RENAME_TO = "新名称"
    DELETE = "删除"
    DELETE_SURE = "确定删除"
    CONVERSATION_GONE = "这个对话已经不在了。"
    NOT_KEPT = "对话没有保存下来：{reason}"
    CANCEL = "取消"

    EARLIER = "更早的 {count} 轮"
    WHY = "为什么"
    WHY_WORDS = "检索用的词："
    WHY_LIKELIHOOD = "这些段落能回答问题的把握：{percent:.1f}%（低于 {least:.1f}% 就拒答）"
    CURVE = "拒答的曲线"
    CURVE_LINES = ("可答的问题", "不可答的问题")
    CURVE_X = "把握低于这里就拒答"
    CURVE_Y = "被拒答的比例"
    CURVE_LEAST = "门槛 {percent:.1f}%"
    CURVE_HERE = "这个问题 {percent:.1f}%"
    WHY_COLUMNS = ("", "文档", "按词（名次）", "按意思（名次）", "合计（名次）")
    WHY_LEFT_OUT = "检索到、但不在给模型读的依据里的段落："

    # -- documents
    DROP = (
        "把文件或文件夹拖到这里，或点击选择文件（文本、PDF、Word、表格、幻灯片、网页、邮件、图片、压缩包……）"
    )
    FOLDER = "或输入这台机器上的文件或文件夹路径，例如 /home/我/合同"
    DROP_FOLDER = "上传整个文件夹"
    DROP_UNREAD = "浏览器读不了这些文件：{names}。请查看它们的权限，或在下面输入文件夹的路径。"
    TAKE = "收入"
    ADDING = "正在读取文件……"
    ADDED_SO_FAR = "已处理 {files} / {total} 个文件，{passages} 个段落{left}"
    SECONDS_LEFT = "，大约还要 {seconds:.0f} 秒"
    CANCELLED = "已取消。已经收入的文件保留。"
    NOTHING_TAKEN = "没有可以读取的文件。"
    TOO_MANY_FILES = "一次最多 {most} 个文件，这里有 {count} 个。把它们放进一个文件夹，在下面输入它的路径。"
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
    DOCUMENT_COLUMNS = ("名称", "类型", "页", "字数", "段落", "日期", "状态", "编号")
    FIND_DOCUMENT = "按名称、路径或状态筛选"
    SHOWN_OF = "显示 {shown:,} / {count:,} 行"
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
    ORIGINAL = "下载原文件"
    WATCHED = "监视的文件夹"
    WATCH_HINT = "一行一个文件夹。里面的文件新增、改动、删除，资料库会跟着变。"
    WATCH = "开始监视"
    WATCHING = "正在监视 {count} 个文件夹。"
    NOT_WATCHING = "没有监视任何文件夹。"
    NO_FOLDER = "没有这个文件夹：{folder}"

    # -- retrieval
    SEARCH = "检索"
    SEARCH_PLACEHOLDER = "只检索，不回答：看一个问题会找到哪些段落"
    SEARCH_COUNT = "段落数"
    SEARCH_WEIGHT = "“按意思”的权重"
    SEARCH_HINT = "每一列是同一批段落：按合计、按词、按意思排列，最后一列是阅读器读过之后的顺序。"
    SEARCH_NOTHING = "没有找到任何段落。"
    SEARCH_WORDS = "检索用的词："
    RANKINGS = ("合计", "按词", "按意思")
    RANKING_READ = "阅读器读过之后"
    READ_SURE = "能回答的把握 {percent:.0f}% "
    KEEP_CASE = "存成评测用例"

    # -- evaluation
    EVALUATION_HINT = (
        "用一个问题集量一量：检索得准不准，答得对不对，引用靠不靠得住。结果和图都存在资料库旁边。"
    )
    SET = "问题集：文件夹或 questions.jsonl 的路径"
    SET_CASES = "不填就用这个资料库里存下的用例"
    QUESTIONS = "问题数（0 为全部）"
    ANSWERED = "其中要回答的"
    RUN = "开始评测"
    RUNNING = "已完成 {done} / {total} 步"
    MEASURED = "评测完了：{name}"
    STOPPED = "评测已取消，没有保存。"
    RUNS = "评测结果"
    COMPARE_WITH = "与之比较"
    COMPARE_NONE = "不比较"
    SHOW = "打开"
    NO_RUNS = "还没有评测结果。"
    UNDECIDED = "还没有可用的用例：打开 {file}，填上 answerable、answers 和 doc_ids。"
    NO_CASES = "这个资料库还没有用例。给不好的回答点“踩”，或在“检索测试”里存一个；也可以填一个问题集的路径。"

    # -- settings
    MODEL = "回答用的模型"
    MODELS = {
        "reader": "只用阅读器：照抄原文词句，约 0.3 秒",
        "judian-s2s": "自带的小模型：约 0.4 秒，说不了复杂的话",
        "qwen2.5-coder-0.5b": "Qwen 0.5B：内存小的机器用，答得差一些",
        "qwen2.5-coder-1.5b": "Qwen 1.5B：约 3 秒，答得最好，内存约 5 GB",
    }
    USE = "换用"
    IN_USE = "正在使用：{model}"
    ENCODER = "向量模型"
    ENCODER_HINT = (
        "换用要把全部段落重新编码：multilingual-e5-small 每 1,000 段约 50 秒，别的模型慢几倍；"
        "最后一步时提问要等一等。检索的权重是为 multilingual-e5-small 定的。"
        "这里没有的：judian doctor --repair --encoder 名称或文件夹"
    )
    ENCODE = "用它重新编码"
    ENCODING_BEGINS = "正在载入向量模型并编码，其间照常回答……"
    ENCODED_SO_FAR = "已处理 {done:,} / {total:,} 段"
    ENCODED = "已用 {encoder} 编码，立即生效。以后启动时若写 --encoder，也要写它。"
    BUDGET = "依据预算（字）"
    BUDGET_HINT = (
        "模型作答前最多读多少原文。平常 {sure} 到 {usual}，阅读器越有把握越少；详细回答 {long}。"
        "改了就都用这个数。每多读 100 字，第一个字约晚 0.3 秒。"
    )
    BUDGET_USUAL = "{sure}–{usual} 字（详细回答 {long} 字）"
    BUDGET_SET = "{set} 字"
    NOW_READ = "从下一个问题起，模型最多读 {budget}，这次启动之内有效。"
    MISSING_MODEL = "这台机器上还没有它的权重。先在终端里：judian models pull {model}"
    NOW_USED = "已换用 {model}，这次启动之内有效；长期使用：judian ui --generator {model}"
    FACTS = "向量模型：{encoder}　依据预算：{budget}　资料库位置：{folder}"
    DICTIONARY = "词典（一行一个词，可加频率和词性）"
    SYNONYMS = "同义词（一行一组：全称 = 简称）"
    TRY = "用一个问题试试"
    TRY_IT = "试试改动"
    TRIED_SAME = "找到的段落和顺序没有变化。"
    TRIED = ("现在的排序", "改动后的排序")
    SAVE = "保存，立即生效"
    SAVED = "已保存：{words} 个词，{synonyms} 组同义词。"
    CHECK = "检查资料库"
    CHECKING = "正在检查……"
    IN_ORDER = "资料库完好：{documents} 篇文档，正文、索引和向量都对得上。"
    REPAIR = "在终端里修复：judian doctor --repair"
    NOT_UTF8 = "{folder} 里的词典或同义词文件不是 UTF-8 编码，没有保存；请先用编辑器转成 UTF-8。"
    BACKUP = "备份资料库"
    BACKUP_HINT = (
        "备份是一个 zip 文件：文档正文、向量、词典、对话、用例都在里面。"
        "恢复总是放进一个新的资料库，不覆盖现有的。"
    )
    BACKING_UP = "正在备份……"
    BACKED_UP = "备份好了：{file}（{size:.1f} MB）"
    RESTORE = "从备份恢复"
    RESTORE_PATH = "备份文件的路径，例如 /home/我/备份.zip"
    RESTORED = "已恢复成新的资料库 {name}，可以在上面切换过去。"
    LIBRARIES = "资料库"
    LIBRARIES_HINT = "同一个文件夹里的资料库。切换后，所有打开的页面都用新的资料库。"
    SWITCH = "切换"
    SWITCHED = "已切换到 {name}。"
    NEW_LIBRARY = "新资料库的名称"
    CREATE = "新建并切换"
    OTHER_LIBRARY = "这个页面显示的是另一个资料库的内容，没有保存。刷新页面再改。"
    BAD_NAME = "名称不能为空，不能带斜杠，也不能以点开头：{name}"
    NAME_TAKEN = "已经有了：{name}"


class English(Text):
    """All of it once more."""

    LANGUAGE = "en"
    NAME = "English"

    TITLE = "Judian 据典"
    SUBTITLE = "Answers from your documents alone, and shows you the words that prove each sentence."
    OFFLINE = "All on this machine, offline"
    LIBRARY = "Library: {documents:,} documents, {passages:,} passages"
    LIBRARY_EMPTY = "The library is empty. Drop files under Documents, or in a terminal: judian add FILES"
    ERROR = "No answer: "

    TAB_CHAT = "Ask"
    TAB_DOCUMENTS = "Documents"
    TAB_RETRIEVAL = "Search test"
    TAB_EVALUATION = "Evaluation"
    TAB_SETTINGS = "Settings"

    PLACEHOLDER = "Ask your documents, Enter sends"
    SEND = "Send"
    STOP = "Stop"
    NEW = "New"
    EMPTY_CHAT = "Ask a question that your documents answer."
    EXAMPLES = "Try these"
    ASK_ABOUT = "《{title}》主要讲了什么？"
    EVIDENCE = "Evidence"
    EMPTY_EVIDENCE = "The passages that an answer cites appear here."
    FOUND = "Passages found"
    CITED = "Cited"
    OTHERS = "Other passages found ({count})"
    NEAREST = "Nearest passages"
    UNDERSTOOD = "Understood as: "
    EDIT = "Edit"
    UNSUPPORTED = "[unsupported]"
    UNSUPPORTED_WHY = "No words of the documents prove this sentence"
    INSTANT = "At once"
    READING = "Reading these passages…"
    WAITING = "Waiting, {count} questions before this one…"
    SPAN = "characters {start}–{end}"
    PLACES = {
        "page": "page {number}",
        "slide": "slide {number}",
        "row": "{name} row {number}",
        "line": "line {number}",
        "chapter": "chapter {number} {name}",
    }
    STAGES = {
        "understand": "understand",
        "search": "search",
        "read": "read",
        "evidence": "select",
        "first_token": "first word",
        "total": "all",
    }
    MILLISECONDS = "{value} ms"
    SECONDS = "{value:.1f} s"
    LEFT_OUT = "{count} sentences of evidence did not fit into the model's input."
    SOURCES = "Sources"
    OPEN = "Whole text"
    CLOSE = "Close"
    SHEET_BEFORE = "… {count} characters before …"
    SHEET_AFTER = "… {count} characters after …"

    COPY = "Copy with sources"
    COPIED = "Copied"
    BUTTONS = {
        "like": "Good answer",
        "dislike": "Something is wrong with it",
        "undo": "Take this question back",
        "retry": "Answer again",
        "clear": "New conversation",
    }
    EXPORT = "Export"
    EXPORTS = {"md": "Markdown", "html": "HTML", "docx": "Word"}
    NOTHING_YET = "No answer yet. Ask something first."
    OPTIONS = "Options: script, length, documents"
    SCRIPT = "Script of answers"
    SCRIPTS = {
        "question": "as asked",
        "simplified": "Simplified",
        "traditional": "Traditional",
        "source": "as written",
    }
    LENGTH = "Length of answers"
    LENGTHS = {"short": "words of the text", "normal": "a sentence or two", "long": "in detail"}
    WITHIN = "Only in these documents"
    WITHIN_ALL = "None chosen means all"

    COMPLAIN = "What is wrong with this answer? It becomes an evaluation case on this machine."
    COMPLAINTS = {
        "wrong": "wrong",
        "incomplete": "incomplete",
        "citation": "wrong citation",
        "refused": "should be answered",
        "other": "other",
    }
    COMPLAINT_NOTE = "The right answer, or a note (optional)"
    KEEP = "Keep"
    CASE_KEPT = "Kept in the library's {file}. Fill in the right answer to measure it with judian eval."
    CASE_NOT_KEPT = "The question was not kept: {reason}"

    CONVERSATIONS = "Conversations"
    FIND_CONVERSATION = "Search conversations"
    RENAME = "Rename"
    RENAME_TO = "New name"
    DELETE = "Delete"
    DELETE_SURE = "Really delete"
    CONVERSATION_GONE = "This conversation is not there any more."
    NOT_KEPT = "The conversation was not kept: {reason}"
    CANCEL = "Cancel"

    EARLIER = "{count} earlier turns"
    WHY = "Why"
    WHY_WORDS = "Words searched: "
    WHY_LIKELIHOOD = "Chance that these passages answer: {percent:.1f}% (refused below {least:.1f}%)"
    CURVE = "The curve of the refusal"
    CURVE_LINES = ("Answerable questions", "Unanswerable questions")
    CURVE_X = "Refused below this chance"
    CURVE_Y = "Share refused"
    CURVE_LEAST = "Threshold {percent:.1f}%"
    CURVE_HERE = "This question {percent:.1f}%"
    WHY_COLUMNS = ("", "Document", "Words (rank)", "Meaning (rank)", "Both (rank)")
    WHY_LEFT_OUT = "Found, but not in the evidence that the model read:"

    DROP = "Drop files or folders here, or click to choose (text, PDF, Word, tables, web pages, mail…)"
    FOLDER = "Or the path of a file or folder on this machine, such as /home/me/contracts"
    DROP_FOLDER = "Upload a folder"
    DROP_UNREAD = (
        "The browser cannot read these: {names}. Look at their permissions, or type the folder's path below."
    )
    TAKE = "Add"
    ADDING = "Reading files…"
    ADDED_SO_FAR = "{files} of {total} files, {passages} passages{left}"
    SECONDS_LEFT = ", about {seconds:.0f} s left"
    CANCELLED = "Cancelled. What was already added stays."
    NOTHING_TAKEN = "There are no files that can be read."
    TOO_MANY_FILES = (
        "At most {most} files at a time, these are {count}. Put them in a folder and give its path."
    )
    STATUSES = {
        "added": "added",
        "updated": "updated",
        "unchanged": "unchanged",
        "duplicate": "duplicate",
        "renamed": "renamed",
        "doubtful": "encoding unsure",
        "skipped": "skipped",
        "failed": "unreadable",
    }
    DOCUMENT_COLUMNS = ("Name", "Kind", "Pages", "Length", "Passages", "Date", "State", "Id")
    FIND_DOCUMENT = "Filter by name, path or state"
    SHOWN_OF = "{shown:,} of {count:,} rows"
    ANSWERS = "answers"
    SUPERSEDED = "older version"
    DOUBTFUL = "encoding unsure"
    COPIES = " ({count} copies)"
    CHOOSE = "Click a row to see its text and how it is cut into passages."
    CHOOSE_ENCODING = (
        "The encoding of this file is unsure. Choose the one that reads well, then read it again."
    )
    ENCODING = "Encoding"
    REREAD = "Read in this encoding"
    REMOVE = "Remove"
    REMOVE_SURE = "Really remove it"
    REMOVED = "{count} removed, nothing of their text, postings and vectors is left: "
    DOCUMENT_FACTS = "{characters:,} characters · {passages} passages · {encoding} · added {added}"
    PASSAGES_LEFT = "… {count} passages more, see the whole text."
    ORIGINAL = "Download the file"
    WATCHED = "Watched folders"
    WATCH_HINT = "One folder a line. The library follows what is added, changed and deleted in them."
    WATCH = "Watch"
    WATCHING = "Watching {count} folders."
    NOT_WATCHING = "No folder is watched."
    NO_FOLDER = "There is no such folder: {folder}"

    SEARCH = "Search"
    SEARCH_PLACEHOLDER = "Search without an answer: which passages does a question find?"
    SEARCH_COUNT = "Passages"
    SEARCH_WEIGHT = "Weight of meaning"
    SEARCH_HINT = (
        "The same passages in each column: by both, by words, by meaning, and as the reader puts them."
    )
    SEARCH_NOTHING = "No passage was found."
    SEARCH_WORDS = "Words searched: "
    RANKINGS = ("Both", "Words", "Meaning")
    RANKING_READ = "Read by the reader"
    READ_SURE = "Chance that it answers {percent:.0f}% "
    KEEP_CASE = "Keep as an evaluation case"

    EVALUATION_HINT = (
        "Measure a set of questions: is the right passage found, is the answer right, do the citations hold? "
        "Results and plots are kept beside the library."
    )
    SET = "Question set: path of a folder or of questions.jsonl"
    SET_CASES = "Empty: the cases kept in this library"
    QUESTIONS = "Questions (0: all)"
    ANSWERED = "of them answered"
    RUN = "Run"
    RUNNING = "{done} of {total} steps"
    MEASURED = "Measured: {name}"
    STOPPED = "Cancelled; nothing was kept."
    RUNS = "Results"
    COMPARE_WITH = "Compare with"
    COMPARE_NONE = "nothing"
    SHOW = "Open"
    NO_RUNS = "There are no results yet."
    UNDECIDED = "No case can be measured yet: fill in answerable, answers and doc_ids in {file}."
    NO_CASES = (
        "This library has no cases. Dislike an answer, keep one under Search test, or give a set's path."
    )

    MODEL = "Model that answers"
    MODELS = {
        "reader": "Reader alone: the text's own words, 0.3 s",
        "judian-s2s": "Judian's own small model: 0.4 s, simple answers",
        "qwen2.5-coder-0.5b": "Qwen 0.5B: for little memory, weaker answers",
        "qwen2.5-coder-1.5b": "Qwen 1.5B: 3 s, best answers, 5 GB",
    }
    USE = "Use"
    IN_USE = "In use: {model}"
    ENCODER = "Sentence encoder"
    ENCODER_HINT = (
        "Another one encodes all passages again: about 50 s for 1,000 of them with multilingual-e5-small, "
        "several times that with others; at its last step questions wait. The weights of search are made for "
        "multilingual-e5-small. Not here: judian doctor --repair --encoder NAME_OR_FOLDER"
    )
    ENCODE = "Encode again with it"
    ENCODING_BEGINS = "Loading the encoder and encoding; questions are answered meanwhile ..."
    ENCODED_SO_FAR = "{done:,} of {total:,} passages done"
    ENCODED = "Encoded with {encoder}, from now on. If you start with --encoder, name it there too."
    BUDGET = "Evidence (characters)"
    BUDGET_HINT = (
        "How much of the documents the model reads at most. Usually {sure} to {usual}, the less the surer "
        "the reader is; {long} for long answers. Another number holds for all. Every 100 more delay "
        "the first word by about 0.3 s."
    )
    BUDGET_USUAL = "{sure} to {usual} characters ({long} for long answers)"
    BUDGET_SET = "{set} characters"
    NOW_READ = "From the next question on the model reads at most {budget}, until the server ends."
    MISSING_MODEL = "Its weights are not on this machine. In a terminal: judian models pull {model}"
    NOW_USED = "{model} answers until the server ends; to keep it: judian ui --generator {model}"
    FACTS = "Encoder: {encoder}   Evidence: {budget}   Library at: {folder}"
    DICTIONARY = "Dictionary (a word a line, with frequency and tag if you like)"
    SYNONYMS = "Synonyms (a group a line: full name = short name)"
    TRY = "Try a question"
    TRY_IT = "Try the change"
    TRIED_SAME = "The same passages in the same order."
    TRIED = ("Order now", "Order with the change")
    SAVE = "Save, at once in use"
    SAVED = "Saved: {words} words, {synonyms} groups of synonyms."
    CHECK = "Check the library"
    CHECKING = "Checking…"
    IN_ORDER = "The library is in order: text, postings and vectors of {documents} documents agree."
    REPAIR = "Repair it in a terminal: judian doctor --repair"
    NOT_UTF8 = "The words in {folder} are not in UTF-8 and were not saved; turn them to UTF-8 in an editor."
    BACKUP = "Back up the library"
    BACKUP_HINT = (
        "A backup is a zip file with texts, vectors, words, conversations and cases. It is always restored "
        "as a new library and overwrites nothing."
    )
    BACKING_UP = "Backing up…"
    BACKED_UP = "Backed up: {file} ({size:.1f} MB)"
    RESTORE = "Restore a backup"
    RESTORE_PATH = "Path of the backup, such as /home/me/backup.zip"
    RESTORED = "Restored as the new library {name}; switch to it above."
    LIBRARIES = "Libraries"
    LIBRARIES_HINT = "The libraries in the same folder. Every open page changes with the switch."
    SWITCH = "Switch"
    SWITCHED = "Now in {name}."
    NEW_LIBRARY = "Name of a new library"
    CREATE = "Create and switch"
    OTHER_LIBRARY = "This page shows another library; nothing was saved. Load it again."
    BAD_NAME = "A name is not empty, has no slash and begins with no dot: {name}"
    NAME_TAKEN = "There is one already: {name}"


SIMPLIFIED, ENGLISH = Text(), English()


@cache
def traditional() -> Text:
    """Simplified, converted."""
    own = {"LANGUAGE": "zh-Hant", "NAME": "繁體"}
    values = {name: own.get(name) or _converted(value) for name, value in strings(SIMPLIFIED).items()}
    text: Text = type("Traditional", (Text,), values)()
    return text


def languages() -> dict[str, Text]:
    """The path of the page in each language, and its strings."""
    return {"": SIMPLIFIED, "hant": traditional(), "en": ENGLISH}


def strings(text: Text) -> dict[str, Any]:
    """Its strings by name."""
    return {name: getattr(text, name) for name in dir(text) if name.isupper()}


def _converted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _converted(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_converted, value))
    return in_traditional(value)
