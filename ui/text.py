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
    UNSUPPORTED_LACKS = "读到的原文里没有：{lacks}"
    BETWEEN_ITEMS = "、"
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
    BUTTONS = {
        "like": "好回答",
        "dislike": "回答有问题",
        "undo": "撤回这一问",
        "retry": "重新回答",
        "clear": "新对话",
    }
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
    RIGHT_ANSWER = "正确答案，原文里的那几个字（可不填；填了就能直接复测）"
    COMPLAINT_NOTE = "说明（可不填）"
    KEEP = "保存"
    CASE_KEPT = "记下了：存进了资料库的 {file}，补上正确答案就能用 judian eval 复测。"
    CASE_READY = "记下了：存进了资料库的 {file}，到“评测”里就能复测。"
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

    BUSY = "上一个回答还没有完。等它答完，或者先点“停止”；输入的文字还在。"
    BROKEN = "程序出错了，详情在启动它的终端里。再试一次；还是不行，就在“设置”里换一个模型。"
    WITHIN_GONE = "选定的文档里有 {count} 篇已经移除，没有在里面找。"
    WITHIN_ALL_GONE = "选定的文档都已经移除了。在“选项”里改选别的文档，或者不选。"
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
    DROP_UNREAD = "浏览器读不了这些文件：{names}。请查看它们的权限。"
    PATH_INSTEAD = "也可以在下面输入文件夹的路径。"
    TAKE = "收入"
    ADDING = "正在读取文件……"
    ADDED_SO_FAR = "已处理 {files} / {total} 个文件，{passages} 个段落{left}"
    SECONDS_LEFT = "，大约还要 {seconds:.0f} 秒"
    CANCELLED = "已取消。已经收入的文件保留。"
    NOTHING_TAKEN = "没有可以读取的文件。"
    TOO_MANY_FILES = "一次最多 {most} 个文件，这里有 {count} 个。请分几次拖入。"
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
    REMOVED = "已移除 {count} 篇："
    LEFT_OF = "随后查过资料库，还剩：正文 {texts}，段落 {passages}，词语索引 {postings}，向量 {vectors}。"
    STILL_QUOTED = "保存的对话、评测用例、评测结果和备份里可能还引用着它；不是拖进来的文件还在原处。"
    REPLACED = (
        "{names}：代替了先前拖入的同名文件，先前的成了旧版本，不再回答。"
        "如果不是同一份文件，给先前那份改个名再拖一次。"
    )
    ONLY_HERE = "路径只能在本机打开的页面上输入。这里可以拖入文件。"
    DOCUMENT_FACTS = "{characters:,} 字 · {passages} 个段落 · {encoding} · {added} 收入"
    PASSAGES_LEFT = "……还有 {count} 个段落，点“查看全文”。"
    ORIGINAL = "下载原文件"
    ORIGINAL_GONE = "这份文档的文件已经不在了。"
    SIGN_IN = "请先打开页面，输入密码。"
    WATCHED = "监视的文件夹"
    WATCH_HINT = "一行一个文件夹。里面的文件新增、改动、删除，资料库会跟着变。"
    WATCH = "开始监视"
    WATCHING = "正在监视 {count} 个文件夹。"
    NOT_WATCHING = "没有监视任何文件夹。"
    NOT_FOLLOWED = "没有在监视 {folder}：{why}"
    WATCH_GONE = "现在看不到这个文件夹。它回来以后再点“开始监视”。"
    WATCH_ENDED = "监视停下了，再点一次“开始监视”。"
    NO_FOLDER = "没有这个文件夹：{folder}"

    # -- retrieval
    SEARCH = "检索"
    SEARCH_PLACEHOLDER = "只检索，不回答：看一个问题会找到哪些段落"
    SEARCH_COUNT = "段落数"
    SEARCH_WEIGHT = "“按意思”的权重"
    SEARCH_HINT = "两路合计找到什么，只按词、只按意思各找到什么，阅读器读过之后怎么排，并列来看。"
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
    REPAIR = "要修复，在“向量模型”下面点“用它重新编码”：按原文重做，修不好的文档会移除并写明。"
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

    # -- what went wrong, by its kind: the class of an error, or the name of a problem (see index/errors.py)
    PROBLEMS = {
        # files
        "file": "{name}：{reason}",
        "doubtful": "{name}：不能确定它的编码。在下面的列表里点它，选出读得通的一种。",
        "encrypted": "有密码。用原来的程序打开，去掉密码另存一份，再拖进来。",
        "encrypted_mail": "是加密的邮件。在邮件程序里解密后另存，再拖进来。",
        "encrypted_archive": "在压缩包里有密码。用密码解压，再拖入解压出来的文件。",
        "protected": "有版权保护（DRM），读不了。换一份没有保护的。",
        "damaged": "已损坏，或者内容不是这种格式。用原来的程序打开，另存一份再拖进来。",
        "damaged_archive": "已损坏，或者打包得不对。用原来的程序另存一份，或者重新打包，再拖进来。",
        "large_archive": "解压出来太大，或者文件太多。拆成几份，或者自己解压，再拖入解压出来的文件夹。",
        "deep": "压缩包里套了太多层压缩包。解压后拖入里面的文件。",
        "empty": "是空的，没有可读的内容。换一个文件。",
        "no_text": "里面没有文字。如果内容是图片，另存为 PDF 再拖进来。",
        "no_scan": "没有认出文字。如果是扫描件或照片，换一份更清楚的。",
        "no_characters": "字体没有写明画的是哪些字，也没能认出来。请拖入生成它的原文件。",
        "no_recognition": (
            "要用文字识别，但它没有装好。请在终端里重装：pip install --force-reinstall rapidocr"
        ),
        "no_office": "要用 LibreOffice 才能读，这台机器没有装。装上它，或者另存为 {wanted} 再拖进来。",
        "no_files": "里面没有能读的文件。换一个。",
        "no_mail": "不是能读的邮件。在邮件程序里导出成 .eml，再拖进来。",
        "no_table": "不像表格。另存为 .xlsx 或 .txt 再拖进来。",
        "not_json": "不是正确的 JSON。改好后再拖进来。",
        "long_keys": "里面的键名太长，又重复太多次。改短后再拖进来。",
        "unconverted": "有密码、已损坏，或者转换不了。用原来的程序打开，另存为 {wanted} 再拖进来。",
        "older": "其实是旧格式的文件。把后缀改成 {suffix} 再拖进来。",
        "bytes": "太大：{megabytes:,.0f} MB，最多 {most:,.0f} MB。拆成几份再拖进来。",
        "characters": "太长：{count:,} 字，最多 {most:,} 字。拆成几份再拖进来。",
        "pages": "页数太多：{count:,} 页，最多 {most:,} 页。拆成几份再拖进来。",
        "pixels": "图片太大。缩小后再拖进来。",
        "nested": "内容套得太深。另存为 PDF 或别的格式再拖进来。",
        "binary": "不是文字，读不了。换一个有文字的文件。",
        "closed": "打不开（{reason}）。检查它的权限，再收入一次。",
        "slow": "读得太久，停下了。换一种格式另存，或者拆成几份再拖进来。",
        "memory": "读它要的内存太多，或者读的程序出了错。换一种格式另存，或者拆成几份再拖进来。",
        "fault": "没能读出来，这是据典的毛病（{reason}）。另存为别的格式再拖进来。",
        "PathMissingError": "没有这个文件或文件夹：{path}。检查路径，再试一次。",
        "EmptyFolderError": (
            "{folder} 里收入过的文件都不见了。磁盘接好了吗？确实不要了，就在“文档”里移除它们。"
        ),
        "NoReadableFilesError": "{path} 里没有能读的文件。能读的有：{suffixes}",
        "EncodingUnknownError": "没有“{encoding}”这种编码。从列表里选一种。",
        # the library
        "LibraryMissingError": "资料库还是空的。先到“文档”里拖入文件或文件夹。",
        "LibraryBusyError": "资料库正忙：别处正在收入、移除或重新编码，这一步没有做。等它做完，再点一次。",
        "LibraryDamagedError": (
            "资料库 {folder} 损坏了（{reason}）。到“设置”里从备份恢复，或者新建一个，重新收入文件。"
        ),
        "VectorsDamagedError": "资料库里有向量损坏了。到“设置”里点“用它重新编码”，就会按原文修好。",
        "LibraryFormatError": (
            "资料库 {folder} 的格式是 {found}，这个据典只认 {known}。更新据典，或到“设置”里换一个资料库。"
        ),
        "LibraryReadOnlyError": (
            "写不进资料库 {folder}（{reason}）。看看磁盘满了没有、文件夹能不能写，再试一次。"
        ),
        "DocumentMissingError": "这篇文档不在资料库里了。刷新页面，再选一篇。",
        "DocumentAmbiguousError": "“{reference}”可能是几篇文档。到“文档”里点开要的那一篇。",
        "NothingMatchesError": "没有符合条件的文档。改一改“只在这些文档里找”，再问一次。",
        "library_gone": "没有叫“{name}”的资料库了。从列表里选一个。",
        "BackupError": "{file} 不能恢复：不是据典的备份，或者损坏了。换一个备份文件。",
        "backup_taken": "已经有 {folder} 了。给新的资料库换一个名称。",
        "backup_unwritten": "备份写不进 {file}（{reason}）。在那个磁盘上腾出地方，再备份一次。",
        # questions and models
        "question_empty": "问题是空的。先输入一个问题。",
        "question_long": (
            "问题太长：{characters:,} 字，最多 {most:,} 字。问短一些，长的文字放进文件，拖到“文档”里。"
        ),
        "question_bytes": "问题里有不是文字的内容。重新输入一遍。",
        "QuestionTooLongError": (
            "这个问题对模型 {name} 太长了（{tokens} 个词元，最多 {most}）。问短一些，或到“设置”里换一个模型。"
        ),
        "GeneratorUnavailableError": "回答用的模型 {name} 用不了（{reason}）。到“设置”里换一个模型。",
        "WeightsMissingError": (
            "这台机器上没有 {name} 的权重。到“设置”里换一个模型，或者先在终端里：judian models pull {name}"
        ),
        "WeightsError": "模型的文件缺了或者坏了，要在终端里补上：{said}",
        "EncoderUnavailableError": "向量模型 {name} 载入不了（{reason}）。到“设置”里换一个。",
        "EncoderMismatchError": (
            "资料库是用 {made_with} 编码的，现在的向量模型是 {asked_for}。到“设置”里点“用它重新编码”。"
        ),
        "EncoderNameError": "这台机器上没有这个向量模型。从列表里选一个。",
        # words
        "term_line": "{file} 第 {number} 行没有用上：{reason}",
        "term_file": "{file} 读不了或写不了。把它存成 UTF-8 编码，再试一次。",
        "term_bytes": "里面有不是文字的内容",
        "term_empty": "是空的，或者是注释",
        "term_long": "这个词超过 {most} 个字",
        "term_letters": "里面没有汉字、字母或数字",
        "term_parts": "一行只能有一个词、一个频率、一个词性",
        "term_frequency": "频率“{frequency}”不是整数",
        "term_frequent": "频率 {frequency} 太大，最多 {most:,}",
        "term_tag": "“{tag}”不是词性（一到四个英文字母）；一个词里不能有空格",
        "synonym_equals": "两个写法之间没有 =",
        "synonym_side": "= 的一边是空的",
        "synonym_same": "几个写法在检索时是同一个",
        "BrokenTermError": "“{line}”没有加上：{reason}",
        # the state of the library
        "check_database": "资料库的数据有不一致的地方：{said}",
        "check_document": "文档 {document} 的正文损坏了。",
        "check_passages": "文档 {document} 的段落和正文对不上。",
        "check_name": "文件名 {name} 的记录损坏了。",
        "check_vectors": "有的段落缺少向量，或者向量损坏了。",
        "check_index": "索引和段落对不上。",
        "check_busy": "别处正在建立索引。等它做完，再检查一次。",
        "mended_document": "移除了损坏的文档 {document}。到“文档”里重新收入它：{names}",
        "mended_name": "去掉了损坏的文件名 {name}。",
        "mended_nameless": "移除了 {document}，没有文件写着它。",
        # evaluation
        "set_missing": "没有 {path}。填一个文件夹，里面有 questions.jsonl，或者填这个文件的路径。",
        "set_empty": "{path} 里没有问题。问题写在 questions.jsonl 里，一行一个 JSON。",
        "set_alone": "{path} 里只有问题，没有文档。把文档也放进这个文件夹。",
        "set_closed": "{path} 读不了（{reason}）。换一个完好的文件。",
        "unwritten": "{path} 写不了（{reason}）。看看磁盘满了没有，再点一次。",
        "RowError": "{file} 第 {line} 行不能用：{what}。改好这一行，再点一次。",
        "row_json": "不是 UTF-8 的 JSON",
        "row_twice": "编号“{id}”和第 {before} 行重复",
        "row_question": "问题不能用：{reason}",
        "row_document": "doc_ids 里的“{reference}”不是这里的文档",
        "field_missing": "缺少 {field}，或者它是空的",
        "field_wrong": "{field} 的写法不对",
        "BaselineError": "不能和 {file} 比较：{reason}。选另一次评测。",
        "run_form": "它是另一个版本的据典存的",
        "run_none": "它不是存下来的评测",
        "run_stopped": "那次评测中途停了",
        "run_other": "问题集或资料不同",
        "run_questions": "问的问题不同",
        "run_answers": "回答的问题不同",
        # the system
        "ENOENT": "没有这个文件或文件夹：{file}",
        "EACCES": "没有权限：{file}",
        "EPERM": "没有权限：{file}",
        "EROFS": "这个磁盘只能读，不能写。",
        "ENOSPC": "磁盘满了。腾出空间，再试一次。",
    }


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
    UNSUPPORTED_LACKS = "Not in what was read: {lacks}"
    BETWEEN_ITEMS = ", "
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
    RIGHT_ANSWER = "The right answer in the text's words (optional; with it the case can be measured)"
    COMPLAINT_NOTE = "A note (optional)"
    KEEP = "Keep"
    CASE_KEPT = "Kept in the library's {file}. Fill in the right answer to measure it with judian eval."
    CASE_READY = "Kept in the library's {file}; Evaluation measures it."
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

    BUSY = "An answer is still coming. Wait for its end or stop it; what you typed is still there."
    BROKEN = "Something broke; the terminal in which it was started says what. Try again, or another model."
    WITHIN_GONE = "{count} of the chosen documents were removed and not searched."
    WITHIN_ALL_GONE = "The chosen documents were removed. Choose others under Options, or none."
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
    DROP_UNREAD = "The browser cannot read these: {names}. Look at their permissions. "
    PATH_INSTEAD = "Or type the folder's path below."
    TAKE = "Add"
    ADDING = "Reading files…"
    ADDED_SO_FAR = "{files} of {total} files, {passages} passages{left}"
    SECONDS_LEFT = ", about {seconds:.0f} s left"
    CANCELLED = "Cancelled. What was already added stays."
    NOTHING_TAKEN = "There are no files that can be read."
    TOO_MANY_FILES = "At most {most} files at a time, these are {count}. Drop them in several goes. "
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
    REMOVED = "{count} removed: "
    LEFT_OF = (
        "The library was searched for what is left: texts {texts}, passages {passages}, postings {postings}, "
        "vectors {vectors}."
    )
    STILL_QUOTED = (
        "Kept conversations, cases, evaluations and backups may still quote it; a file that was not dropped "
        "here stays where it is."
    )
    REPLACED = (
        "{names}: took the place of the file of that name dropped before, which is an old version now and "
        "does not answer. If it is another document, rename the earlier file and drop it again."
    )
    ONLY_HERE = "Paths can only be typed on a page opened on the machine itself. Files can be dropped here."
    DOCUMENT_FACTS = "{characters:,} characters · {passages} passages · {encoding} · added {added}"
    PASSAGES_LEFT = "… {count} passages more, see the whole text."
    ORIGINAL = "Download the file"
    ORIGINAL_GONE = "The file of this document is not there any more."
    SIGN_IN = "Open the page and give its password first."
    WATCHED = "Watched folders"
    WATCH_HINT = "One folder a line. The library follows what is added, changed and deleted in them."
    WATCH = "Watch"
    WATCHING = "Watching {count} folders."
    NOT_FOLLOWED = "{folder} is not watched: {why}"
    WATCH_GONE = "it cannot be seen now. Watch again when it is back."
    WATCH_ENDED = "watching ended. Watch again."
    NOT_WATCHING = "No folder is watched."
    NO_FOLDER = "There is no such folder: {folder}"

    SEARCH = "Search"
    SEARCH_PLACEHOLDER = "Search without an answer: which passages does a question find?"
    SEARCH_COUNT = "Passages"
    SEARCH_WEIGHT = "Weight of meaning"
    SEARCH_HINT = (
        "Side by side: what both legs find, words alone, meaning alone, and how the reader orders the first."
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
    REPAIR = (
        "To repair it, click “Encode again with it” below the sentence encoder: all is made anew from "
        "the texts."
    )
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

    PROBLEMS = {
        "file": "{name}: {reason}",
        "doubtful": (
            "{name}: its encoding is unsure. Click it in the list below and choose the one that reads well."
        ),
        "encrypted": "has a password. Open it in its program, save it without, and drop that.",
        "encrypted_mail": "is an encrypted mail. Save it decrypted in your mail program, and drop that.",
        "encrypted_archive": "has a password in its archive. Unpack it with it, and drop what comes out.",
        "protected": "is protected against copying (DRM). Drop an unprotected copy.",
        "damaged": "is damaged, or not of this kind. Open it in its program, save it anew, and drop that.",
        "damaged_archive": "is damaged, or wrongly packed. Save it anew in its program, or pack it again.",
        "large_archive": "is too large unpacked, or has too many files. Unpack it and drop its folder.",
        "deep": "lies in an archive in too many archives. Unpack it, and drop what is inside.",
        "empty": "is empty: there is nothing to read. Drop another file.",
        "no_text": "holds no text. If it holds pictures of text, save it as PDF and drop that.",
        "no_scan": "no text in it was recognised. If it is a scan or photo, drop a sharper one.",
        "no_characters": "does not say which characters its fonts draw. Drop the file that it was made from.",
        "no_recognition": (
            "needs character recognition, which is not whole here. "
            "In a terminal: pip install --force-reinstall rapidocr"
        ),
        "no_office": "needs LibreOffice, which is not here. Install it, or save the file as {wanted}.",
        "no_files": "holds no file that can be read. Drop another.",
        "no_mail": "is not a mail that can be read. Export it from your mail program as .eml, and drop that.",
        "no_table": "is no table. Save it as .xlsx or .txt, and drop that.",
        "not_json": "is not valid JSON. Mend it and drop it again.",
        "long_keys": "repeats long keys without end. Shorten them and drop it again.",
        "unconverted": (
            "is encrypted, damaged or cannot be converted. "
            "Open it in its program, save it as {wanted}, and drop that."
        ),
        "older": "is an older file under a new name. Rename it to {suffix} and drop it again.",
        "bytes": "is too large: {megabytes:,.0f} MB, more than {most:,.0f} MB. Split it and drop the parts.",
        "characters": "is too long: {count:,} characters, more than {most:,}. Split it and drop the parts.",
        "pages": "has {count:,} pages, more than {most:,}. Split it and drop the parts.",
        "pixels": "is too large a picture. Make it smaller and drop it again.",
        "nested": "is nested too deeply. Save it as PDF or in another form, and drop that.",
        "binary": "is no text. Drop a file that holds text.",
        "closed": "cannot be opened ({reason}). Look at its permissions, and add it again.",
        "slow": "takes too long to read. Save it in another form or in parts, and drop that.",
        "memory": "needs too much memory, or made its reader fail. Save it in another form or in parts.",
        "fault": "could not be read, a fault of Judian's ({reason}). Save it in another form, and drop that.",
        "PathMissingError": "There is no {path}. Check its spelling and try again.",
        "EmptyFolderError": (
            "Nothing is left in {folder} of what the library holds from it. Is its disk there? "
            "If it is to go, remove the documents under Documents."
        ),
        "NoReadableFilesError": "{path} holds no file that can be read. These can: {suffixes}",
        "EncodingUnknownError": "There is no encoding {encoding}. Choose one of the list.",
        "LibraryMissingError": "The library is empty. First drop files or folders under Documents.",
        "LibraryBusyError": (
            "The library is busy: something is being added, removed or encoded. Nothing was changed; "
            "try again when that has ended."
        ),
        "LibraryDamagedError": (
            "The library {folder} is damaged ({reason}). Restore a backup under Settings, "
            "or make a new library there and add the files again."
        ),
        "VectorsDamagedError": "A vector of the library is damaged. Encode it again under Settings.",
        "LibraryFormatError": (
            "The library {folder} has format {found}, this Judian knows {known}. Update Judian, "
            "or switch to another library under Settings."
        ),
        "LibraryReadOnlyError": (
            "The library {folder} cannot be written ({reason}). Is the disk full, or the folder closed? "
            "Mend that and try again."
        ),
        "DocumentMissingError": (
            "This document is not in the library any more. Load the page again, and choose another."
        ),
        "DocumentAmbiguousError": "{reference} could be several documents. Choose one under Documents.",
        "NothingMatchesError": "No document fits. Change “Only in these documents”, and ask again.",
        "library_gone": "There is no library {name} any more. Choose one of the list.",
        "BackupError": "{file} cannot be restored: it is no backup, or is damaged. Choose another.",
        "backup_taken": "{folder} is there already. Give the new library another name.",
        "backup_unwritten": "{file} cannot be written ({reason}). Make room on its disk and back up again.",
        "question_empty": "The question is empty. Type one.",
        "question_long": (
            "The question has {characters:,} characters; ask with at most {most:,}, "
            "and drop long texts as a file under Documents."
        ),
        "question_bytes": "The question holds what is no text. Type it again.",
        "QuestionTooLongError": (
            "The question is too long for the model {name} ({tokens} tokens, at most {most}). "
            "Ask in fewer words, or choose another model under Settings."
        ),
        "GeneratorUnavailableError": (
            "The model {name} cannot be used ({reason}). Choose another under Settings."
        ),
        "WeightsMissingError": (
            "The weights of {name} are not on this machine. Choose another model under Settings, "
            "or in a terminal: judian models pull {name}"
        ),
        "WeightsError": "A model's file is missing or damaged; mend it in a terminal: {said}",
        "EncoderUnavailableError": (
            "The encoder {name} cannot be loaded ({reason}). Choose another under Settings."
        ),
        "EncoderMismatchError": (
            "The library was encoded with {made_with}, the encoder is {asked_for}. "
            "Encode it again under Settings."
        ),
        "EncoderNameError": "This machine has no such encoder. Choose one of the list.",
        "term_line": "{file}, line {number} is left out: {reason}",
        "term_file": "{file} cannot be read or written. Save it as UTF-8 and try again.",
        "term_bytes": "it holds what is no text",
        "term_empty": "it is a comment or empty",
        "term_long": "the word has more than {most} characters",
        "term_letters": "it has no letter, digit or Chinese character",
        "term_parts": "more than a word, a frequency and a part of speech",
        "term_frequency": "the frequency {frequency} is not a whole number",
        "term_frequent": "the frequency {frequency} is more than {most:,}",
        "term_tag": "{tag} is no part of speech of one to four Latin letters; a word has no space",
        "synonym_equals": "there is no = between two spellings",
        "synonym_side": "there is nothing on one side of =",
        "synonym_same": "all spellings are the same in search",
        "BrokenTermError": "{line} is not added: {reason}",
        "check_database": "The library's data do not agree: {said}",
        "check_document": "The text of the document {document} is damaged.",
        "check_passages": "A passage of {document} is not the document's text at its place.",
        "check_name": "The record of the file {name} is damaged.",
        "check_vectors": "Some passages lack vectors, or have damaged ones.",
        "check_index": "The indexes do not agree with the passages.",
        "check_busy": "The indexes are just being built. Check again when that has ended.",
        "mended_document": (
            "The damaged document {document} was removed. Add it again under Documents: {names}"
        ),
        "mended_name": "The damaged file name {name} was dropped.",
        "mended_nameless": "{document}, which no file held, was removed.",
        "set_missing": "There is no {path}. Give a folder with questions.jsonl, or the path of that file.",
        "set_empty": "{path} holds no question. Questions stand in questions.jsonl, a JSON object a line.",
        "set_alone": "{path} holds questions only. Put the documents to ask into the same folder.",
        "set_closed": "{path} cannot be read ({reason}). Choose a whole file.",
        "unwritten": "{path} cannot be written ({reason}). Is the disk full? Make room and try again.",
        "RowError": "{file}, line {line}: {what}. Mend this line, then run it again.",
        "row_json": "this is no JSON in UTF-8",
        "row_twice": "the id {id} stands in line {before} too",
        "row_question": "this cannot be asked: {reason}",
        "row_document": "no document here goes by {reference} (doc_ids)",
        "field_missing": "the field {field} is missing or empty",
        "field_wrong": "the field {field} is not written as it should be",
        "BaselineError": "{file} cannot be compared: {reason}. Choose another run.",
        "run_form": "another version of Judian has saved it",
        "run_none": "it is no saved run",
        "run_stopped": "that run was stopped before its end",
        "run_other": "it has another set, or other documents",
        "run_questions": "it asked other questions",
        "run_answers": "it answered other questions",
        "ENOENT": "There is no such file or folder: {file}",
        "EACCES": "It is not permitted: {file}",
        "EPERM": "It is not permitted: {file}",
        "EROFS": "This disk can only be read.",
        "ENOSPC": "The disk is full. Make room and try again.",
    }


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
