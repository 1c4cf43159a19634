/** Finds modules: for one of `dist/` that has a stand-in in `unguarded/` that one, unless the stand-in itself asks. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DIST = new URL("../../dist/", import.meta.url).href;
const STAND_INS = new URL("unguarded/", import.meta.url).href;

export async function resolve(specifier, context, next) {
  if (specifier.startsWith("guarded:")) return { url: `${DIST}${specifier.slice(8)}`, shortCircuit: true };
  const found = await next(specifier, context);
  if (!found.url.startsWith(DIST)) return found;
  const standIn = `${STAND_INS}${found.url.slice(DIST.length).replace(/js$/, "mjs")}`;
  return existsSync(fileURLToPath(standIn)) ? { url: standIn, shortCircuit: true } : found;
}
