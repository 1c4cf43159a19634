/** CSV files as rows: one at a time, with the line each begins on; wrong encodings, quotes and shapes are said, not guessed around. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { Readable, pipeline } from "node:stream";
import { type CsvError, parse } from "csv-parse";

export const ENCODINGS = ["utf-8", "windows-1252", "utf-16le"] as const;

/** How a file is written. */
export interface TableSpec {
  /** Relative to the folder of the import. */
  readonly file: string;
  readonly encoding: (typeof ENCODINGS)[number];
  readonly delimiter: string;
  /** "" is no quotes at all. */
  readonly quote: string;
  /** Whether a quote may stand inside a cell that does not begin with one. */
  readonly looseQuotes: boolean;
  /** The line the column names stand on, from 1; the lines above it are not read. */
  readonly header: number;
  /** Names of the columns where the file has no line for them. */
  readonly columns: readonly string[] | null;
}

/** A file cannot be read. `whose` is who has to do something: the mapping or command, or the file's author. */
export class TableError extends Error {
  constructor(
    readonly whose: "mapping" | "file",
    message: string,
    /** Whether it is not there at all. */
    readonly missing = false,
  ) {
    super(message);
  }
}

/** A row of a file. */
export interface TableRow {
  /** Line of the file on which it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}
/** A file's column names and its rows. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<TableRow>;
}

const LONGEST_ROW = 4 * 1024 * 1024;

/** Opens a file and reads its column names. Throws a TableError; so does iterating its rows. */
export async function openTable(folder: string, spec: TableSpec): Promise<Table> {
  await checkStart(folder, spec);
  const records = readRecords(folder, spec);
  if (spec.columns) return { columns: spec.columns, rows: records };
  const first = await records.next();
  if (first.done) throw new TableError("file", `${spec.file} is empty: it has no line ${spec.header} with column names.`);
  return { columns: first.value.cells.map((name) => name.trim()), rows: records };
}

/** What the first bytes say: that it is there, is no workbook, and is not of another encoding. */
async function checkStart(folder: string, { file, encoding }: TableSpec): Promise<void> {
  const start = Buffer.alloc(4);
  try {
    const handle = await open(path.join(folder, file));
    try {
      await handle.read(start, 0, 4, 0);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new TableError("mapping", `${path.join(folder, file)} does not exist; check the folder, or the mapping's \`file\`.`, true);
    throw new TableError("mapping", `${path.join(folder, file)} cannot be read (${code}); it must be a file this user may read.`);
  }
  if (start.toString("latin1") === "PK\u0003\u0004") throw new TableError("file", `${file} is a workbook, not text; save each sheet as CSV.`);
  const mark = start[0] === 0xff && start[1] === 0xfe ? "utf-16le" : start.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? "utf-8" : null;
  if (mark && mark !== encoding)
    throw new TableError("mapping", `${file} says of itself that it is ${mark}; write \`encoding: ${mark}\` for it in the mapping.`);
}

async function* readRecords(folder: string, spec: TableSpec): AsyncGenerator<TableRow> {
  const parser = parse({
    delimiter: spec.delimiter,
    quote: spec.quote === "" ? null : spec.quote,
    relax_quotes: spec.looseQuotes,
    relax_column_count: true,
    info: true,
    record_delimiter: "\n",
    max_record_size: LONGEST_ROW,
  });
  // Destroying the parser, as leaving the loop below does, ends the whole pipeline; errors surface in the loop.
  pipeline(Readable.from(readText(folder, spec)), parser, () => undefined);
  let line = spec.header;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (record.some((cell) => cell.trim() !== "")) yield { line, cells: record };
      line = spec.header + info.lines;
    }
  } catch (error) {
    throw asTableError(error, spec, line);
  }
}

/** The file's text from its header line on, with \n for every kind of line end. */
async function* readText(folder: string, spec: TableSpec): AsyncGenerator<string> {
  const decode = decoderOf(spec);
  let skip = spec.header - 1;
  let held = "";
  for await (const chunk of createReadStream(path.join(folder, spec.file)) as AsyncIterable<Buffer>) {
    let text = held + decode(chunk);
    // A \r at the end may be half of \r\n.
    held = text.endsWith("\r") ? "\r" : "";
    text = text.slice(0, text.length - held.length).replace(/\r\n?/g, "\n");
    while (skip > 0 && text !== "") {
      const end = text.indexOf("\n");
      text = end < 0 ? "" : text.slice(end + 1);
      if (end >= 0) skip--;
    }
    if (text !== "") yield text;
  }
  const rest = decode(null);
  if (rest !== "" || held !== "") yield (held + rest).replace(/\r\n?/g, "\n");
}

type Decode = (chunk: Buffer | null) => string;

function decoderOf(spec: TableSpec): Decode {
  if (spec.encoding === "windows-1252")
    return (chunk) => (chunk ? chunk.toString("latin1").replace(/[\u0080-\u009f]/g, (sign) => WINDOWS_1252[sign.charCodeAt(0) - 0x80]!) : "");
  const decoder = new TextDecoder(spec.encoding, { fatal: true });
  let lines = 1;
  return (chunk) => {
    try {
      const text = chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
      lines += text.split("\n").length - 1;
      return text;
    } catch {
      const before = chunk ? new TextDecoder(spec.encoding).decode(chunk).split("\ufffd")[0]! : "";
      const line = lines + before.split("\n").length - 1;
      throw new TableError(
        "mapping",
        `${spec.file} is not ${spec.encoding}: line ${line} holds something else. If it was saved by Excel on Windows, write \`encoding: windows-1252\` for it in the mapping; else save it as UTF-8.`,
      );
    }
  };
}

/** What the bytes 80 to 9F are in windows-1252. The five it leaves out stay control characters, as browsers have it. */
const WINDOWS_1252 = [..."€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"];

/** `begins` is the line on which the row begins that cannot be read. */
function asTableError(error: unknown, { file, header, quote }: TableSpec, begins: number): unknown {
  const { code, lines = 0 } = error as CsvError & { lines?: number };
  const line = header - 1 + lines;
  switch (code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return new TableError(
        "file",
        `${file}, line ${begins}: the row that begins here opens a quote that is never closed. Close it, or write \`quote: none\` in the mapping if quotes mean nothing in this file.`,
      );
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_CLOSING_QUOTE":
      return new TableError(
        "file",
        `${file}, line ${line}: a ${quote} stands in the middle of a cell. Double it and quote the whole cell, or write \`looseQuotes: true\` in the mapping to take it as it is.`,
      );
    case "CSV_MAX_RECORD_SIZE":
      return new TableError(
        "file",
        `${file}, line ${begins}: the row that begins here is longer than ${LONGEST_ROW / 1024 / 1024} MB; most often it opens a quote that is never closed.`,
      );
    default:
      return error;
  }
}
