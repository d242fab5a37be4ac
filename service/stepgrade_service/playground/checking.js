/** The panel where a student's numbers are checked. They are sent to this service, and nowhere else. */

import { Gone, Problem } from "./api.js";
import { checked, mistaken } from "./checker.js";
import { checkedMethod, checkOf } from "./checkrequest.js";
import { createCheckForm } from "./checkform.js";
import { element, find, show } from "./dom.js";
import { drawFinding, shortened } from "./finding.js";
import { sentence } from "./format.js";
import { labelsOf } from "./request.js";

/** What each example starts from; it is of the optimizer that is chosen. */
const EXAMPLE = { params: [1, 2], gradient: [0.5, -4], steps: 8 };

const NOT_YET = "Your numbers are not checked yet. Correct each field that has a message below it. Then press Check again.";

const SEEN = 160; // pixels of a result that must be in sight

/** What a result depends on: the kind, how much it tells, and the rest. */
function asOf(state) {
  const { kind, hints, ...texts } = state.check;
  const run = kind === "points" ? [state.objective, state.starts[state.chosen], state.schedule] : [];
  return { kind, hints, key: JSON.stringify([texts, checkedMethod(state), ...run]) };
}

export function createChecking(store, loadPage) {
  const result = element("div", { class: "result", role: "region", "aria-live": "polite", "aria-label": "Result of the check" });
  const set = (changes) => store.set({ check: { ...store.state.check, ...changes } });
  const form = createCheckForm({ store, set, loadPage, onCheck: check, onExample: example });
  show(find("check"), form.box, result);
  find("to-check").addEventListener("click", () => {
    find("checking").scrollIntoView();
    form.focus();
  });
  const old = element("p", { class: "notice" }, "This result is for the numbers before your change.", element("button", { type: "button", onclick: check }, "Check again"));
  let [asked, examples] = [0, 0];
  let shownOf = null; // what the result is of

  /** A result of other numbers says so, one of another kind is gone, and how much it tells may change at once. */
  store.on(["check", "methods", "objective", "starts", "chosen", "schedule"], (state) => {
    if (!shownOf) return;
    const { kind, hints, key } = asOf(state);
    if (kind !== shownOf.kind) {
      shownOf = null;
      show(result);
    } else if (key !== shownOf.key) result.prepend(old);
    else if (hints !== shownOf.hints) check();
    else old.remove();
  });

  /** Show a result where the reader sees it; where a field is wrong, that is what has to be in sight. */
  function tell(...parts) {
    show(result, ...parts);
    const { top, height } = result.getBoundingClientRect();
    if (top < 0 || top + Math.min(height, SEEN) > innerHeight) result.scrollIntoView();
  }

  async function check() {
    const request = checkOf(store.state);
    shownOf = asOf(store.state);
    form.tell(request.faults, store.state.check);
    if (Object.keys(request.faults).length) return show(result, element("p", {}, NOT_YET), ...request.notes.map((note) => element("p", { class: "small" }, note)));
    const number = (asked += 1);
    try {
      const { hints } = store.state.check;
      const found = await checked(request, hints);
      if (number !== asked) return;
      tell(...drawFinding(found, request, hints, store.state.facts?.variables, fillIn));
      store.set({ submitted: request.shown ? { points: request.shown, right: found.right } : null });
    } catch (error) {
      if (number === asked) refuse(error);
    }
  }

  /** Put the first step of a probe into the form: what the student's code makes of it is to be pasted. */
  function fillIn(probe) {
    const { optimizer, start, gradients, state } = shortened(probe);
    const { t, ...slots } = state ?? { t: 0 };
    const method = checkedMethod(store.state);
    const written = Object.fromEntries(Object.entries(slots).map(([name, value]) => [name, list(value)]));
    set({ kind: "step", params: list(start), gradient: list(gradients[0]), got: "", number: t ? String(t + 1) : "", slots: written, method: { ...method, settings: { ...method.settings, lr: optimizer.lr } } });
    form.fill(store.state);
    tell(element("p", {}, `Run one step of your code from these numbers, with learning rate ${optimizer.lr}${t ? ` and the state before step ${t + 1}` : ""}. Paste your params after it, and check again.`));
  }

  /** A request that the service refuses: each fault at its field, or here. */
  function refuse(error) {
    if (error instanceof Gone) return tell( element("p", { class: "fault" }, "The service does not answer. If it is your service, is it running?"));
    if (!(error instanceof Problem)) throw error;
    const faults = {};
    const here = [];
    for (const { pointer, detail } of error.document.errors?.length ? error.document.errors : [{ pointer: "", detail: error.document.detail }]) {
      const field = fieldOf(pointer);
      if (field) (faults[field] ??= []).push({ told: sentence(detail) });
      else here.push(sentence(detail));
    }
    form.tell(faults, store.state.check);
    const put = Object.keys(faults).length ? (part) => show(result, part) : tell;
    put(element("p", { class: "fault" }, here.join(" ") || NOT_YET));
  }

  async function example() {
    const { state } = store;
    const method = checkedMethod(state);
    if (!method) return check();
    const optimizer = { name: method.name, ...(method.convention ? { convention: method.convention } : {}), ...method.settings };
    const { params, gradient, steps } = EXAMPLE;
    const start = state.starts[state.chosen];
    const isStep = state.check.kind === "step";
    const reference = isStep ? { optimizer, params, gradient } : { optimizer, objective: state.objective, start, steps, ...(state.schedule ? { schedule: state.schedule } : {}) };
    try {
      const wrong = await mistaken(reference, examples);
      examples += 1;
      if (!wrong) return tell(element("p", {}, `The service has no example of a mistake for ${labelsOf([method])[0]} here.`));
      if (isStep) set({ params: list(params), gradient: list(gradient), got: list(wrong), number: "", slots: {} });
      else set({ points: wrong.map((point) => point.join("  ")).join("\n") });
      form.fill(store.state);
      await check();
    } catch (error) {
      refuse(error);
    }
  }
}

const list = (numbers) => JSON.stringify(numbers).replaceAll(",", ", ");

/** The field of the panel that a pointer of the service means. */
function fieldOf(pointer) {
  const [, part, name, slot] = pointer.split("/");
  if (part === "submission") return name === "points" ? "points" : "got";
  if (part !== "reference") return null;
  if (name === "state") return slot && slot !== "t" ? slot : "number";
  return { params: "params", gradient: "gradient", optimizer: "method" }[name] ?? null;
}
