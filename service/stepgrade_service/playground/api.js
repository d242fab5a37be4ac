/** Questions to the service. It stands where the page does. */

/** An answer that is a problem: its document tells every fault. */
export class Problem extends Error {
  constructor(document) {
    super(document.detail);
    this.document = document;
  }
}

/** No answer at all. */
export class Gone extends Error {}

const PATIENCE = 3; // times that a busy service is asked again
const LONGEST = 60; // seconds between two of them

/** Hears "busy" with the seconds until it is asked again, and 0 when it has answered. */
export const service = new EventTarget();

const tellBusy = (seconds) => service.dispatchEvent(new CustomEvent("busy", { detail: seconds }));

export const get = (path) => ask(path, {});

export function post(path, document, accept = "application/json", signal = null) {
  const headers = { "Content-Type": "application/json", Accept: accept };
  return ask(path, { method: "POST", headers, body: JSON.stringify(document), signal });
}

async function ask(path, options, tries = 0) {
  const answer = await fetched(path, options);
  if (tries > 0) tellBusy(0);
  if (answer.ok) return answer.headers.get("Content-Type") === "application/json" ? answer.json() : answer.blob();
  if ((answer.status === 429 || answer.status === 503) && tries < PATIENCE) {
    const wait = Math.min(Math.max(Number(answer.headers.get("Retry-After")) || 1, 1), LONGEST);
    tellBusy(wait);
    await seconds(wait);
    return ask(path, options, tries + 1);
  }
  if (answer.status === 502 || answer.status === 504) throw new Gone();
  throw new Problem(await answer.json().catch(() => ({ detail: `the service answered ${answer.status}`, errors: [] })));
}

async function fetched(path, options) {
  try {
    return await fetch(path, { headers: { Accept: "application/json" }, ...options });
  } catch {
    throw new Gone();
  }
}

const seconds = (count) => new Promise((resolve) => setTimeout(resolve, 1000 * count));

const SLOW = 300; // milliseconds after which a question is given up for a newer one

/**
 * Ask so that at most so many questions are under way, one or what `mostOf` says: of those that come meanwhile, the last is kept. An
 * answer, or a failure, that is older than the last answer is not told. What is slow and heeds its signal is given up for a newer question.
 */
export function latest(answerTo, onAnswer, onFailure, mostOf = () => 1) {
  let [asks, told] = [0, 0];
  const underWay = new Set();
  let waiting = null;
  function next() {
    if (!waiting || underWay.size >= mostOf(waiting.asked)) return;
    const { asked } = waiting;
    waiting = null;
    asks += 1;
    question(asked, asks);
  }
  async function question(asked, number) {
    const own = { control: new AbortController(), since: performance.now() };
    underWay.add(own);
    try {
      const answer = await answerTo(asked, own.control.signal);
      if (number > told) onAnswer(answer, asked);
      told = Math.max(told, number);
    } catch (error) {
      if (waiting !== null || number < asks) return;
      told = number;
      onFailure(error, asked);
    } finally {
      underWay.delete(own);
      next();
    }
  }
  return (asked) => {
    waiting = { asked };
    for (const { control, since } of underWay) if (performance.now() - since > SLOW) control.abort();
    next();
  };
}
