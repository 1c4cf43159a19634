/** What it costs to sign a call and to tell whose it is, without HTTP; `npm run bench -- signatures`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import os from "node:os";
import path from "node:path";
import { makeKeys } from "../start/callers.js";
import { writeContext } from "../transport/headers.js";
import { Keyring } from "../transport/keys.js";
import { Signer, Verifier } from "../transport/signatures.js";

/** So few that those signed first are not too old when their turn comes. */
const CALLS = 5_000;

/** Signs and verifies calls with bodies of 1, 10 and 100 KB; prints microseconds of CPU for each. */
export async function benchSignatures(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-keys-"));
  const file = path.join(folder, "callers.yaml");
  writeFileSync(file, makeKeys());
  const keyring = (await Keyring.open(file))!;
  const signer = (await Signer.open(keyring, "gateway"))!;
  const verifier = new Verifier(keyring, "people");
  const headers = writeContext({ principal: { subject: "eva", roles: ["relationship manager"], customers: null }, requestId: "r1", deadline: Date.now() });
  const call = { method: "POST", path: "/graphql" };
  for (const size of [1_000, 10_000, 100_000]) {
    const body = "x".repeat(size);
    const bytes = Buffer.from(body);
    const costs: Record<string, number> = {};
    // The first round is for the compiler.
    for (let round = 0; round < 2; round++) {
      const signed: IncomingHttpHeaders[] = [];
      costs["signing"] = await measure(async () => void signed.push({ ...headers, ...(await signer.sign({ ...call, subgraph: "people", headers }, body)) }));
      costs["verifying"] = await measure(async () => (await verifier.verify({ ...call, headers: signed.pop()! })).checkBody(bytes));
    }
    const told = Object.entries(costs).map(([what, cost]) => `${what} ${cost.toFixed(1)} µs`);
    console.log(`a body of ${String(size).padStart(6)} bytes: ${told.join(", ")}`);
  }
  rmSync(folder, { recursive: true });
}

/** Microseconds of CPU that a call takes, many one after the other. */
async function measure(call: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}
