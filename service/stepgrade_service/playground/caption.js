/** What stands under a plot that is a file of its own: what is drawn, which method has which mark, and what the colours of the map say. */

import { drawn, find } from "./dom.js";

const [EDGE, INDENT, LINE, SIZE] = [12, 64, 22, 13];
const LETTER = 0.56; // of the size of the type, about, is a letter across
const TEXT = { "font-family": "sans-serif", "font-size": SIZE };

/** The lines of a caption below a plot so many pixels wide and high, and how high they are; they are as the page shows them now. */
export function captionOf(title, licence, width, height) {
  const style = getComputedStyle(document.documentElement);
  const [ink, muted] = ["--ink", "--muted"].map((name) => style.getPropertyValue(name).trim());
  const [map, keys] = [find("map"), [...find("who").children]];
  const entries = [
    { words: `${title}, ${find("player").querySelector("output").textContent}`, fill: ink, weight: 700 },
    ...keys.map((key) => ({ words: key.textContent, fill: ink, sign: signOf(key) })),
    ...(map.hidden ? [] : [...map.querySelectorAll("p:has(+ .legend), .legend li, .shades")].map((each) => ({ words: each.textContent.replace(" Click one to start there.", ""), fill: ink, sign: swatchOf(each) }))),
    { words: licence, fill: muted },
  ];
  const parts = [];
  let y = height + LINE;
  for (const { words, fill, sign, weight } of entries) {
    const x = sign ? INDENT : EDGE;
    if (sign) parts.push(sign(EDGE, y));
    for (const line of linesOf(words, (width - x - EDGE) / (LETTER * SIZE))) {
      parts.push(drawn("text", { x, y, fill, "font-weight": weight, ...TEXT }, line));
      y += LINE;
    }
  }
  return { parts, height: y - height };
}

/** The mark of a method. */
function signOf(key) {
  const mark = key.querySelector("path");
  return mark && ((x, y) => drawn("path", { d: mark.getAttribute("d"), fill: getComputedStyle(key).getPropertyValue("--run").trim(), transform: `translate(${x + 21} ${y - 5})` }));
}

/** The colours and the pattern of a kind of cell. */
function swatchOf(entry) {
  const swatch = entry.querySelector("canvas");
  return swatch && ((x, y) => drawn("image", { href: swatch.toDataURL(), x, y: y - 14, width: swatch.width, height: swatch.height }));
}

/** Words in lines of at most so many letters. */
function linesOf(words, most) {
  const lines = [""];
  for (const word of words.split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + word.length >= most) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
  }
  return lines;
}
