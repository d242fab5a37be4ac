/** Formulas, as the service writes them: MathML, of which nothing else is taken over. */

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** The one place of the page where a text becomes a tree. It is read as XML, and what is not MathML is left out. */
const policy = globalThis.trustedTypes?.createPolicy("mathml", { createHTML: (text) => text }) ?? { createHTML: (text) => text };

export function formulaOf(text) {
  const read = new DOMParser().parseFromString(policy.createHTML(text), "application/xml").documentElement;
  return read.namespaceURI === MATHML && read.localName === "math" ? copied(read) : document.createTextNode("");
}

/** A formula as its parts, which may stand on lines of their own: it is cut where it has a wide space. */
export function partsOf(text) {
  const whole = formulaOf(text);
  const row = whole.firstElementChild;
  if (!row) return [whole];
  const parts = [[]];
  for (const child of [...row.children]) {
    if (child.localName === "mspace" && child.getAttribute("width") === "1em") parts.push([]);
    else parts.at(-1).push(child);
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
