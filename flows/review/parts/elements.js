"use strict";
// text is only ever set as text: a page's content is never parsed as markup
function make(tag, { text, className, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter(Boolean));
  return element;
}

function linked(name, value) {
  // only a web URL becomes a link
  return name === "URL" && /^https?:\/\//i.test(value)
    ? make("a", { text: value, href: value, rel: "noreferrer noopener", target: "_blank" })
    : value;
}

function contentOf(block) {
  // rows of a table, else the text
  return block.rows
    ? make("table", {}, make("tbody", {}, ...block.rows.map((row) => make("tr", {}, ...row.map((text) => make("td", { text, dir: "auto" }))))))
    : block.text;
}
