/** Numbers as people paste them: NumPy's print, lists of Python, one point per line. What cannot be read is told with its place. */

const SIGN = "[-+−]?";
const WHOLE = String.raw`${SIGN}(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE]${SIGN}\d+)?`;
const WITH_COMMA = String.raw`${SIGN}(?:\d[\d_]*(?:[.,]\d*)?|\.\d+)(?:[eE]${SIGN}\d+)?`;
const SKIPPED = [
  /[^\S\n]+/y,
  /(?:dtype|device|requires_grad|grad_fn|shape|numpy)\s*=\s*(?:<[^>]*>|'[^']*'|"[^"]*"|\([^)]*\)|[\w.]+)/y,
];
const WRAPPER = /(?:(?:np|numpy|torch|tf|jnp|jax\.numpy)\.)?(?:array|Array|tensor|Tensor|asarray|Variable|Parameter)\s*\(/y;
const SCALAR = new RegExp(String.raw`(?:(?:np|numpy|torch|jnp)\.)?(?:float|int|double)\d*\(\s*(${WHOLE})\s*\)`, "y");
const COUNTED = /(?:step|iteration|iter|epoch|point|it)[^\S\n]*[#=]?[^\S\n]*\d+[^\S\n]*[:,|]?/iy;
const NAMED = /(?:(['"])([^'"\n]+)\1|([^\W\d][\w.]*))\s*[:=]/uy;
const NOT_FINITE = new RegExp(String.raw`${SIGN}(?:nan|inf(?:inity)?)(?![\w])`, "iy");
const WORD = /[^\W\d][\w.]*/uy;
const CLOSES = { "[": "]", "(": ")", "{": "}" };

/** What a text holds: `tokens`, what is wrong at which place (`faults`), and how what is not certain was read (`notes`). */
export function tokensOf(text) {
  const hasComma = hasDecimalComma(text);
  const number = new RegExp(hasComma.isDecimal ? WITH_COMMA : WHOLE, "y");
  const [tokens, faults, open] = [[], [], []];
  const at = (pattern, place) => {
    pattern.lastIndex = place;
    return pattern.exec(text);
  };
  const fault = (offset, length, told) => faults.push({ offset, length, told });
  const add = (kind, found, offset, more = {}) => tokens.push({ kind, offset, length: found.length, text: found, ...more });
  let place = 0;
  let isNewLine = true;
  while (place < text.length) {
    const letter = text[place];
    let found = SKIPPED.map((pattern) => at(pattern, place)).find(Boolean);
    if (found) {
      place += found[0].length;
      continue;
    }
    if ((found = at(WRAPPER, place))) open.push({ close: ")", isHidden: true, offset: place });
    else if (isNewLine && (found = at(COUNTED, place))) add("count", found[0], place);
    else if ((found = at(SCALAR, place))) add("number", found[0], place, numberOf(found[1]));
    else if ((found = at(NAMED, place))) add("name", found[0], place, { name: found[2] ?? found[3] });
    else if ((found = at(NOT_FINITE, place))) add("number", found[0], place, { value: null, decimals: 0 });
    else if ((found = at(number, place))) add("number", found[0], place, numberOf(found[0]));
    else if ((found = at(WORD, place))) add("word", found[0], place);
    else if (letter === "\n") add("line", letter, place);
    else if (letter in CLOSES) {
      open.push({ close: CLOSES[letter], offset: place });
      add("open", letter, place);
    } else if ("])}".includes(letter)) {
      const last = open.pop();
      if (last?.close !== letter) fault(place, 1, last ? `Here ${last.close} is expected.` : `No bracket is open here, so ${letter} closes nothing.`);
      if (!last?.isHidden) add("close", letter, place);
    } else if (text.startsWith("...", place) || letter === "…") {
      fault(place, letter === "…" ? 1 : 3, "Numbers are left out here. Print all of them.");
      found = [letter === "…" ? letter : "..."];
    } else if (!",;|".includes(letter)) fault(place, 1, `${letter} cannot be read as a number.`);
    isNewLine = letter === "\n";
    place += found?.[0].length || 1;
  }
  if (open.length) fault(open.at(-1).offset, 1, "This bracket is not closed.");
  return { tokens: withoutHeads(tokens, fault), faults, notes: hasComma.note ? [hasComma.note] : [] };
}

/** A number that was written, and how many decimals it has. */
function numberOf(written) {
  const plain = written.replaceAll("−", "-").replaceAll("_", "").replace(",", ".");
  const [mantissa, power = "0"] = plain.toLowerCase().split("e");
  return { value: Number(plain), decimals: (mantissa.split(".")[1] ?? "").length - Number(power) };
}

/** Lines of words before the numbers are a head; a word beside numbers or after them is a fault. */
function withoutHeads(tokens, fault) {
  const lines = [[]];
  for (const token of tokens) token.kind === "line" ? lines.push([]) : lines.at(-1).push(token);
  let hasNumbers = false;
  return lines.flatMap((line, number) => {
    hasNumbers ||= line.some(({ kind }) => kind === "number");
    if (hasNumbers) for (const { offset, length, text } of line.filter(({ kind }) => kind === "word")) fault(offset, length, `${text} cannot be read as a number.`);
    const kept = line.filter(({ kind }) => kind !== "word" && kind !== "count").map((token) => ({ ...token, line: number }));
    return hasNumbers || kept.some(({ kind }) => kind !== "name") ? kept : line.some(({ kind }) => kind === "name") ? kept : [];
  });
}

/** Whether commas between digits are decimal signs; with a note where it is not certain. */
function hasDecimalComma(text) {
  const pairs = text.match(/\d+,\d+/g) ?? [];
  if (!pairs.length || /\d\.\d|\.\d|\d\.(?!\d)/.test(text) || /,\s/.test(text) || /\d,\d+,\d/.test(text)) return { isDecimal: false };
  const isTable = text.split("\n").some((line) => (line.match(/\d+,\d+/g) ?? []).length > 1);
  const [first, second] = pairs[0].split(",");
  if (isTable || pairs.some((pair) => pair.split(",")[1].length > 2)) return { isDecimal: true, note: `The comma was read as the decimal sign: ${pairs[0]} is ${first}.${second}.` };
  return { isDecimal: false, note: `${pairs[0]} was read as two numbers, ${first} and ${second}. If the comma is your decimal sign, write ${first}.${second}.` };
}
