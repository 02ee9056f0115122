// A click on a citation number brings its passage up and points it out.
document.addEventListener("click", (event) => {
  const link = event.target.closest ? event.target.closest("a.citation") : null;
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  const place = link.getAttribute("href").slice(1);
  if (document.getElementById(place)) bringUp(place);
  else fetchEvidence(place);
}, true);

const bringUp = (place) => {
  const passage = document.getElementById(place);
  document.querySelectorAll("article.passage.active").forEach((other) => other.classList.remove("active"));
  passage.classList.add("active");
  const mark = passage.querySelector("mark") || passage;
  const panel = document.getElementById("evidence");
  if (panel.scrollHeight > panel.clientHeight + 1) {
    // Only the panel moves: the conversation stays where it is read.
    const offset = mark.getBoundingClientRect().top - panel.getBoundingClientRect().top;
    panel.scrollBy({ top: offset - panel.clientHeight / 3, behavior: "smooth" });
  } else {
    mark.scrollIntoView({ behavior: "smooth", block: "center" });
  }
};

// The server is told through a field that nobody sees.
const tell = (id, value) => {
  const field = document.querySelector(`#${id} textarea, #${id} input`);
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

// The evidence of an old answer is not there before somebody wants it: citation-TURN-NUMBER.
const fetchEvidence = (place) => {
  tell("older", `${place.split("-")[1]} ${Date.now()}`); // the same turn again is another value
  const waiting = new MutationObserver(() => {
    if (!document.getElementById(place)) return;
    waiting.disconnect();
    bringUp(place);
  });
  waiting.observe(document.getElementById("evidence"), { childList: true, subtree: true });
};

// A suggested question, or what a follow-up was understood as, goes into the box, to be edited and sent.
document.addEventListener("click", (event) => {
  const link = event.target.closest ? event.target.closest("a.example, .understood a.edit") : null;
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  const said = link.matches(".edit") ? link.parentElement.querySelector("span") : link;
  tell("question", said.textContent);
  document.querySelector("#question textarea").focus();
}, true);

// Any answer can be copied, not the last one alone.
document.addEventListener("click", (event) => {
  const link = event.target.closest ? event.target.closest("#chat a.copy") : null;
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  tell("copying", `${link.getAttribute("href").split("-")[1]} ${Date.now()}`);
}, true);

const TYPES = {
  md: "text/markdown",
  html: "text/html",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
};
window.judian = {
  // Save what the server gave in base64.
  save: (value, kind) => {
    if (!value) return;
    const bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: TYPES[kind] }));
    link.download = `judian.${kind}`;
    link.click();
    URL.revokeObjectURL(link.href);
  },
  copy: (value) => {
    if (!value) return;
    if (navigator.clipboard) return navigator.clipboard.writeText(value);
    const field = document.createElement("textarea"); // over http, from another machine
    field.value = value;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  },
  // The conversation of this tab, which is there again when the page is loaded again.
  remember: (id) => sessionStorage.setItem("judian", id || ""),
  remembered: () => sessionStorage.getItem("judian") || "",
  // When something was sent while an answer streams; "" while none does.
  sent: () => ([...document.querySelectorAll("#chat .answer")].pop()?.matches(".streaming") ? `${Date.now()}` : ""),
};

// Gradio names the buttons at the conversation in the browser's language, which need not be the page's.
const nameButton = (event) => {
  const button = event.target.closest ? event.target.closest("#chat .icon-button-wrapper button") : null;
  if (!button) return;
  const names = document.querySelector("#banner header").dataset;
  const row = [...button.parentElement.children];
  const fromTheEnd = [names.like, names.dislike, names.undo, names.retry];
  const name = row.length === 1 ? names.clear : fromTheEnd[row.length - 1 - row.indexOf(button)];
  button.title = button.ariaLabel = name;
};
document.addEventListener("mouseover", nameButton);
document.addEventListener("focusin", nameButton);

// A document that is shown over the page: closed by its button, Escape, or a click beside it.
const closeSheet = () => document.querySelectorAll("#viewer .sheet").forEach((sheet) => sheet.remove());
document.addEventListener("click", (event) => {
  if (event.target.closest && event.target.closest("#viewer button.close")) closeSheet();
  else if (event.target.closest && !event.target.closest("#viewer .sheet, a.open")) closeSheet();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeSheet();
});

// Its marked place comes into view as soon as it is there.
const shown = new WeakSet();
new MutationObserver(() => {
  const sheet = document.querySelector("#viewer .sheet");
  if (!sheet || shown.has(sheet)) return;
  shown.add(sheet);
  const mark = sheet.querySelector("mark");
  if (mark) mark.scrollIntoView({ block: "center" });
}).observe(document.documentElement, { childList: true, subtree: true });

// The server is told the path of each file before gradio uploads it by its name; too many are not uploaded.
const told = (id, event, paths, unread = []) => {
  const most = Number(document.querySelector("#banner header").dataset.most);
  const few = paths.length <= most;
  tell(id, JSON.stringify({ count: paths.length, paths: few ? paths : [], unread, at: Date.now() }));
  if (few) return true;
  event.preventDefault();
  event.stopPropagation();
  return false;
};
const given = (files) => {
  const transfer = new DataTransfer();
  files.forEach((file) => transfer.items.add(file));
  return transfer.files;
};
const known = new WeakSet(); // events that were told already
document.addEventListener("change", (event) => {
  const field = event.target;
  if (known.has(event) || field.type !== "file" || !(field.webkitdirectory || field.closest("#drop"))) return;
  const files = [...field.files].filter((file) => !/(^|\/)\./.test(file.webkitRelativePath)); // .git
  const id = field.webkitdirectory ? "chosen-folder" : "dropped";
  if (!told(id, event, files.map((file) => file.webkitRelativePath || file.name))) return;
  if (files.length < field.files.length) field.files = given(files);
}, true);

// A folder that is dropped becomes the files in it; gradio takes files alone.
document.addEventListener("drop", (event) => {
  const zone = event.target.closest ? event.target.closest("#drop") : null;
  if (!zone) return;
  const dropped = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  if (!dropped.some((entry) => entry.isDirectory)) {
    told("dropped", event, dropped.map((entry) => entry.fullPath));
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  const unread = [];
  Promise.all(dropped.map((entry) => filesIn(entry, unread))).then((found) => {
    const files = found.flat();
    if (!told("dropped", event, files.map(([, path]) => path), unread) || !files.length) return;
    const field = zone.querySelector("input[type=file]");
    field.files = given(files.map(([file]) => file));
    const change = new Event("change", { bubbles: true });
    known.add(change);
    field.dispatchEvent(change);
  });
}, true);

// Each file with its path; the path of what cannot be read goes to ``unread``.
const filesIn = async (entry, unread) => {
  if (entry.name.startsWith(".")) return []; // .git, .DS_Store
  try {
    if (entry.isFile) return [[await new Promise((done, failed) => entry.file(done, failed)), entry.fullPath]];
    const reader = entry.createReader();
    const found = [];
    for (let some; !some || some.length;) { // a hundred at a time, until there are none
      some = await new Promise((done, failed) => reader.readEntries(done, failed));
      found.push(...some);
    }
    return (await Promise.all(found.map((each) => filesIn(each, unread)))).flat();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    unread.push(entry.fullPath);
    return [];
  }
};
