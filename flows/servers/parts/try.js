(() => {
  const byId = (id) => document.getElementById(id);
  const labels = JSON.parse(byId("data").textContent);
  const token = new URLSearchParams(location.search).get("token") || "";
  const number = (value, name) => `${value.toLocaleString("en")} ${name}${value === 1 ? "" : "s"}`;
  // a label may have the name of a property of every object
  const group = (label) => (Object.hasOwn(labels.groups, label) ? labels.groups[label] : "");
  let page = null;

  async function send(path, body) {
    let answer;
    try {
      answer = await fetch(path, {
        method: "POST", body: JSON.stringify(body),
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      });
    } catch { throw new Error("copydesk try does not answer: start it again, and open the URL that it prints"); }
    const value = await answer.json();
    if (answer.status === 401) throw new Error("open the URL that copydesk try prints: this one lacks its token");
    if (!answer.ok) throw new Error(value.error);
    return value;
  }

  function say(text, isFault = false) {
    byId("state").textContent = text;
    byId("state").classList.toggle("fault", isFault);
  }

  // ---- a page

  // an address as people copy it or type it; the server refuses all schemes but http and https
  const ADDRESS = /^(?:[a-z][a-z\d+.-]*:\/\/\S+|(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}(?::\d+)?(?:[/?#]\S*)?)$/iu;

  function withScheme(address) {
    return /^[a-z][a-z\d+.-]*:\/\//i.test(address) ? address : `https://${address}`;
  }

  function kindOf(content) {
    if (ADDRESS.test(content.trim())) return "url";
    return /<[a-z!][^>]*>/i.test(content) ? "html" : "text";
  }

  byId("input").addEventListener("submit", (event) => {
    event.preventDefault();
    const content = byId("content").value;
    const kind = byId("kind").value || kindOf(content);
    const body = { [kind]: kind === "url" ? withScheme(content.trim()) : content };
    if (kind !== "url" && byId("url").value) body.url = byId("url").value;
    load("/clean", body, kind === "url" ? "Fetching the page …" : "Cleaning the page …");
  });
  byId("content").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("input").requestSubmit();
  });

  async function load(path, body, text) {
    byId("clean").disabled = true;
    say(text);
    try {
      show(await send(path, body));
      say("");
      byId("title").focus();
    } catch (error) { say(error.message, true); }
    byId("clean").disabled = false;
  }

  function show(shown) {
    page = shown;
    if (page.given) for (const id of ["content", "url"]) byId(id).value = page.given[id];
    byId("result").hidden = false;
    byId("title").textContent = page.title;
    byId("title").lang = language();
    byId("facts").replaceChildren(...page.facts.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", {}, linked(name, value))]));
    byId("origin").replaceChildren(...page.origin.map((text) => make("li", { text })));
    byId("fixed").textContent = page.fixed || "";
    byId("fixed").hidden = !page.fixed;
    byId("hint").hidden = Boolean(page.fixed);
    byId("record").textContent = page.record;
    const found = new Set(page.blocks.map((block) => block.label).filter(Boolean));
    byId("legend").replaceChildren(...[...found].map((label) => make("span", { text: label, className: `chip ${group(label)}` })));
    for (const [id, isCut] of [["kept", false], ["removed", true]]) {
      const blocks = page.blocks.filter((block) => "label" in block === isCut);
      byId(`${id}-title`).textContent = `${isCut ? "Removed" : "Kept"}: ${number(blocks.length, "block")}`;
      byId(id).replaceChildren(...blocks.map((block, at) => drawn(block, isCut, `${id}-${at}`)));
    }
  }

  // a screen reader pronounces it so; "und" is no language
  const language = () => (page.language === "und" ? "" : page.language);

  function drawn(block, isCut, id) {
    const words = make("div", { className: "words", dir: "auto", lang: language() });
    if (isCut) words.append(make("span", { text: block.label, className: "chip", lang: "en" }), make("del", { text: block.text }));
    else words.append(contentOf(block));
    const classes = isCut ? `block gone ${group(block.label)}` : `block kept ${block.as || ""}`;
    const element = make("div", { className: classes }, words);
    const why = isCut && make("p", { className: "why", id: `${id}-why`, text: block.rule + (block.evidence ? `: ${block.evidence}` : "") });
    if (!page.fixed && !block.fixed) {
      const name = block.text.length > 60 ? `${block.text.slice(0, 60)}…` : block.text;
      const verb = isCut ? "Keep" : "Remove";
      const button = make("button", { type: "button", text: `${verb} this`, "aria-label": `${verb} this: ${name}`, "aria-expanded": "false" });
      if (isCut) button.setAttribute("aria-describedby", why.id);
      button.addEventListener("click", () => toggle(element, button, block, isCut));
      words.addEventListener("click", () => { if (!String(getSelection())) button.click(); });
      element.append(button);
    }
    if (why) element.append(why);
    return element;
  }

  // ---- the rule of a block

  function toggle(element, button, block, isCut) {
    const isOpen = element.classList.toggle("chosen");
    button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return element.querySelector(".rule").remove();
    const panel = rulePanel(block, isCut);
    element.append(panel.element);
    panel.propose();
  }

  function rulePanel(block, isCut) {
    const words = make("textarea", { rows: "2", dir: "auto" });
    words.value = block.text;
    const names = isCut ? labels.texts : labels.cuts;
    const label = make("select", {}, ...names.map((name) => make("option", { text: name, value: name })));
    label.value = isCut ? "paragraph" : "other";
    const everywhere = make("input", { type: "checkbox" });
    const toml = make("pre", { tabindex: "0", "aria-label": "The rule as TOML" });
    const effect = make("div", { className: "effect", role: "status" });
    const copy = make("button", { type: "button", text: "Copy this rule" });
    const save = make("button", { type: "button", text: "Add to copydesk.toml", className: "main" });
    const decide = make("button", { type: "button", text: "Decide for this page only" });
    const element = make("div", { className: "rule", role: "group", "aria-label": "The rule" },
      make("label", { text: "Words that the rule looks for " }, words), make("label", { text: "They are " }, label),
      make("label", { className: "tick" }, everywhere, "On all sites"), toml, effect, make("div", { className: "buttons" }, copy, save, decide));
    let latest = 0;
    let proposed = null;

    function tell(text, isFault = false) {
      effect.classList.toggle("fault", isFault);
      effect.replaceChildren(make("p", { text }));
    }

    async function propose() {
      const turn = ++latest;
      const wish = { page: page.number, text: words.value, label: label.value, everywhere: everywhere.checked };
      copy.disabled = save.disabled = true;
      tell("Trying the rule on the page …");
      try {
        const answer = await send("/rule", wish);
        // words may have changed since
        if (turn !== latest) return;
        proposed = wish;
        toml.textContent = answer.toml;
        tell(effectOf(answer));
        effect.append(make("ul", {}, ...[...answer.removed, ...answer.kept].slice(0, 5).map((text) => make("li", { text: text.slice(0, 160), dir: "auto" }))));
        copy.disabled = save.disabled = false;
      } catch (error) {
        if (turn !== latest) return;
        toml.textContent = "";
        tell(error.message, true);
      }
    }

    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(toml.textContent);
        tell("Copied: put it into copydesk.toml.");
      } catch {
        getSelection().selectAllChildren(toml);
        tell("The browser copies nothing by itself: the rule is selected, press Ctrl+C.");
      }
    });
    save.addEventListener("click", async () => {
      save.disabled = true;
      try {
        const answer = await send("/rule", { ...proposed, save: true });
        show(answer.page);
        say(`Added own.${answer.name} to ${answer.file}. The page is shown as it is cleaned with it.`);
        byId("title").focus();
      } catch (error) { tell(error.message, true); }
    });
    // of the whole block, whatever words the rule looks for
    decide.addEventListener("click", async () => {
      decide.disabled = true;
      try {
        const answer = await send("/decision", { page: page.number, text: block.text, label: label.value });
        show(answer.page);
        say(`Added the decision to ${answer.file}. The page is shown as it is cleaned with it.`);
        byId("title").focus();
      } catch (error) {
        decide.disabled = false;
        tell(error.message, true);
      }
    });
    for (const input of [words, label, everywhere]) input.addEventListener("change", propose);
    return { element, propose };
  }

  function effectOf(answer) {
    const parts = [];
    if (answer.removed.length) parts.push(`removes ${number(answer.removed.length, "block")}`);
    if (answer.kept.length) parts.push(`brings back ${number(answer.kept.length, "block")}`);
    const where = answer.sites.length ? `on ${answer.sites.join(", ")}` : "on all sites";
    return `It works ${where}. Of this page it ${parts.join(" and ")}:`;
  }

  // the page that copydesk try was started with
  if (labels.first) load("/first", {}, "Reading the page …");
})();
