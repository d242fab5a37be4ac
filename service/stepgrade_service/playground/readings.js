/** From the numbers that were pasted to params and points. */

import { tokensOf } from "./pasted.js";

/** The params of a step: a number, a list nested as it was written, or named tensors. */
export function paramsOf(text) {
  const read = tokensOf(text);
  const { items, names } = nested(read.tokens);
  const isNamed = names.length > 1 && names.length === items.length && new Set(names).size === names.length;
  const value = isNamed ? Object.fromEntries(names.map((name, place) => [name, items[place]])) : items.length === 1 ? items[0] : items;
  if (!items.length && !read.faults.length) read.faults.push({ offset: 0, length: 0, told: text.trim() ? "There are no numbers here." : "Paste numbers here." });
  return { ...read, value, decimals: decimalsOf(read.tokens) };
}

/** The points of a trajectory, each of so many numbers. */
export function pointsOf(text, width) {
  const read = tokensOf(text);
  const { items, names } = nested(read.tokens);
  const rows = rowsOf(items, names, read, width);
  const points = withoutCount(rows, width, read.notes);
  points.forEach((row, number) => {
    if (row.length === width) return;
    const first = read.tokens.filter(({ kind }) => kind === "number")[points.slice(0, number).reduce((sum, each) => sum + each.length, 0)];
    read.faults.push({ offset: first?.offset ?? 0, length: first?.length ?? 0, told: `Point ${number + 1} has ${row.length} ${row.length === 1 ? "number" : "numbers"}. It needs ${width}.` });
  });
  if (!points.length && !read.faults.length) read.faults.push({ offset: 0, length: 0, told: text.trim() ? "There are no numbers here." : "Paste one point per line here." });
  return { ...read, faults: read.faults.slice(0, 3), value: points, decimals: decimalsOf(read.tokens) };
}

const decimalsOf = (tokens) => Math.max(0, ...tokens.filter(({ kind }) => kind === "number").map(({ decimals }) => decimals));

/** Lists within lists, as the brackets are; and the names that stand before. */
function nested(tokens) {
  const stack = [[]];
  const names = [];
  for (const token of tokens) {
    if (token.kind === "open") stack.push([]);
    else if (token.kind === "number") stack.at(-1).push(token.value);
    else if (token.kind === "name") names.push(token.name);
    else if (token.kind === "close" && stack.length > 1) {
      const done = stack.pop();
      if (!(token.text === "}" && names.length)) stack.at(-1).push(done);
      else stack.at(-1).push(...done);
    }
  }
  return { items: stack.reduceRight((inner, outer) => [...outer, ...inner]), names };
}

function rowsOf(items, names, read, width) {
  const given = items.length === 1 && Array.isArray(items[0]) && (items[0].some(Array.isArray) || items[0].length > width) ? items[0] : items;
  const isList = given.every((each) => Array.isArray(each) && !each.some(Array.isArray));
  if (isList && names.length === width && given.length === width && given[0].length !== width) return given[0].map((_, place) => given.map((column) => column[place]));
  if (isList) return given;
  const numbers = read.tokens.filter(({ kind }) => kind === "number");
  if (given.some(Array.isArray)) return given.map((each) => [each].flat(Infinity));
  const lines = [...grouped(numbers)].map((line) => line.map(({ value }) => value));
  if (lines.length > 1 || lines[0]?.length === width || lines[0]?.length % width) return lines;
  const chunks = [];
  for (let place = 0; place < given.length; place += width) chunks.push(given.slice(place, place + width));
  if (chunks.length) read.notes.push(`The page reads this list of ${given.length} numbers as ${chunks.length} points.`);
  return chunks;
}

function grouped(numbers) {
  const lines = new Map();
  for (const number of numbers) lines.set(number.line, [...(lines.get(number.line) ?? []), number]);
  return lines.values();
}

/** Without a first column that counts the steps, and without a last one where all have one number too many. */
function withoutCount(rows, width, notes) {
  const isCounted = rows.length > 0 && rows.every((row, place) => row.length > width && row[0] === rows[0][0] + place) && Number.isInteger(rows[0][0]);
  if (!isCounted) return rows;
  const more = rows[0].length - width - 1;
  notes.push(`The page leaves out the first column, because it counts the steps.${more > 0 ? ` It uses only the ${width} columns after it.` : ""}`);
  return rows.map((row) => row.slice(1, width + 1));
}
