/** Numbers as people paste them: NumPy's print, lists of Python, one point per line. What cannot be read is told with its place. */

const MINUS = "−–—‐‑-"; // text programs and PDF files have other dashes
const SIGN = `[+${MINUS}]?`;
const WHOLE = String.raw`${SIGN}(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE]${SIGN}\d+)?`;
const WITH_COMMA = String.raw`${SIGN}(?:\d[\d_]*(?:[.,]\d*)?|\.\d+)(?:[eE]${SIGN}\d+)?`;
const SKIPPED = [
  /[^\S\n]+/y,
  /\$|&|\\(?:begin|end)\{\w+\*?\}|\\(?:left|right)(?![a-z])|\\[\\()[\],;:! ]/y, // LaTeX
  /(?:\^\{?\\?(?:top|T)\}?|(?<=\])(?:'|\.T))(?!\w)/y, // transposed
  /(?:dtype|device|requires_grad|grad_fn|shape|numpy)\s*=\s*(?:<[^>]*>|'[^']*'|"[^"]*"|\([^)]*\)|[\w.]+)/y,
];
const WRAPPER = /(?:(?:np|numpy|torch|tf|jnp|jax\.numpy)\.)?(?:array|Array|tensor|Tensor|asarray|Variable|Parameter)\s*\(/y;
const SCALAR = new RegExp(String.raw`(?:(?:np|numpy|torch|jnp)\.)?(?:float|int|double)\d*\(\s*(${WHOLE})\s*\)`, "y");
const COUNTED = /(?:step|iteration|iter|epoch|point|it)[^\S\n]*[#=]?[^\S\n]*\d+[^\S\n]*[:,|]?|\d+[^\S\n]*:/iy;
const NAMED = /(?:(['"])([^'"\n]+)\1|([^\W\d][\w.]*))\s*[:=]/uy;
const NOT_FINITE = new RegExp(String.raw`${SIGN}(?:nan|inf(?:inity)?)(?![\w])`, "iy");
const WORD = /[^\W\d][\w.]*/uy;
const CALCULATED = "/*×·^½¼¾";
const NO_CALCULATION = "The page does not calculate. Write each number as a decimal number, such as 0.5 or 2e-3.";
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
    else if ((found = at(number, place))) {
      const read = numberOf(found[0]);
      if (!Number.isFinite(read.value)) fault(place, found[0].length, `${found[0]} is too large. The largest number here is about 1.8e308.`);
      add("number", found[0], place, read);
    }
    else if ((found = at(WORD, place))) add("word", found[0], place);
    else if (letter === "\n") add("line", letter, place);
    else if (letter in CLOSES) {
      open.push({ close: CLOSES[letter], offset: place });
      add("open", letter, place);
    } else if ("])}".includes(letter)) {
      const last = open.pop();
      if (last?.close !== letter) fault(place, 1, last ? `Expected ${last.close} here.` : `There is no opening bracket for this ${letter}.`);
      if (!last?.isHidden) add("close", letter, place);
    } else if (text.startsWith("...", place) || letter === "…") {
      fault(place, letter === "…" ? 1 : 3, "Some numbers are missing here. Print all of them.");
      found = [letter === "…" ? letter : "..."];
    } else if (!",;|".includes(letter)) fault(place, 1, CALCULATED.includes(letter) ? NO_CALCULATION : `${letter} cannot be read as a number.`);
    isNewLine = letter === "\n";
    place += found?.[0].length || 1;
  }
  if (open.length) fault(open.at(-1).offset, 1, "This bracket is not closed.");
  return { tokens: withoutHeads(tokens, fault), faults, notes: hasComma.note ? [hasComma.note] : [] };
}

/** A number that was written, and how many decimals it has. */
function numberOf(written) {
  const plain = written.replace(new RegExp(`[${MINUS}]`, "g"), "-").replaceAll("_", "").replace(",", ".");
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

const PAIR = /\d+,\d+/g;
const IS_LIST = [/\d\.\d|\.\d|\d\.(?!\d)/, /\d,\d+,\d/, new RegExp(String.raw`[[(]\s*${SIGN}\d+,${SIGN}\d+\s*[\])]`)]; // a decimal point, three in a row, a pair in brackets
const OTHER_COMMA = new RegExp(String.raw`\d,[ \t]+${SIGN}\d`);

/** Whether commas between digits are decimal signs; with a note where it is not certain. */
function hasDecimalComma(text) {
  const pairs = text.match(PAIR) ?? [];
  if (!pairs.length || IS_LIST.some((pattern) => pattern.test(text))) return { isDecimal: false };
  const isSeparatedOtherwise = text.includes(";") || (OTHER_COMMA.test(text) && !/[[(]/.test(text));
  const isTable = text.split("\n").some((line) => (line.match(PAIR) ?? []).length > 1);
  const [first, second] = pairs[0].split(",");
  const isFraction = pairs.some((pair) => /,(?:0\d|\d{3})/.test(pair));
  if (isSeparatedOtherwise || (isTable && !OTHER_COMMA.test(text)) || isFraction) return { isDecimal: true, note: `The page reads the comma as a decimal point: ${pairs[0]} is ${first}.${second}.` };
  return { isDecimal: false, note: `The page reads ${pairs[0]} as two numbers: ${first} and ${second}. If you mean ${first}.${second}, write a point in place of the comma.` };
}
