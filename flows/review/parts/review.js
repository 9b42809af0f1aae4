(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const rows = data.rows;
  const AT_ONCE = 100;
  const key = `copydesk-review ${data.store}`;
  const decided = new Map(restored());
  let found = [];
  let shown = 0;
  let open = -1;

  const number = (value) => value.toLocaleString("en");
  const share = (row) => (row.kept + row.removed ? row.removed / (row.kept + row.removed) : 0);

  // decisions outlive a reload where the browser lets a file store anything
  function restored() {
    try {
      const kept = JSON.parse(localStorage.getItem(key)) || [];
      // decisions that are in the file by now are not listed again
      return kept.filter(([, one]) => !data.decided.includes(table(one)));
    } catch { return []; }
  }
  function remember() {
    try { localStorage.setItem(key, JSON.stringify([...decided])); } catch { /* a browser that keeps nothing */ }
  }

  // ---- the list

  function fillSelect(id, values) {
    const counts = new Map();
    for (const value of values) if (value) counts.set(value, (counts.get(value) || 0) + 1);
    const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    byId(id).append(
      make("option", { text: "any", value: "" }),
      ...sorted.map(([value, count]) => make("option", { text: `${value} (${number(count)})`, value })),
    );
  }
  fillSelect("status", rows.flatMap((row) => (row.reason ? [row.status, `${row.status}: ${row.reason}`] : [row.status])));
  fillSelect("language", rows.map((row) => row.language));
  fillSelect("site", rows.map((row) => row.site));
  fillSelect("label", rows.flatMap((row) => row.labels));

  function filter() {
    const wanted = Object.fromEntries(["search", "status", "language", "site", "label", "marked", "order"].map((id) => [id, byId(id).value]));
    const words = wanted.search.toLowerCase().split(/\s+/).filter(Boolean);
    const contested = new Set([...decided.values()].map((one) => one.page));
    found = [...rows.keys()].filter((at) => {
      const row = rows[at];
      if (wanted.status && wanted.status !== row.status && wanted.status !== `${row.status}: ${row.reason}`) return false;
      if (wanted.language && wanted.language !== row.language) return false;
      if (wanted.site && wanted.site !== row.site) return false;
      if (wanted.label && !row.labels.includes(wanted.label)) return false;
      if (wanted.marked === "contested" ? !contested.has(row.page) : wanted.marked && !row[wanted.marked]) return false;
      const text = `${row.title} ${row.page} ${row.source}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    if (wanted.order === "share") found.sort((a, b) => share(rows[b]) - share(rows[a]));
    if (wanted.order === "short") found.sort((a, b) => rows[a].kept - rows[b].kept);
    byId("rows").replaceChildren();
    shown = 0;
    showMore();
    byId("found").textContent = found.length === rows.length
      ? ofRecords(rows.length)
      : `${number(found.length)} of ${ofRecords(rows.length)}`;
  }

  function ofRecords(count) {
    return `${number(count)} ${count === 1 ? "record" : "records"}`;
  }

  function showMore() {
    const next = found.slice(shown, shown + AT_ONCE);
    byId("rows").append(...next.map(listed));
    shown += next.length;
    byId("more").hidden = shown >= found.length;
  }

  function listed(at) {
    const row = rows[at];
    const title = make("button", { text: row.title, className: "open", type: "button", dir: "auto", "data-at": at });
    return make("tr", {},
      make("th", { scope: "row" }, title, row.title === row.source ? null : make("small", { text: row.source })),
      make("td", { text: row.site }), make("td", { text: row.day }), make("td", { text: row.language }),
      make("td", {}, make("span", { className: `dot ${row.status}` }), row.reason ? `${row.status}: ${row.reason}` : row.status),
      make("td", { text: number(row.kept), className: "number" }),
      make("td", { text: `${Math.round(100 * share(row))}%`, className: "number" }));
  }

  byId("filters").addEventListener("input", filter);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => setTimeout(filter));
  byId("more").addEventListener("click", () => {
    const first = shown;
    showMore();
    // keyboard users continue where the new rows begin
    byId("rows").children[first]?.querySelector("button").focus();
  });
  byId("rows").addEventListener("click", (event) => {
    const button = event.target.closest("button.open");
    if (button) location.hash = `record-${button.dataset.at}`;
  });
  new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting) && !byId("list-view").hidden && shown) showMore(); },
    { rootMargin: "400px" }).observe(byId("more"));

  // ---- a page

  function show(at) {
    drawn.clear();
    const page = JSON.parse(byId(`page-${at}`).textContent);
    const row = rows[at];
    open = at;
    byId("page-title").textContent = row.title;
    // a screen reader pronounces it so; "und" is no language
    for (const id of ["page-title", "blocks"]) byId(id).lang = row.language === "und" ? "" : row.language;
    byId("facts").replaceChildren(...page.facts.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", {}, linked(name, value))]));
    byId("origin").replaceChildren(...page.origin.map((text) => make("li", { text })));
    byId("fixed").textContent = page.fixed || "";
    byId("fixed").hidden = !page.fixed;
    const labels = [...new Set(page.blocks.map((block) => block.label).filter(Boolean))];
    byId("legend").replaceChildren(...labels.map((label) => make("span", { text: label, className: `chip ${group(label)}` })));
    byId("blocks").replaceChildren(...page.blocks.map((block, number) => shownBlock(block, number, row, page.fixed)));
    byId("list-view").hidden = true;
    byId("page-view").hidden = false;
    const place = found.indexOf(at);
    byId("before").disabled = place <= 0;
    byId("after").disabled = place < 0 || place + 1 >= found.length;
    scrollTo(0, 0);
    byId("page-title").focus({ preventScroll: true });
  }

  // a label of a foreign store may have the name of a property of every object
  const group = (label) => (Object.hasOwn(data.groups, label) ? data.groups[label] : "");
  // by the text that is decided on: a page may have it twice
  const drawn = new Map();

  function shownBlock(block, at, row, isFixed) {
    const isCut = "label" in block;
    const classes = isCut ? `block gone ${group(block.label)}` : `block kept ${block.as || ""}`;
    const words = isCut
      ? make("div", { className: "words", dir: "auto" }, make("span", { text: block.label, className: "chip" }), make("del", { text: block.text }))
      : make("div", { className: "words", dir: "auto" }, contentOf(block));
    const side = make("div", { className: "side" });
    const element = make("div", { className: classes, "data-block": at }, words, side);
    const why = isCut && make("p", { className: "why", id: `why-${at}`, text: block.rule + (block.evidence ? `: ${block.evidence}` : "") });
    if ("person" in block) {
      element.classList.add("decided");
      words.prepend(make("span", { text: `${isCut ? "removed" : "kept"} manually`, className: "chip person" }));
    }
    if ("person" in block && !isCut) side.append(make("p", { className: "by", text: "kept manually" + (block.person ? `: ${block.person}` : "") }));
    if (isFixed || block.fixed) {
      if (why) side.append(why);
      // nothing to press here: the reason is reached by itself
      if (isCut) words.tabIndex = 0;
      if (isCut) words.setAttribute("aria-describedby", `why-${at}`);
      return element;
    }
    const name = block.text.length > 60 ? `${block.text.slice(0, 60)}…` : block.text;
    const button = make("button", { type: "button", "aria-label": `${isCut ? "Keep" : "Remove"} this: ${name}` });
    if (isCut) button.setAttribute("aria-describedby", `why-${at}`);
    // the button first, so that it stays where it is when the reason is shown
    side.append(...[button, why].filter(Boolean));
    const id = JSON.stringify([row.page, block.text]);
    const draw = () => {
      const decision = decided.get(id);
      element.classList.toggle("contested", Boolean(decision));
      button.textContent = decision ? "Undo" : isCut ? "Keep this" : "Remove this";
      button.setAttribute("aria-pressed", String(Boolean(decision)));
      side.querySelector(".form")?.remove();
      if (decision) side.append(form(decision));
    };
    drawn.set(id, [...(drawn.get(id) || []), draw]);
    button.addEventListener("click", () => {
      if (decided.has(id)) decided.delete(id);
      else decided.set(id, { page: row.page, title: row.title, decision: isCut ? "keep" : "remove", text: block.text, label: "", note: "" });
      changed();
      for (const one of drawn.get(id)) one();
    });
    draw();
    return element;
  }

  function form(decision) {
    const note = make("input", { type: "text", maxlength: "200" });
    note.value = decision.note;
    note.addEventListener("input", () => { decision.note = note.value; remember(); });
    const element = make("div", { className: "form" }, make("p", { className: "by", text: decision.decision === "keep" ? "to be kept" : "to be removed" }));
    if (decision.decision === "remove") {
      const label = make("select", {}, ...data.cuts.map((one) => make("option", { text: one, value: one })));
      label.value = decision.label || "other";
      label.addEventListener("input", () => { decision.label = label.value; remember(); });
      element.append(make("label", { text: "It is " }, label));
    }
    element.append(make("label", { text: "Why (optional) " }, note));
    return element;
  }

  function goTo(step) {
    const at = found[found.indexOf(open) + step];
    if (at !== undefined) location.hash = `record-${at}`;
  }
  byId("back").addEventListener("click", () => { location.hash = "records"; });
  byId("before").addEventListener("click", () => goTo(-1));
  byId("after").addEventListener("click", () => goTo(1));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("page-view").hidden) location.hash = "records";
  });

  function route() {
    const match = /^#record-(\d+)$/.exec(location.hash);
    if (match && rows[match[1]]) return show(Number(match[1]));
    if (byId("page-view").hidden) return;
    byId("page-view").hidden = true;
    byId("list-view").hidden = false;
    if (byId("marked").value === "contested") filter();
    const place = found.indexOf(open);
    while (place >= shown && shown < found.length) showMore();
    // back to the row that was opened
    (byId("rows").querySelector(`[data-at="${open}"]`) || byId("records")).focus();
    if (location.hash === "#overview") scrollTo(0, 0);
  }
  addEventListener("hashchange", route);

  // ---- decisions

  function changed() {
    remember();
    byId("contested").hidden = decided.size === 0;
    byId("contested-count").textContent = decided.size === 1 ? "1 new decision" : `${number(decided.size)} new decisions`;
  }

  // a text in JSON is one in TOML
  function table(one) {
    const keys = { page: one.page, decision: one.decision, text: one.text };
    if (one.decision === "remove") keys.label = one.label || "other";
    if (one.note.trim()) keys.note = one.note.trim();
    return `[[override]]\n${Object.entries(keys).map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join("\n")}\n`;
  }

  function asToml() {
    const tables = [...decided.values()].map((one) => `# ${one.title.replace(/\s+/g, " ")}\n${table(one)}`);
    const before = data.decided && !data.decided.endsWith("\n") ? `${data.decided}\n` : data.decided;
    return [before, ...tables].filter(Boolean).join("\n");
  }

  byId("export").addEventListener("click", () => {
    const url = URL.createObjectURL(new Blob([asToml()], { type: "application/toml" }));
    make("a", { href: url, download: data.file }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  });
  byId("withdraw").addEventListener("click", () => {
    decided.clear();
    changed();
    if (!byId("page-view").hidden) show(open);
  });

  filter();
  changed();
  route();
})();
