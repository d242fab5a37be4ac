/** What a reader takes away: the address, the request for curl and Python, the numbers and the picture. */

import { titleOf } from "./address.js";
import { post } from "./api.js";
import { element, find, show } from "./dom.js";
import { linkTo } from "./looks.js";
import { asPng, standAlone } from "./picture.js";
import { comparisonOf, labelsOf } from "./request.js";

export function createTakeaway(store, plane, announce) {
  const request = () => {
    const { decompose, ...rest } = comparisonOf(store.state);
    return store.state.answer?.decompose?.length === 0 ? rest : { ...rest, ...(decompose ? { decompose } : {}) }; // a split that was refused is not asked for
  };
  const said = element("output", { class: "small" });
  const say = (words) => {
    said.textContent = words;
    announce(words);
  };
  const dialog = createDialog();
  const copy = async (text, what) => {
    try {
      await navigator.clipboard.writeText(text);
      say(`${what} is copied.`);
    } catch {
      dialog(what, text); // a page without https may not write to the clipboard
    }
  };
  const button = (words, done) => element("button", { type: "button", onclick: done }, words);
  const about = () => ({ title: nameOf(store.state), link: linkTo(store.state) });
  const download = (words, ending, made, of = nameOf) => button(words, async () => {
    const name = `${fileName(of(store.state))}.${ending}`;
    try {
      save(await made(), name);
      say(`${name} is downloaded.`);
    } catch {
      say("There is nothing to download: the service did not answer this request.");
    }
  });
  const map = button("Copy the map as curl", () => copy(asCurl(JSON.parse(store.state.mapped.key), "map"), "The curl command of the map"));
  const cells = download("Download CSV of the map", "csv", () => post("map", JSON.parse(store.state.mapped.key), "text/csv"));
  const numbers = download("Download CSV", "csv", () => post("compare", request(), "text/csv"), pathsNamed);
  store.on(["map", "mapped"], (state) => {
    map.hidden = cells.hidden = !state.map || !state.mapped;
    numbers.textContent = cells.hidden ? "Download CSV" : "Download CSV of the paths";
  });
  show(
    find("take"),
    button("Copy link", () => copy(linkTo(store.state), "The link")),
    button("Copy as curl", () => copy(asCurl(request()), "The curl command")),
    map,
    button("Copy as Python", () => copy(asPython(request()), "The Python code")),
    button("Copy embed code", () => copy(asFrame(store.state), "The code for a web page")),
    cells,
    numbers,
    download("Download SVG", "svg", async () => new Blob([standAlone(plane, about())], { type: "image/svg+xml" })),
    download("Download PNG", "png", () => asPng(plane, about())),
    button("Print", () => print()),
    said,
    element("p", { class: "small" }, "You may use the pictures and the numbers freely, also in talks and books (MIT licence)."),
  );
}

/** What a file shows: the methods, the objective, and of a map its measure. */
const pathsNamed = ({ methods, objective: { name, expression, find_minima, variables, parameters, ...more } }) => {
  const parts = Object.entries({ ...more, ...parameters }).map(([each, value]) => `${each} ${value}`);
  return `${labelsOf(methods).join(", ")} on ${expression ?? name}${parts.length ? ` with ${parts.join(", ")}` : ""}`;
};
const nameOf = (state) => (state.map ? `map of ${state.map.measure.replaceAll("_", " ")}: ` : "") + pathsNamed(state);

const LONGEST = 80; // letters of the name of a file

const fileName = (words) => `stepgrade ${words}`.toLowerCase().replace(/[^a-z0-9.]+/g, "-").slice(0, LONGEST).replace(/[-.]+$/, "");

/** What cannot be copied by itself is shown, selected. */
function createDialog() {
  const field = element("textarea", { readonly: true, rows: 10, "aria-label": "Text to copy" });
  const words = element("p", {});
  const dialog = element("dialog", { "aria-labelledby": "copy-words" }, words, field, element("form", { method: "dialog" }, element("button", {}, "Close")));
  words.id = "copy-words";
  document.body.append(dialog);
  return (what, text) => {
    words.textContent = `${what}: copy it with Ctrl+C, or Cmd+C on a Mac.`;
    field.value = text;
    dialog.showModal();
    field.select();
  };
}

/** What a course page puts in to show this view. */
export function asFrame(state) {
  const escaped = (words) => words.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  const link = linkTo({ ...state, look: "embed", tour: null });
  return `<iframe src="${escaped(link)}" title="${escaped(titleOf(state))}" width="720" height="760" loading="lazy"></iframe>`;
}

/** The origin and the path of the service, without a slash at its end. */
const service = () => new URL("./", location.href).href.split("#")[0].replace(/\/$/, "");

export function asCurl(request, path = "compare") {
  const body = JSON.stringify(request, null, 1).replaceAll("'", "'\\''");
  return `curl -s ${service()}/${path} -H 'Content-Type: application/json' -d '${body}'`;
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
    "for run in comparison.runs:",
    '    print(run.label, run.start, run.points[-1], run.summary["settling_step"])',
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
