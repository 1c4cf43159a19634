import { describe, expect, test } from "@jest/globals";
import { CellReader, NO_DEFAULTS } from "../../import/cellSpecs.js";
import { type CellKind, DEAF, Unreadable, holds, readCell, slugOf } from "../../import/cells.js";
import { addDays, formatExact, parseDate, parseNumber, readDateFormat, round } from "../../import/formats.js";
import { readYaml } from "../../import/sections.js";

/** What a cell, written as in a mapping, gives of a row. */
function read(spec: string, row: Record<string, string>, as: CellKind = "text"): string {
  const { root, complaints } = readYaml("test.yaml", `cell: ${spec}`);
  const cell = new CellReader(NO_DEFAULTS, complaints, () => undefined).read(root.raw("cell"), ["cell"], as);
  complaints.throwIfAny();
  try {
    return readCell(cell, as, { cell: (column) => row[column] ?? "", key: "K" }, DEAF);
  } catch (error) {
    if (error instanceof Unreadable) return `UNREADABLE ${error.message}`;
    throw error;
  }
}

describe("cells", () => {
  const cases: [string, Record<string, string>, string, CellKind?][] = [
    ['"{A}-{B}"', { A: " x ", B: "y" }, "x-y"],
    ['"{A}-{B}"', { A: "x" }, ""],
    ['"{key}/{A}"', { A: "1" }, "K/1"],
    ["constant", {}, "constant"],
    ["{ column: [A, B] }", { B: "b" }, "b"],
    ["{ column: A, trim: none }", { A: " x " }, " x "],
    ["{ column: A, trim: all }", { A: " x \n  y " }, "x y"],
    ["{ column: A, empty: [n/a, '-'], default: none }", { A: " n/a " }, "none"],
    ["{ column: A, match: '^(\\d+) days?$' }", { A: "128 days" }, "128"],
    ["{ column: A, match: '^\\d+' }", { A: "128 days" }, "128"],
    ["{ column: A, match: '^\\d+' }", { A: "days" }, 'UNREADABLE "days" does not look like ^\\d+'],
    ["{ column: A, match: '^\\d+', otherwise: '' }", { A: "days" }, ""],
    ["{ column: A, replace: { ' EUR': '', a: b } }", { A: "a a EUR" }, "b b"],
    ["{ column: A, part: 1-3 }", { A: "009-000" }, "009"],
    ["{ column: A, part: 5- }", { A: "009-000" }, "000"],
    ["{ column: A, letters: upper }", { A: "äb" }, "ÄB"],
    ["{ column: A, pad: { to: 3, with: 0 } }", { A: "5" }, "005"],
    ["{ column: A, map: { Awarded: ACTIVE } }", { A: "Awarded" }, "ACTIVE"],
    ["{ column: A, map: { Awarded: ACTIVE } }", { A: "Lost" }, 'UNREADABLE "Lost" is not in the map'],
    ["{ column: A, map: { Awarded: ACTIVE }, otherwise: DRAFT }", { A: "Lost" }, "DRAFT"],
    ["{ column: A, map: { Awarded: ACTIVE }, unreadable: empty }", { A: "Lost" }, ""],
    ["{ firstOf: [{ column: A, match: '^\\d+$', otherwise: '' }, '{B}', c] }", { A: "x", B: "y" }, "y"],
    ["{ firstOf: [{ column: A }, '{B}', c] }", {}, "c"],
    ["{ text: yes, when: { column: A, filled: true } }", {}, ""],
    ["{ column: A, cut: 3 }", { A: "ab cd" }, "ab"],
    ["{ column: A, dates: DD/MM/YYYY }", { A: "30/09/2012" }, "2012-09-30", "date"],
    ["{ column: A, dates: DD/MM/YYYY }", { A: "2012-30-09" }, 'UNREADABLE "2012-30-09" is not a date written DD/MM/YYYY', "date"],
    ["{ column: A, dates: [DD.MM.YYYY, MM/DD/YY] }", { A: "1/2/12" }, "2012-01-02", "date"],
    ["{ column: A, plusDays: { column: B, match: '^-?\\d+' } }", { A: "2011-12-30", B: "-3 days" }, "2011-12-27", "date"],
    ["{ column: A, dates: 'DD.MM.YYYY HH:mm' }", { A: "03.02.2025 9:30" }, "2025-02-03T09:30:00.000Z", "dateTime"],
    ["{ column: A, times: 1000000 }", { A: "1.5E-4" }, "150", "number"],
    ["{ column: A, numbers: { decimal: ',', thousands: ' ' } }", { A: "1\u00a0234\u202f567,50" }, "1234567.5", "number"],
    ["{ column: A, numbers: { decimal: ',', thousands: '.' } }", { A: "-1.234,5" }, "-1234.5", "number"],
    ["{ column: A, round: 1 }", { A: "-2.25" }, "-2.3", "number"],
    ["{ column: A }", { A: "12,5" }, 'UNREADABLE "12,5" is not a number written like 1250.50', "number"],
  ];
  test("are taken, changed and read as the mapping says", () => {
    expect(cases.map(([spec, row, , as]) => [spec, read(spec, row, as)])).toEqual(cases.map(([spec, , expected]) => [spec, expected]));
  });

  test("a slug keeps names apart that lose something on the way", () => {
    expect(slugOf("UNISYS CORPORATION", 64)).toBe("UNISYS-CORPORATION");
    const two = ["NORTHROP GRUMMAN SPACE&MISSION", "NORTHROP GRUMMAN SPACE & MISSION"].map((name) => slugOf(name, 64));
    expect(two[0]).toMatch(/^NORTHROP-GRUMMAN-SPACE-MISSION-[0-9A-F]{6}$/);
    expect(two[0]).not.toBe(two[1]);
    expect(slugOf("Überlänge ".repeat(10), 20)).toMatch(/^[A-Z0-9-]{1,20}$/);
  });
});

describe("conditions", () => {
  const holdsOf = (text: string, row: Record<string, string>): boolean => {
    const { root, complaints } = readYaml("test.yaml", `when: ${text}`);
    const condition = new CellReader(NO_DEFAULTS, complaints, () => undefined).condition(root.raw("when"), ["when"]);
    complaints.throwIfAny();
    return holds(condition, { cell: (column) => row[column] ?? "" });
  };
  test.each<[string, string[], string[]]>([
    ["{ column: A, is: [a, b] }", ["a", " b "], ["c", ""]],
    ["{ column: A, isNot: a }", ["b", ""], ["a"]],
    ["{ column: A, filled: true }", ["x"], ["", "  "]],
    ["{ column: A, filled: false }", [""], ["x"]],
    ["{ column: A, matches: '^x' }", ["xy"], ["yx", ""]],
    ["{ column: A, after: '2012-08-31' }", ["2012-09-01"], ["2012-08-31", "", "soon"]],
    ["{ column: A, before: '2012-08-31' }", ["2012-08-30"], ["2012-08-31", ""]],
    ["{ column: A, from: '2012-01-01', to: '2012-12-31' }", ["2012-01-01", "2012-12-31"], ["2011-12-31", "2013-01-01"]],
    ["{ column: A, least: 3, most: 10 }", ["3", "10.0"], ["2.99", "11", ""]],
    ["{ column: A, matches: x, isNot: xx }", ["x"], ["xx", "y"]],
    ["[{ column: A, matches: x }, { column: A, matches: y }]", ["xy"], ["x"]],
    ["{ any: [{ column: A, is: a }, { column: A, is: b }] }", ["b"], ["c"]],
    ["{ none: [{ column: A, is: a }, { column: A, is: b }] }", ["c"], ["a"]],
  ])("%s", (text, yes, no) => {
    expect(yes.map((cell) => holdsOf(text, { A: cell }))).toEqual(yes.map(() => true));
    expect(no.map((cell) => holdsOf(text, { A: cell }))).toEqual(no.map(() => false));
  });
});

describe("formats", () => {
  test("dates are days of the calendar, two-digit years lie from 1970 to 2069", () => {
    const parse = (text: string, format: string) => parseDate(text, [readDateFormat(format)!], false);
    expect(parse("29/02/2023", "DD/MM/YYYY")).toBeNull();
    expect(parse("29/02/2024", "DD/MM/YYYY")).toBe("2024-02-29");
    expect([parse("1.1.69", "D.M.YY"), parse("1.1.70", "D.M.YY")]).toEqual(["2069-01-01", "1970-01-01"]);
    expect(parse("45292", "excel")).toBe("2024-01-01");
    expect(parse("2024-01-01T23:59:59", "YYYY-MM-DDTHH:mm:ss")).toBe("2024-01-01");
    expect(parse("2024-01-01 24:00", "YYYY-MM-DD HH:mm")).toBeNull();
    expect([readDateFormat("YYYY-DD"), readDateFormat("DD/DD/YYYY"), readDateFormat("")]).toEqual([null, null, null]);
    expect(addDays("2024-02-28", 2)).toBe("2024-03-01");
  });
  test("numbers are exact", () => {
    const parse = (text: string, decimal = ".", thousands = "") => {
      const found = parseNumber(text, { decimal, thousands });
      return found && formatExact(found);
    };
    expect(["0.1", "-.5", "1e3", "+12", "−3", "9007199254740993.000001"].map((text) => parse(text))).toEqual([
      "0.1",
      "-0.5",
      "1000",
      "12",
      "-3",
      "9007199254740993.000001",
    ]);
    expect(["", "-", ".", "1,5", "1.2.3", "12a", "0x1F", "Infinity"].map((text) => parse(text))).toEqual(Array(8).fill(null));
    expect(parse("1.5", ",")).toBeNull();
    expect(parse("1'000'000.25", ".", "'")).toBe("1000000.25");
    expect(["0.5", "1.5", "-0.5", "2.449"].map((text) => formatExact(round(parseNumber(text, { decimal: ".", thousands: "" })!, 0)))).toEqual([
      "1",
      "2",
      "-1",
      "2",
    ]);
  });
});
