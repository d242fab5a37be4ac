/** What stands in the panel that checks numbers, in the address and back. */

import { oneOf, text, word } from "./address_values.js";

const LONGEST = 1000; // letters; more do not stand in the address

/** The part of the address, or null where nothing is written there or it is long. */
export function checkPart({ kind, method, hints, slots, ...texts }) {
  const given = { ...texts, ...Object.fromEntries(Object.entries(slots ?? {}).map(([name, value]) => [`slot.${name}`, value])) };
  const members = Object.entries(given).filter(([, value]) => value);
  if (!members.length && !method) return null;
  if (method) members.unshift(["method", JSON.stringify({ name: method.name, convention: method.convention, settings: method.settings })]);
  if (hints !== 3) members.unshift(["hints", hints]);
  const part = [kind, ...members.map(([name, value]) => `${text(name)}=${text(value)}`)].join(";");
  return part.length <= LONGEST ? part : null;
}

export function checkFrom(value) {
  const [kind, ...members] = value.split(";");
  const check = { kind: oneOf(kind, ["step", "points"]), method: null, hints: 3, slots: {} };
  for (const member of members) {
    const cut = member.indexOf("=");
    const [name, given] = [word(member.slice(0, cut)), word(member.slice(cut + 1))];
    if (name.startsWith("slot.")) check.slots[name.slice(5)] = given;
    else if (name === "hints") check.hints = Number(oneOf(given, ["0", "1", "2", "3"]));
    else if (name === "method") check.method = methodFrom(given);
    else check[oneOf(name, ["params", "gradient", "got", "points", "number"])] = given;
  }
  return check;
}

function methodFrom(given) {
  const { name, convention = null, settings = {} } = JSON.parse(given);
  if (typeof name !== "string" || typeof settings !== "object" || settings === null) throw new Error("expected the name and the settings of an optimizer");
  return { name, convention, settings };
}
