/** Asks the service for what the view needs: the facts of the objective, the runs, and the contour lines. */

import { get, Gone, latest, post, Problem } from "./api.js";
import { whenStill } from "./dom.js";
import { sentence } from "./format.js";
import { answered, noAnswer } from "./outage.js";
import { comparisonOf } from "./request.js";
import { RUNS } from "./store.js";
import { atWork } from "./work.js";

const STILL = 120; // milliseconds after which a moved view asks for its own lines
const AT_ONCE = 2; // questions under way while a start is dragged: the next one travels while the last is answered
const PIXELS = 0.25; // how far a simplified line may be from the right one

export function createRunner(store, plane) {
  const fail = async (error, part, again) => {
    if (error instanceof Gone) return noAnswer(store, part, again);
    if (!(error instanceof Problem)) throw error;
    answered(store, part);
    const { objective } = store.state;
    if (part !== "facts") await factsOf(objective).catch(() => null); // whether it can be drawn at all is told before all else
    if (store.state.objective === objective) store.set({ faults: wrongSize ? [wrongSize] : faultsOf(error.document) });
  };

  const facts = latest(
    factsOf,
    (found) => {
      answered(store, "facts");
      wrongSize = sizeFault(found);
      store.set(wrongSize ? { faults: [wrongSize] } : { facts: found });
    },
    (error) => fail(error, "facts", () => facts(store.state.objective)),
  );
  let wrongSize = null;
  const runs = latest(
    ({ request }, signal) => (store.state.cell ? post("compare", request, undefined, signal) : withoutCells(request, signal)),
    (answer, { request, isPassing, of }) => {
      working();
      answered(store, "runs");
      store.set(isPassing ? passing({ ...answer, of }, store.state) : { answer: { ...answer, of, decompose: answer.decompose ?? [] }, passing: null, faults: kept(request) });
    },
    (error, { request, isPassing, of }) => {
      working();
      const isAboutPair = error instanceof Problem && request.decompose && error.document.errors.every(({ pointer }) => pointer.startsWith("/decompose"));
      if (!isAboutPair) {
        if (!isPassing && error instanceof Problem) store.set({ passing: null }); // the plot shows what all else does
        return fail(error, "runs", askRuns);
      }
      const { decompose, ...rest } = request;
      noPair = faultsOf(error.document);
      return runs({ request: rest, of });
    },
    ({ isPassing }) => (isPassing ? AT_ONCE : 1),
  );
  const working = atWork(store);
  let noPair = [];
  const kept = (request) => (request.decompose ? [] : noPair);
  const lines = latest(({ objective, window, tolerance }) => post("contours", { objective, window, tolerance }), (found) => {
    answered(store, "lines");
    store.set({ lines: found });
  }, (error) => fail(error, "lines", askLinesLater));

  function askRuns() {
    const { state } = store;
    if (state.methods.length === 0) {
      answered(store, "runs");
      return store.set({ answer: null, passing: null, faults: [] });
    }
    noPair = [];
    const { objective, starts, isDragging } = state;
    if (!isDragging) working(true);
    return runs({ request: comparisonOf(state, !isDragging), isPassing: isDragging, of: { objective, starts } });
  }

  const askLines = () => {
    const { objective } = store.state;
    if (plane.view && store.state.facts) lines({ objective, window: plane.view.window, tolerance: PIXELS / plane.view.unit });
  };
  const askLinesLater = whenStill(STILL, askLines);

  store.on(["objective"], (state) => {
    wrongSize = null;
    facts(state.objective);
  });
  store.on([...RUNS, "isDragging", "hasMeasures", "arrows"], askRuns);
  store.on(["cell"], ({ cell, answer }) => {
    if (cell && answer?.decompose?.some(({ cells }) => !cells[0].points)) askRuns();
  });
  store.on(["facts", "window", "objective"], askLinesLater);
  new ResizeObserver(askLinesLater).observe(plane.box);
  return { loadPage: pageLoader(store), loadCatalogue: () => loadCatalogue(store) };
}

/** What an answer changes while a start is dragged: the plot alone. Faults that are no more are taken away. */
function passing(answer, { faults }) {
  const left = faults.filter(({ pointer }) => pointer.startsWith("/decompose"));
  return { passing: answer, ...(left.length < faults.length ? { faults: left } : {}) };
}

let asked = { key: null, answer: null };

/** What the service knows of an objective, asked once. */
function factsOf(objective) {
  const key = JSON.stringify(objective);
  if (key !== asked.key) {
    asked = { key, answer: post("objectives", { objective }) };
    asked.answer.catch(() => (asked.key = null));
  }
  return asked.answer;
}

/**
 * What is asked, but for the points of the four cells: they are half of the answer, and most readers draw none. A lead is split where a
 * minimum is known.
 */
async function withoutCells({ decompose, ...request }, signal) {
  if (!decompose) return post("compare", request, undefined, signal);
  const { include, record_every, ...split } = request;
  const isSplit = factsOf(request.objective).then(({ minima }) => minima.length > 0, () => false);
  const asked = isSplit.then((is) => (is ? post("compare", { ...split, decompose }, undefined, signal) : null));
  const plain = post("compare", request, undefined, signal).catch(async (error) => {
    if (error.document?.cost) await asked; // the split costs more: where it is refused too, it says what fits for both
    throw error;
  });
  const [answer, outcomes] = await Promise.all([plain, asked]);
  return { ...answer, decompose: outcomes?.decompose };
}

/** An objective that is not one of two variables cannot be drawn. */
function sizeFault(facts) {
  const count = facts.window.length;
  if (count === 2) return null;
  const { variables } = facts.objective; // of a formula that is typed
  const names = variables ? `: ${variables.join(", ")}` : "";
  const choose = variables ? ' Write two of them into the field "variables". Give each of the others a number in the field "constants", such as k = 20.' : "";
  const told = count === 1 ? `The plot needs two variables, but there is only one${names}. Add a second one, such as + y**2.` : `The plot needs two variables, but there are ${count}${names}.${choose}`;
  return { pointer: "/objective", detail: told, told };
}

/** What is wrong, each fault with its pointer and a sentence. */
export function faultsOf(document) {
  const errors = document.errors?.length ? document.errors : [{ pointer: "", detail: document.detail }];
  return errors.map((error) => ({ ...error, told: sentence(error.detail), cost: document.cost, limit: document.limit }));
}

async function loadCatalogue(store) {
  try {
    const [optimizers, objectives] = await Promise.all([get("optimizers"), get("objectives")]);
    const { kinds, wrappers } = optimizers;
    store.set({ catalogue: { ...store.state.catalogue, optimizers: optimizers.optimizers, kinds, wrappers, objectives: objectives.objectives, groups: objectives.kinds } });
    answered(store, "catalogue");
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    noAnswer(store, "catalogue", () => loadCatalogue(store));
  }
}

function pageLoader(store) {
  const asked = new Map();
  const load = async (name) => {
    try {
      const page = await get(`optimizers/${encodeURIComponent(name)}`);
      const { catalogue } = store.state;
      store.set({ catalogue: { ...catalogue, pages: { ...catalogue.pages, [name]: page } } });
      answered(store, name);
      return page;
    } catch (error) {
      asked.delete(name); // an unknown name is told where the runs are asked for
      if (error instanceof Gone) noAnswer(store, name, () => loadPage(name));
      return null;
    }
  };
  const loadPage = (name) => {
    if (!asked.has(name)) asked.set(name, load(name));
    return asked.get(name);
  };
  return loadPage;
}
