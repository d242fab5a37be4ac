/** The plot as a file of its own: every element has the look that the page's style gives it. */

import { drawn, element } from "./dom.js";

const LICENCE = "Made with Stepgrade. Free to use (MIT licence).";
const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "opacity", "font-size", "font-weight", "font-family", "paint-order"];

/** The SVG of a plot as text; `link` is the address of its view. */
export function standAlone({ svg, box }, link) {
  const copied = svg.cloneNode(true);
  const [now, then] = [svg, copied].map((root) => [root, ...root.querySelectorAll("*")]);
  now.forEach((each, number) => {
    const style = getComputedStyle(each);
    for (const name of LOOKS) then[number].setAttribute(name, inNumbers(style.getPropertyValue(name)));
  });
  const { width, height } = svg.getBoundingClientRect();
  for (const [name, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height}`, width, height })) copied.setAttribute(name, value);
  const ground = getComputedStyle(document.documentElement).backgroundColor;
  const cells = box.querySelector("canvas:not([hidden])");
  if (cells) copied.prepend(drawn("image", { href: cells.toDataURL(), width, height }));
  copied.prepend(drawn("desc", {}, `${LICENCE} ${link}`), drawn("rect", { width: "100%", height: "100%", fill: ground }));
  copied.append(...startsOf(box, ground));
  return new XMLSerializer().serializeToString(copied);
}

/** A colour as every program reads it: a browser gives a mixed one as color(srgb 0.5 0.5 0.5). */
const inNumbers = (value) =>
  value.replace(/color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)\)/, (_, ...parts) => `rgb(${parts.slice(0, 3).map((part) => Math.round(255 * Number(part))).join(", ")})`);

/** The rings of the starts, which are buttons over the plot. */
function startsOf(box, ground) {
  const { left, top } = box.getBoundingClientRect();
  const ink = getComputedStyle(document.documentElement).color;
  return [...box.querySelectorAll(".handle:not([hidden])")].flatMap((handle) => {
    const at = handle.getBoundingClientRect();
    const [cx, cy] = [at.left - left + at.width / 2, at.top - top + at.height / 2];
    return [
      drawn("circle", { cx, cy, r: 7.5, fill: ground, stroke: ink, "stroke-width": 3 }),
      drawn("text", { x: cx + 14, y: cy - 9, fill: ink, "font-size": 14, "font-weight": 600, "font-family": "sans-serif" }, handle.textContent),
    ];
  });
}

export async function asPng(plane, link, times = 2) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([standAlone(plane, link)], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = element("canvas", { width: times * image.width, height: times * image.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve) => canvas.toBlob(resolve));
}
