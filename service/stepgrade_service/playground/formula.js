/** Formulas, as the service writes them: MathML, of which nothing else is taken over. */

import { element } from "./dom.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** The one place of the page where a text becomes a tree. It is read as XML, and what is not MathML is left out. */
const policy = globalThis.trustedTypes?.createPolicy("mathml", { createHTML: (text) => text }) ?? { createHTML: (text) => text };

export function formulaOf(text) {
  const read = new DOMParser().parseFromString(policy.createHTML(text), "application/xml").documentElement;
  return read.namespaceURI === MATHML && read.localName === "math" ? copied(read) : document.createTextNode("");
}

const isWide = (node) => node.localName === "mspace" && node.getAttribute("width") === "1em";

function withText(node, text) {
  const made = node.cloneNode();
  made.textContent = text;
  return made;
}

/** A formula as its parts, which may stand on lines of their own: it is cut where it has a wide space, and where a text has ";". */
export function partsOf(text) {
  const whole = formulaOf(text);
  const row = whole.firstElementChild;
  if (!row) return [whole];
  const parts = [[]];
  for (const child of [...row.children]) {
    const [before, ...after] = child.localName === "mtext" ? child.textContent.split(/;\s*/) : [null];
    if (after.length) child.textContent = before;
    if (!isWide(child) && before !== "") parts.at(-1).push(child);
    for (const text of after) parts.push([withText(child, text)]);
    if (isWide(child)) parts.push([]);
  }
  return parts.filter((part) => part.length).map((part) => {
    const made = document.createElementNS(MATHML, "math");
    made.setAttribute("display", "block");
    made.append(...part);
    return made;
  });
}

/** Two formulas in one line, with a sign between them. */
export function rowOf(left, sign, right) {
  const [row, other] = [left, right].map(formulaOf);
  const between = document.createElementNS(MATHML, "mo");
  between.textContent = sign;
  row.append(between, ...other.childNodes);
  return row;
}

function copied(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  const made = document.createElementNS(MATHML, node.localName);
  for (const { name, value } of node.attributes) if (name === "display" || name === "stretchy" || name === "mathvariant" || name === "width" || name === "columnalign" || name === "displaystyle") made.setAttribute(name, value);
  for (const child of node.childNodes) if (child.nodeType === Node.TEXT_NODE || child.namespaceURI === MATHML) made.append(copied(child));
  return made;
}

const SMALLEST = 0.72; // of the size of its letters; what is wider scrolls

const fitting = new ResizeObserver((seen) => seen.forEach(({ target }) => fit(target)));

/** A box for formulas: their letters are smaller where they would not fit. */
export function formulaBox(label, ...children) {
  const box = element("div", { class: "formula", tabindex: 0, role: "group", "aria-label": label }, ...children);
  fitting.observe(box);
  return box;
}

function fit(box) {
  const width = box.clientWidth;
  if (box.dataset.width === String(width)) return;
  box.dataset.width = width;
  const wide = [...box.children].filter((each) => each.getBoundingClientRect().width > width || each.scrollWidth > width);
  for (const each of [box, ...box.children]) each.style.fontSize = "";
  for (const each of wide) shrink(each, width / Math.max(each.scrollWidth, each.getBoundingClientRect().width));
  if (box.scrollWidth > width) shrink(box, width / box.scrollWidth);
}

const shrink = (node, share) => (node.style.fontSize = `${Math.max(SMALLEST, share - 0.01) * parseFloat(getComputedStyle(node).fontSize)}px`);
