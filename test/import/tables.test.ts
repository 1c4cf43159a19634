import { expect, test } from "@jest/globals";
import { type TableSpec, TableError, openTable } from "../../import/tables.js";
import { folderWith } from "./imports.js";

const plain: TableSpec = { file: "a.csv", encoding: "utf-8", delimiter: ",", quote: '"', looseQuotes: false, header: 1, columns: null };

/** The columns and rows of a file, or what is wrong with it. */
async function read(content: string | Buffer, spec: Partial<TableSpec> = {}): Promise<unknown> {
  const folder = folderWith({ "a.csv": content });
  try {
    const { columns, rows } = await openTable(folder, { ...plain, ...spec });
    const found: unknown[] = [columns];
    for await (const { line, cells } of rows) found.push([line, ...cells]);
    return found;
  } catch (error) {
    if (error instanceof TableError) return `${error.whose}: ${error.message.replace(folder, "DIR")}`;
    throw error;
  }
}

test("rows carry the line they begin on, whatever stands in quotes and however lines end", async () => {
  const text = 'a,b\n"x\ny",2\n\n3,4\n,\n5';
  const expected = [
    ["a", "b"],
    [2, "x\ny", "2"],
    [5, "3", "4"],
    [7, "5"],
  ];
  for (const end of ["\n", "\r\n", "\r"]) expect(await read(text.replaceAll("\n", end))).toEqual(expected);
  expect(await read(`\ufeff${text}\r\n`)).toEqual(expected);
});

test("lines above the header are not read, column names are trimmed, files without header are named", async () => {
  expect(await read('An "export\nof today\n a ;b\n1;2\n', { header: 3, delimiter: ";" })).toEqual([
    ["a", "b"],
    [4, "1", "2"],
  ]);
  expect(await read("1|2\n3|4\n", { delimiter: "|", columns: ["a", "b"] })).toEqual([
    ["a", "b"],
    [1, "1", "2"],
    [2, "3", "4"],
  ]);
});

test("a line end that two chunks divide is one", async () => {
  const cell = "x".repeat(64 * 1024 - 5);
  expect(await read(`a\r\n${cell}\r\ny\r\n`)).toEqual([["a"], [2, cell], [3, "y"]]);
});

test("encodings are taken at their word, and contradicted where the file does", async () => {
  const french = Buffer.from("a\nÉté – 5 €", "utf8");
  const windows = Buffer.from([0x61, 0x0a, 0xc9, 0x74, 0xe9, 0x20, 0x96, 0x20, 0x35, 0x20, 0x80]);
  const utf16 = Buffer.from("\ufeffa\nÉté – 5 €", "utf16le");
  const expected = [["a"], [2, "Été – 5 €"]];
  expect(await read(french)).toEqual(expected);
  expect(await read(windows, { encoding: "windows-1252" })).toEqual(expected);
  expect(await read(utf16, { encoding: "utf-16le" })).toEqual(expected);
  expect(await read(windows)).toMatch(/^mapping: a.csv is not utf-8: line 2 holds something else.*`encoding: windows-1252`/);
  expect(await read(utf16)).toMatch(/^mapping: a.csv says of itself that it is utf-16le/);
  expect(await read(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), french]), { encoding: "windows-1252" })).toMatch(
    /^mapping: a.csv says of itself that it is utf-8/,
  );
});

test("a damaged file is said with its line and what to do", async () => {
  expect(await read('a,b\n1,2\n3,"4\n5,6\n')).toMatch(/^file: a.csv, line 3: the row that begins here opens a quote that is never closed/);
  expect(await read('a,b\n1,2\n3,4"5"\n')).toMatch(/^file: a.csv, line 3: a " stands in the middle of a cell.*`looseQuotes: true`/);
  expect(await read('a,b\n1,2\n3,"4"5\n')).toMatch(/^file: a.csv, line 3: a " stands in the middle/);
  expect(await read('a,b\n3,4"5"\n', { looseQuotes: true })).toEqual([
    ["a", "b"],
    [2, "3", '4"5"'],
  ]);
  expect(await read('a,b\n3,"4\n', { quote: "" })).toEqual([
    ["a", "b"],
    [2, "3", '"4'],
  ]);
  expect(await read("")).toBe("file: a.csv is empty: it has no line 1 with column names.");
  expect(await read("PK\u0003\u0004…")).toBe("file: a.csv is a workbook, not text; save each sheet as CSV.");
  expect(await read("a", { file: "b.csv" })).toBe("mapping: DIR/b.csv does not exist; check the folder, or the mapping's `file`.");
  expect(await read("a", { file: "." })).toMatch(/^mapping: .*cannot be read \(EISDIR\)/);
});
