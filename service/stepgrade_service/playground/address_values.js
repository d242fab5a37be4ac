/** The values in an address: words, numbers, and members such as lr=0.1. What is not right is told by an error. */

export const text = (value) => encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%2C", ",").replaceAll("%2F", "/");

/** A member's value: a text that would be read as something else stands in quotes. */
export function member(value) {
  if (typeof value === "string") return text(isItself(value) ? value : JSON.stringify(value));
  return text(typeof value === "object" ? JSON.stringify(value) : value);
}

function isItself(value) {
  try {
    return valueOf(value) === value;
  } catch {
    return false;
  }
}

export function word(value) {
  try {
    return decodeURIComponent(value.replaceAll("+", "%20"));
  } catch {
    throw new Error("a % must be followed by two digits of a letter's code");
  }
}

/** A name and its members: "adam;lr=0.1;beta1=0.9". */
export function pairs(value) {
  const [name, ...members] = value.split(";");
  return [word(name), Object.fromEntries(members.filter(Boolean).map((each) => {
    const [key, ...rest] = each.split("=");
    return [word(key), key === "f" ? word(rest.join("=")) : valueOf(word(rest.join("=")))];
  }))];
}

/** A number, true or false, a list; any other text as it is. */
function valueOf(value) {
  if (/^[-+]?\.?\d/.test(value) && Number.isFinite(Number(value))) return Number(value); // also .5 and +1, which are no JSON
  let found;
  try {
    found = JSON.parse(value);
  } catch {
    return value;
  }
  if (!isFinite(found)) throw new Error(`${value.slice(0, 40)} is not a finite number`);
  return found;

  function isFinite(each) {
    if (typeof each === "number") return Number.isFinite(each);
    return each === null || typeof each !== "object" || Object.values(each).every(isFinite);
  }
}

export function numbers(value, count) {
  const found = value.split(",").map((each) => (each.trim() ? Number(each) : NaN));
  if (found.length !== count || !found.every(Number.isFinite)) throw new Error(`expected ${count} numbers with commas between them`);
  return found;
}

export function whole(value) {
  const number = String(value).trim() ? Number(value) : NaN;
  if (!Number.isInteger(number) || number < 0) throw new Error("expected a whole number of at least 0");
  return number;
}

export function numberIn(value, least, most) {
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most) throw new Error(`expected a whole number from ${least} to ${most}`);
  return number;
}

export function oneOf(value, known) {
  if (!known.includes(value)) throw new Error(`expected one of ${known.join(", ")}`);
  return value;
}
