// A step and a comparison with the client that @hey-api/openapi-ts generates; the address of the service is the argument.
import { client } from "./generated/client.gen.js";
import { compare, step } from "./generated/sdk.gen.js";

client.setConfig({ baseUrl: process.argv[2] });

const taken = await step({
  body: { optimizer: { name: "rmsprop", lr: 0.01, rho: 0.9 }, params: [1, 2], gradient: [0.1, -4] },
});
if (taken.data === undefined) throw new Error(JSON.stringify(taken.error));
console.log(taken.data.params, taken.data.state.t, taken.data.optimizer.name);

const compared = await compare({
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
if (compared.data === undefined || typeof compared.data === "string" || !("decompose" in compared.data)) throw new Error(JSON.stringify(compared.error));
console.log(compared.data.decompose?.[0]?.headline);
