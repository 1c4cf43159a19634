/**
 * `npm run sample`: tells the story to empty databases; `npm run sample -- --scale N [--seed S]` makes N times the records
 * of a generated world instead. With --if-empty, databases that hold records already are left alone and that is well.
 * Exits 0 when loaded, 1 when refused, 2 on wrong arguments or settings.
 */
import { parseArgs } from "node:util";
import { type Portfolios, openPortfolios } from "../start/portfolios.js";
import { readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import { SettingError } from "../transport/settings.js";
import { generate } from "./generate.js";
import { StoryError, isEmpty, loadStory, needsStory } from "./replay.js";

interface Options {
  /** Null tells the story. */
  readonly scale: number | null;
  readonly seed: number;
  /** Databases that hold records already are left as they are, without complaint. */
  readonly ifEmpty: boolean;
}

/** A smaller world lacks kinds of agreements. */
const SMALLEST_SCALE = 0.001;
const LARGEST_SCALE = 1_000;

function readOptions(args: readonly string[]): Options {
  let values: { scale?: string; seed?: string; "if-empty"?: boolean };
  try {
    ({ values } = parseArgs({ args: [...args], options: { scale: { type: "string" }, seed: { type: "string" }, "if-empty": { type: "boolean" } } }));
  } catch (error) {
    throw new SettingError("The command line", "takes --scale N, --seed S and --if-empty, nothing else", { cause: error });
  }
  const scale = values.scale === undefined ? null : Number(values.scale);
  const seed = Number(values.seed ?? "1");
  if (scale !== null && !(scale >= SMALLEST_SCALE && scale <= LARGEST_SCALE))
    throw new SettingError("--scale", `must be a number from ${SMALLEST_SCALE} to ${LARGEST_SCALE}, like 1 or 0.1`);
  if (!Number.isSafeInteger(seed)) throw new SettingError("--seed", "must be a whole number, like 7");
  if (values.seed !== undefined && scale === null) throw new SettingError("--seed", "goes with --scale: the story is always the same");
  return { scale, seed, ifEmpty: values["if-empty"] ?? false };
}

async function load(portfolios: Portfolios, { scale, seed, ifEmpty }: Options): Promise<string> {
  if (ifEmpty && !(await needsStory(portfolios))) return "The databases hold records already; nothing was loaded.";
  const began = Date.now();
  const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
  if (scale !== null) {
    if (!(await isEmpty(portfolios))) throw new StoryError(NOT_EMPTY);
    const made = await generate(portfolios, { scale, seed }, console.log);
    return `${made} records made in ${seconds()} s.`;
  }
  if (!(await needsStory(portfolios))) throw new StoryError(NOT_EMPTY);
  const { acts, skipped } = await loadStory(portfolios, console.log);
  return `The story is told: ${acts} acts${skipped > 0 ? `, ${skipped} of them by an earlier start` : ""}, in ${seconds()} s.`;
}
const NOT_EMPTY = "The databases hold records already, and samples are loaded into empty ones only: name another DATA_DIR or DATABASE_URL.";

try {
  const options = readOptions(process.argv.slice(2));
  const portfolios = await openPortfolios(readDatabaseSettings());
  try {
    console.log(await load(portfolios, options));
  } finally {
    await portfolios.close();
  }
} catch (error) {
  if (!(error instanceof SettingError) && !(error instanceof StoryError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof SettingError ? 2 : 1;
}
