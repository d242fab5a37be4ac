// A step and a comparison with the types of openapi-typescript; the address of the service is the argument.
import createClient from "openapi-fetch";
import type { paths } from "./types.js";

const client = createClient<paths, "application/json">({ baseUrl: process.argv[2] });

const taken = await client.POST("/step", {
  body: { optimizer: { name: "rmsprop", lr: 0.01, rho: 0.9 }, params: [1, 2], gradient: [0.1, -4] },
});
if (taken.error !== undefined) throw new Error(JSON.stringify(taken.error));
console.log(taken.data.params, taken.data.state.t, taken.data.optimizer.name);

const compared = await client.POST("/compare", {
  body: {
    objective: "quadratic",
    start: "B",
    steps: 200,
    optimizers: [
      { name: "gd", lr: 0.09 },
      { name: "rmsprop", lr: 0.2, rho: 0.9 },
    ],
    decompose: ["gd", "rmsprop"],
  },
});
if (compared.error !== undefined) throw new Error(JSON.stringify(compared.error));
console.log(compared.data.decompose?.[0]?.headline);
