/** Formulas, as the service writes them: MathML, of which nothing else is taken over. */

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** The one place of the page where a text becomes a tree. It is read as XML, and what is not MathML is left out. */
const policy = globalThis.trustedTypes?.createPolicy("mathml", { createHTML: (text) => text }) ?? { createHTML: (text) => text };

export function formulaOf(text) {
  const read = new DOMParser().parseFromString(policy.createHTML(text), "application/xml").documentElement;
  return read.namespaceURI === MATHML && read.localName === "math" ? copied(read) : document.createTextNode("");
}

function copied(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  const made = document.createElementNS(MATHML, node.localName);
  for (const { name, value } of node.attributes) if (name === "display" || name === "stretchy" || name === "mathvariant") made.setAttribute(name, value);
  for (const child of node.childNodes) if (child.nodeType === Node.TEXT_NODE || child.namespaceURI === MATHML) made.append(copied(child));
  return made;
}
