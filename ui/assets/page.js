// A click on a citation number brings its passage up and points it out.
document.addEventListener("click", (event) => {
  const link = event.target.closest ? event.target.closest("a.citation") : null;
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  const passage = document.getElementById(link.getAttribute("href").slice(1));
  if (!passage) return;
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
}, true);

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
