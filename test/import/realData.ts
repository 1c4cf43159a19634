/** The files of us-itdb-2012, where BRM_DATA or the folder beside the project holds them, read by a few lines that know nothing of the import. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";

export type Line = Record<string, string>;

export const folder = path.resolve(process.env["BRM_DATA"] ?? "../shared/data", "us-itdb-2012");
export const isThere = existsSync(folder);
if (!isThere) console.warn(`${folder} is not there: the tests on real data are skipped. Set BRM_DATA to the folder that holds us-itdb-2012.`);

export const readCsv = (file: string): Line[] => parse(readFileSync(path.join(folder, file)), { columns: true, bom: true });

export const UII = "Unique Investment Identifier";
export const VENDOR = "Vendor Name (USAspending)";

/** MM/DD/YYYY as YYYY-MM-DD; null for what is no day. */
export const american = (text: string): string | null =>
  text === "" || text === "01/01/1970" ? null : `${text.slice(6)}-${text.slice(0, 2)}-${text.slice(3, 5)}`;
