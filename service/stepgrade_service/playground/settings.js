/** An optimizer's own fields: which it is, its convention, and its settings, as the catalogue tells them. */

import { element } from "./dom.js";
import { checkField, choiceField, numberField, textField } from "./field.js";

const OTHER_NAMES = { descent: ["gd", "momentum", "nesterov"] }; // names of sgd that stand in no list
const FACTOR = 0.5; // a usual learning rate from here on is a factor, and not a rate to choose
const FIRST_RATE = 0.1;

/** A list of all optimizers, in the groups of the catalogue. */
export function optimizerField({ catalogue, value, onChange, label = "Method", isPlain = true, more = [] }) {
  const groups = (catalogue.kinds ?? []).map(({ name, title }) => [title, [...(OTHER_NAMES[name] ?? []), ...catalogue.optimizers.filter(({ kind }) => kind === name).map((each) => each.name)].map((each) => [each, each])]);
  const isKnown = groups.some(([, names]) => names.some(([each]) => each === value)) || more.some(([each]) => each === value);
  return choiceField({ label, value, choices: [...(isKnown ? [] : [[value, value]]), ...more, ...groups], isPlain, key: "name", onChange });
}

/** An optimizer of another name: its rate is kept where a rate is to be chosen. */
export async function renamed(method, name, loadPage) {
  const page = await loadPage(name);
  const rate = page?.hyperparameters.find((each) => each.name === "lr");
  const usual = rate?.defaults[page.default_convention];
  const isChosen = !page || (rate && (usual === null || usual < FACTOR));
  return { name, convention: null, settings: isChosen ? { lr: method.settings.lr ?? FIRST_RATE } : {} };
}

/**
 * The fields that are shown at once, and the rest, each with its meaning. `now()` is the method as it is when a field changes, and
 * `set(changes)` changes it.
 */
export function settingFields({ method, page, wrappers, now, set: put }) {
  const set = ({ setting, ...changes }) => put(setting ? { settings: changed(now(), ...setting) } : changes);
  if (!page) return { first: Object.entries(method.settings).map(([name, value]) => oddField(name, value, set)), rest: [], around: [] };
  const convention = page.conventions.find((each) => each.name === (method.convention ?? page.default_convention)) ?? page.conventions[0];
  const ofName = convention.names?.[method.name] ?? {}; // momentum is sgd with a momentum of 0.9
  const usualOf = (each) => ofName[each.name] ?? (each.defaults ? each.defaults[convention.name] : each.default);
  const needed = (name) => convention.required.includes(name);
  const made = (each, isTold) => fieldOf(each, usualOf(each), needed(each.name), method, set, isTold);
  const isFirst = ({ name }) => name === "lr" || needed(name) || name in method.settings;
  const known = new Set([...page.hyperparameters, ...wrappers].map(({ name }) => name));
  const odd = Object.entries(method.settings).filter(([name]) => !known.has(name)).map(([name, value]) => oddField(name, value, set));
  return {
    first: [...page.hyperparameters.filter(isFirst).map((each) => made(each, false)), ...wrappers.filter(({ name }) => name in method.settings).map((each) => made(each, false)), ...odd, conventionField(method, page, convention, set)],
    rest: page.hyperparameters.filter((each) => !isFirst(each)).map((each) => made(each, true)),
    around: wrappers.filter(({ name }) => !(name in method.settings)).map((each) => made(each, true)),
  };
}

function conventionField(method, page, convention, set) {
  if (page.conventions.length < 2) return null;
  const choices = page.conventions.map(({ name }) => [name, name]);
  return choiceField({ label: "convention", value: convention.name, choices, key: "convention", title: "Whose formula and defaults", onChange: (to) => set({ convention: to }) });
}

function fieldOf(each, usual, isNeeded, method, set, isTold) {
  const { name } = each;
  const onChange = (to) => set({ setting: [name, to] });
  const value = method.settings[name];
  const title = [each.meaning, each.range?.replace(" and at most 1e+300", "")].filter(Boolean).join("; ");
  const field = each.type === "switch"
    ? switchField(each, value, usual, title, onChange)
    : numberField({ label: name, value: typeof value === "object" ? JSON.stringify(value) : value, placeholder: usual === null || usual === undefined ? (isNeeded ? null : "none") : String(usual), onChange, title, key: name, ...stepsOf(each, usual) });
  return isTold ? element("div", { class: "setting" }, field, element("p", { class: "small" }, title)) : field;
}

/** Rates and small numbers go by factors, shares by hundredths, counts by ones. */
function stepsOf(each, usual) {
  if (each.range?.includes("whole number")) return { by: 1 };
  if (/(^|_)(lr|eps|decay|rate)($|_)/.test(each.name) && !(usual >= 0.1 && usual < 1 && each.name !== "lr")) return { isLog: true };
  return usual > 0 && usual < 1 ? { by: 0.01 } : {};
}

function switchField(each, value, usual, title, onChange) {
  const now = value ?? usual;
  if (each.choices.every((choice) => typeof choice === "boolean")) return checkField({ label: each.name, value: now === true, title, key: each.name, onChange: (to) => onChange(to === usual ? null : to) });
  const choices = each.choices.map((choice) => [String(choice), String(choice)]);
  return choiceField({ label: each.name, value: String(now), choices, title, key: each.name, onChange: (to) => {
    const chosen = each.choices.find((choice) => String(choice) === to);
    onChange(chosen === usual ? null : chosen);
  } });
}

/** A setting under a name that the catalogue's page does not list, such as a framework's own: as it is written. */
function oddField(name, value, set) {
  return textField({ label: name, value: typeof value === "string" ? value : JSON.stringify(value), key: name, onChange: (to) => set({ setting: [name, to.trim() === "" ? null : read(to)] }) });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function changed(method, name, to) {
  const settings = { ...method.settings };
  if (to === null) delete settings[name];
  else settings[name] = to;
  return settings;
}
