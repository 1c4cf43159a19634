/**
 * `npm run verify -- [PORTFOLIO…] [--records]`: verifies that the ledgers of all portfolios, or of those named, are what was filed; with
 * --records also that every record is what its newest entry says. May run beside running servers. Says of each portfolio
 * how many entries fit and the last one's hash, or names the first place where something was done behind the ledger's back.
 * Exits 0 when all fits, 1 when something does not, 2 on wrong arguments or settings.
 */
import { parseArgs } from "node:util";
import { openDatabase } from "../subgraphs/kernel/database/open.js";
import { planOf } from "../subgraphs/kernel/database/plan.js";
import { resolveModel } from "../subgraphs/kernel/model.js";
import type { Portfolio } from "../subgraphs/kernel/portfolio.js";
import { type DatabaseSettings, readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import { verifyRecords } from "../subgraphs/kernel/writes/recordVerification.js";
import { verifyLedger } from "../subgraphs/kernel/writes/verification.js";
import { portfolios } from "../subgraphs/list.js";
import { SettingError } from "../transport/settings.js";

interface Command {
  readonly chosen: readonly Portfolio[];
  readonly records: boolean;
}

function readCommand(args: readonly string[]): Command {
  const names = portfolios.map(({ name }) => name);
  try {
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: { records: { type: "boolean", default: false } } });
    if (positionals.some((name) => !names.includes(name))) throw new Error("name");
    return { chosen: portfolios.filter(({ name }) => positionals.length === 0 || positionals.includes(name)), records: values.records };
  } catch (cause) {
    throw new SettingError("The command line", `takes names of portfolios (${names.join(", ")}) and --records, nothing else`, { cause });
  }
}

/** Prints a portfolio's line; answers whether all fits. */
async function verify(portfolio: Portfolio, settings: DatabaseSettings, records: boolean): Promise<boolean> {
  const model = resolveModel(portfolio, portfolios);
  const database = await openDatabase(planOf(model), settings);
  try {
    const { entries, hash, fault } = await verifyLedger(database);
    if (fault) {
      console.log(`${portfolio.name}: entry ${fault.seq} is the first that does not fit (${fault.what}): ${fault.message}.`);
      return false;
    }
    const compared = records ? await verifyRecords(database, model) : null;
    if (compared?.fault) {
      const { type, id, what, message } = compared.fault;
      console.log(`${portfolio.name}: ${type} ${id} is not what the ledger says (${what}): ${message}.`);
      return false;
    }
    console.log(`${portfolio.name}: ${entries} entries fit${compared ? `, and ${compared.records} records` : ""}; hash ${hash}.`);
    return true;
  } finally {
    await database.close();
  }
}

try {
  const { chosen, records } = readCommand(process.argv.slice(2));
  const settings = readDatabaseSettings();
  for (const portfolio of chosen) if (!(await verify(portfolio, settings, records))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
