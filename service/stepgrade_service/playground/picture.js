/** The plot as a file of its own: every element has the look that the page's style gives it. */

import { captionOf } from "./caption.js";
import { drawn, element } from "./dom.js";

const LICENCE = "Made with Stepgrade. Free to use (MIT licence).";
const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "opacity", "font-size", "font-weight", "font-family", "paint-order"];

/** The SVG of a plot as text, with a title and the address of its view. */
export function standAlone({ svg, box }, { title, link }) {
  const copied = svg.cloneNode(true);
  const [now, then] = [svg, copied].map((root) => [root, ...root.querySelectorAll("*")]);
  now.forEach((each, number) => {
    const style = getComputedStyle(each);
    for (const name of LOOKS) then[number].setAttribute(name, inNumbers(style.getPropertyValue(name)));
    then[number].removeAttribute("style"); // it would be stronger than the attributes, and names variables that the file does not have
  });
  const { width, height } = svg.getBoundingClientRect();
  const caption = captionOf(title, LICENCE, width, height);
  const whole = height + caption.height;
  for (const [name, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${whole}`, width, height: whole })) copied.setAttribute(name, value);
  const ground = getComputedStyle(document.documentElement).backgroundColor;
  const cells = box.querySelector("canvas:not([hidden])");
  if (cells) copied.prepend(drawn("image", { href: cells.toDataURL(), width, height }));
  copied.prepend(drawn("title", {}, title), drawn("desc", {}, `${LICENCE} ${link}`), drawn("rect", { width: "100%", height: "100%", fill: ground }));
  copied.append(...startsOf(box, ground), drawn("rect", { y: height, width: "100%", height: caption.height, fill: ground }), ...caption.parts);
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
      drawn("text", { x: cx + 14, y: cy - 9, fill: ink, "font-size": 14, "font-weight": 600, "font-family": "sans-serif", stroke: ground, "stroke-width": 4, "paint-order": "stroke" }, handle.textContent),
    ];
  });
}

export async function asPng(plane, about, times = 2) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([standAlone(plane, about)], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = element("canvas", { width: times * image.width, height: times * image.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve) => canvas.toBlob(resolve));
}
