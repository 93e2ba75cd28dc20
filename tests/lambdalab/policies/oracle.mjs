// Another implementation of IAM's policy evaluation, to compare ours with: @cloud-copilot/iam-simulate.
// Reads simulations as JSON from standard input, writes one line for each: Allowed, ExplicitlyDenied, ImplicitlyDenied,
// or the error that kept it from being run.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "package.json"));
const { runSimulation } = require("@cloud-copilot/iam-simulate");

for (const simulation of JSON.parse(readFileSync(0, "utf8"))) {
  const outcome = await runSimulation({ serviceControlPolicies: [], resourceControlPolicies: [], ...simulation }, {});
  console.log(outcome.errors ? `error: ${JSON.stringify(outcome.errors)}` : outcome.overallResult);
}
