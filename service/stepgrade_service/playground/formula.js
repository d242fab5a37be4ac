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

/** A formula as its parts, which may stand on lines of their own: it is cut where it has a wide space, and where a text begins with ";". */
export function partsOf(text) {
  const whole = formulaOf(text);
  const row = whole.firstElementChild;
  if (!row) return [whole];
  const parts = [[]];
  for (const child of [...row.children]) {
    const isNext = child.localName === "mtext" && child.textContent.startsWith(";");
    if (isNext) child.textContent = child.textContent.replace(/^;\s*/, "");
    if (isNext || isWide(child)) parts.push([]);
    if (!isWide(child)) parts.at(-1).push(child);
  }
  return parts.filter((part) => part.length).map((part) => {
    const made = document.createElementNS(MATHML, "math");
    made.setAttribute("display", "block");
    made.append(...part);
    return made;
  });
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
  const width = String(box.clientWidth);
  if (box.dataset.width === width) return;
  box.dataset.width = width;
  box.style.fontSize = "";
  if (box.scrollWidth > box.clientWidth) box.style.fontSize = `${Math.max(SMALLEST, box.clientWidth / box.scrollWidth - 0.01) * parseFloat(getComputedStyle(box).fontSize)}px`;
}
