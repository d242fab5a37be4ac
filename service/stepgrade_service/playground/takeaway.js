/** What a reader takes away: the address, the request for curl and Python, the numbers and the picture. */

import { post } from "./api.js";
import { drawn, element, find, show } from "./dom.js";
import { comparisonOf } from "./request.js";

export function createTakeaway(store, plane, announce) {
  const request = () => comparisonOf(store.state);
  const copy = (text, what) => navigator.clipboard.writeText(text).then(() => announce(`${what} is copied.`), () => prompt("Copy this:", text));
  const button = (words, done) => element("button", { type: "button", onclick: done }, words);
  show(
    find("take"),
    button("Copy link", () => copy(location.href, "The link")),
    button("Copy as curl", () => copy(asCurl(request()), "The curl command")),
    button("Copy as Python", () => copy(asPython(request()), "The Python code")),
    button("Download CSV", async () => save(await post("compare", request(), "text/csv"), "stepgrade.csv")),
    button("Download SVG", () => save(new Blob([standAlone(plane.svg)], { type: "image/svg+xml" }), "stepgrade.svg")),
    button("Download PNG", async () => save(await asPng(plane.svg), "stepgrade.png")),
    button("Print", () => print()),
  );
}

/** The origin and the path of the service, without a slash at its end. */
const service = () => new URL("./", location.href).href.split("#")[0].replace(/\/$/, "");

export function asCurl(request) {
  const body = JSON.stringify(request, null, 1).replaceAll("'", "'\\''");
  return `curl -s ${service()}/compare -H 'Content-Type: application/json' -d '${body}'`;
}

export function asPython(request) {
  const { objective, optimizers, ...rest } = request;
  const more = Object.entries(rest).map(([name, value]) => `    ${name}=${python(value)},`);
  return [
    "from stepgrade import Client",
    "",
    `client = Client(${python(service())})`,
    "comparison = client.compare(",
    `    ${python(objective)},`,
    `    ${python(optimizers)},`,
    ...more,
    ")",
    "print(comparison)",
    "",
  ].join("\n");
}

function python(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${python(each)}`).join(", ")}}`;
  return JSON.stringify(value);
}

function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "opacity", "font-size", "font-weight", "font-family", "paint-order"];

/** The plot as a file of its own: every element has the look that the page's style gives it. */
export function standAlone(svg) {
  const copied = svg.cloneNode(true);
  const [now, then] = [svg, copied].map((root) => [root, ...root.querySelectorAll("*")]);
  now.forEach((each, number) => {
    const style = getComputedStyle(each);
    for (const name of LOOKS) then[number].setAttribute(name, style.getPropertyValue(name));
  });
  const { width, height } = svg.getBoundingClientRect();
  copied.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copied.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copied.setAttribute("width", width);
  copied.setAttribute("height", height);
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ width: "100%", height: "100%", fill: getComputedStyle(document.body.parentElement).backgroundColor })) ground.setAttribute(name, value);
  const cells = svg.parentElement?.querySelector("canvas:not([hidden])");
  if (cells) copied.prepend(drawn("image", { href: cells.toDataURL(), width, height }));
  copied.prepend(ground);
  return new XMLSerializer().serializeToString(copied);
}

async function asPng(svg, times = 2) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([standAlone(svg)], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = element("canvas", { width: times * image.width, height: times * image.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve) => canvas.toBlob(resolve));
}
