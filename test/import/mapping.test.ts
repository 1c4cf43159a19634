import { describe, expect, test } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { parseMapping, readMapping } from "../../import/mapping.js";
import { prepareImport } from "../../import/run.js";
import { MappingError } from "../../import/sections.js";
import { folderWith, messy, messyMapping } from "./imports.js";

const good = `title: Good
system: crm
currency: EUR
records:
  customer:
    type: Customer
    fields: { code: "C-{key}", kind: EXTERNAL }
  contract:
    type: Agreement
    fields: { code: "{key}", kind: SLA }
files:
  - file: customers.csv
    gives:
      customer:
        key: "{Nr}"
        fields:
          name: "{Name}"
  - file: contracts.csv
    gives:
      contract:
        key: "{Nr}"
        fields:
          title: "{Title}"
          value: { column: Value }
          parties: [{ party: { link: customer, column: Customer }, side: CUSTOMER }]
`;
const complaintsOf = (text: string): readonly string[] => {
  try {
    parseMapping("m.yaml", text);
    return [];
  } catch (error) {
    if (error instanceof MappingError) return error.complaints;
    throw error;
  }
};
/** Complaints about the good mapping with `from` replaced by `to`. */
const after = (from: string, to: string) => {
  expect(good).toContain(from);
  return complaintsOf(good.replace(from, to));
};

test("a mapping says in which order its records are made, whatever order they stand in", () => {
  expect(parseMapping("a/good.yaml", good)).toMatchObject({ name: "good", title: "Good" });
  const turned = good
    .replace(/ {2}customer:\n.*\n.*\n/, "")
    .replace("files:\n", '  customer:\n    type: Customer\n    fields: { code: "C-{key}", kind: EXTERNAL }\nfiles:\n');
  expect(parseMapping("good.yaml", turned).kinds.map(({ name }) => name)).toEqual(["customer", "contract"]);
});

describe("a broken mapping is refused with line, reason and remedy", () => {
  const cases: [string, string, RegExp][] = [
    ["title: Good", "titel: Good", /^m.yaml:1: titel: is not a key that can stand here \(did you mean title\?\); known are title, system,/],
    ["system: crm\n", "", /^m.yaml:1: lacks `system`/],
    ["currency: EUR", "currency: EURO", /^m.yaml:3: currency: "EURO" is not an ISO 4217 currency/],
    ["currency: EUR\n", "", /^m.yaml:23: files.1.gives.contract.fields.value: is an amount of money: say in which currency/],
    ["type: Customer", "type: Custmer", /^m.yaml:6: records.customer.type: "Custmer" is not a type of the graph \(did you mean Customer\?\)/],
    ["type: Agreement", "type: Customer", /^m.yaml:8: records.contract: and customer are both Customer records with keys of crm; give one of them a `system`/],
    ["kind: EXTERNAL", "kind: EXTERN", /^m.yaml:7: records.customer.fields.kind: "EXTERN" is not one of INTERNAL, EXTERNAL \(did you mean EXTERNAL\?\)/],
    ["kind: EXTERNAL", "kid: EXTERNAL", /^m.yaml:5: records.customer: nothing fills kind.*\n?/],
    ['code: "C-{key}"', 'code: "C-{Nr}"', /^m.yaml:7: records.customer.fields.code: names the column Nr, but no file is meant here/],
    ['name: "{Name}"', 'nam: "{Name}"', /m.yaml:17: .*nam: is not a field of Customer \(did you mean name\?\); it has code,/],
    ['name: "{Name}"', "name: {Name}", /^m.yaml:17: .*name.Name: a text with a column in braces stands in quotes: "\{Name\}"/],
    ['name: "{Name}"', 'name: "{Name"', /^m.yaml:17: .*has a brace too many or too few/],
    ['name: "{Name}"', "name: { colum: Name }", /^m.yaml:17: .*colum: is not a key that can stand here \(did you mean column\?\)/],
    ['name: "{Name}"', "name: { map: { a: b } }", /says not where the text comes from/],
    ['name: "{Name}"', 'name: { column: Name, text: "{Name}" }', /can stand only once: there is column already/],
    ['name: "{Name}"', "name: { column: Name, match: '(' }", /match: is not a regular expression/],
    ['name: "{Name}"', "name: { column: Name, part: 3-1 }", /part: "3-1" must name the first and the last character/],
    ['name: "{Name}"', "name: { column: Name, otherwise: x }", /otherwise: goes with `map` or `match`/],
    ['name: "{Name}"', "name: { column: Name, times: 2 }", /times: can only be done to a number/],
    ['name: "{Name}"', "name: { column: Name, merge: sum }", /merge: sum goes with numbers and amounts only/],
    ['name: "{Name}"', "name: { column: Name, merge: bestOf }", /merge: "bestOf" must be one of firstFilled,/],
    ['name: "{Name}"', "name: { firstOf: ['{A}'], cut: 3 }", /cut: cannot be done to firstOf as a whole/],
    ['name: "{Name}"', 'name: "{each}"', /\{each\} is a part of the cell that `forEach` splits; there is none here/],
    ['name: "{Name}"', 'name: "{Name}"\n          verifiedOn: "2024-02-30"', /verifiedOn: "2024-02-30" is not a day/],
    ['name: "{Name}"', 'name: "{Name}"\n          verifiedOn: { column: D, dates: DD-MM }', /dates: "DD-MM" is no way to write a date/],
    ['name: "{Name}"', 'name: "{Name}"\n          parentId: x', /parentId: is called parent here, as in the schema/],
    ['name: "{Name}"', 'name: "{Name}"\n          agreements: x', /agreements: is not a field of Customer/],
    ['name: "{Name}"', 'name: "{Name}"\n          units: x', /units: is the other side of CustomerUnit.customer; set that on the other record/],
    ['name: "{Name}"', 'name: "{Name}"\n          version: "3"', /version: is worked out by the graph/],
    ['name: "{Name}"', 'name: "{Name}"\n          externalIds: "3"', /externalIds: is set by the import itself/],
    ['name: "{Name}"', 'name: "{Name}"\n          parent: "{Parent}"', /parent: is a link: say to what and by which key/],
    ['name: "{Name}"', 'name: "{Name}"\n          parent: { link: contract, column: P }', /link: names a Agreement; this link is to Customer/],
    ["link: customer,", "link: custmer,", /link: "custmer" is not one of the mapping's records \(did you mean customer\?\)/],
    ["link: customer,", "link: { type: Person, by: code },", /link: names a Person; this link is to Customer or Supplier or Team/],
    ["link: customer,", "link: { type: Stakeholder, by: code },", /cannot be code: a Stakeholder has none/],
    ["link: customer,", "link: { type: Customer },", /needs either `by: code` or `system: NAME`/],
    [", side: CUSTOMER", "", /parties.0: lacks side, which every item needs/],
    ["side: CUSTOMER", "side: BUYER", /side: "BUYER" is not one of CUSTOMER, PROVIDER, SUPPLIER/],
    ["    gives:\n      customer:", "    gives:\n      custmer:", /custmer: is not one of the mapping's records \(did you mean customer\?\)/],
    ['        key: "{Nr}"\n        fields:\n          name', "        fields:\n          name", /gives.customer: lacks `key`/],
    ["- file: customers.csv", "- file: ../customers.csv", /file: must lie in the folder of the import/],
    ["- file: customers.csv", "- file: customers.csv\n    encoding: latin1", /encoding: "latin1" must be one of utf-8, windows-1252, utf-16le/],
    ["- file: customers.csv", "- file: customers.csv\n    rows: contract", /rows: "contract" must be one of what the file gives/],
    [
      "- file: customers.csv",
      "- file: customers.csv\n    skip: [{ when: { column: A }, reason: r }]",
      /skip.0.when: says nothing of the cell; add one of is, isNot/,
    ],
    [
      "currency: EUR",
      "currency: EUR\ntolerate: [AGREEMENT_ENDS]",
      /tolerate: "AGREEMENT_ENDS" is not a rule of the mapping's records; their rules are CUSTOMER_TREE,/,
    ],
    ["system: crm", "system: crm\nsystem: erp", /^m.yaml:3: is not YAML: Map keys must be unique/],
    ["records:", "records: [", /is not YAML/],
    ["currency: EUR", "currency: *none", /^m.yaml: Unresolved alias/],
    ['name: "{Name}"', "name: [a, b]", /name: must be a text such as "\{Column\}", or keys such as/],
    ["files:", "nothing:", /names no files: list them under `files:`/],
  ];
  test.each(cases)("%j → %j", (from, to, expected) => {
    expect(after(from, to).join("\n")).toMatch(expected);
  });

  test("all that is wrong is said at once, in the order of the file", () => {
    const complaints = complaintsOf(good.replace("title:", "titel:").replace("kind: EXTERNAL", "kind: X").replace('"{Title}"', "{ column: Title, cut: no }"));
    expect(complaints.map((text) => /^m.yaml:(\d+)/.exec(text)![1])).toEqual(["1", "7", "23"]);
  });
});

test("columns that a file does not have are said with those it has, for all files at once", async () => {
  const mapping = () => parseMapping("m.yaml", good);
  const folder = folderWith({ "customers.csv": "Nr;Name\n1;A\n", "contracts.csv": "Nr,Titel,Value,Value\n" });
  const error = await prepareImport(mapping(), folder).catch((reason: unknown) => reason as MappingError);
  expect((error as MappingError).complaints).toEqual([
    expect.stringMatching(/^m.yaml:15: .*customers.csv has no column "Nr". It seems to have one column only, "Nr;Name"; is the delimiter "," right\?$/),
    expect.stringMatching(/^m.yaml:17: .*has no column "Name"/),
    expect.stringMatching(/^m.yaml:23: .*contracts.csv has no column "Title" \(did you mean Titel\?\). It has: Nr, Titel, Value, Value.$/),
    expect.stringMatching(/^m.yaml:24: .*contracts.csv has 2 columns called "Value"/),
    expect.stringMatching(/^m.yaml:25: .*contracts.csv has no column "Customer"/),
  ]);
  await expect(prepareImport(mapping(), folderWith({ "customers.csv": "Nr,Name\n" }))).rejects.toThrow("contracts.csv does not exist");
});

test("the shipped and the messy mapping are sound", () => {
  for (const name of readdirSync("import/mappings")) expect(readMapping(path.join("import/mappings", name)).files.length).toBeGreaterThan(0);
  expect(readMapping(messyMapping).files.map(({ file }) => file)).toContain("clients.csv");
  expect(readdirSync(messy).length).toBeGreaterThan(6);
});

describe("docs/import.md", () => {
  const text = readFileSync("docs/import.md", "utf8");
  /** The keys that a section knows, as its complaint about another lists them. */
  const knownIn = (from: string, to: string): string[] => {
    const complaint = after(from, to).find((each) => each.includes("nonsense"))!;
    return /known are (.*)\.$/.exec(complaint)![1]!.split(", ");
  };
  test("tells every key", () => {
    const known = [
      knownIn("title: Good", "nonsense: x"),
      knownIn("type: Agreement", "type: Agreement\n    nonsense: x"),
      knownIn("- file: customers.csv", "- file: customers.csv\n    nonsense: x"),
      knownIn("- file: customers.csv", "- file: customers.csv\n    skip: [{ nonsense: x }]"),
      knownIn('key: "{Nr}"', 'key: "{Nr}"\n        nonsense: x'),
      knownIn("column: Value", "column: Value, nonsense: x"),
      knownIn("column: Customer", "column: Customer, nonsense: x"),
      knownIn("- file: customers.csv", "- file: customers.csv\n    skip: [{ when: { column: A, is: b, nonsense: x }, reason: r }]"),
    ].flat();
    expect(known.length).toBeGreaterThan(80);
    for (const key of ["all", "any", "none", "items", "type", "by", "decimal", "thousands", "to", "with", ...known])
      expect([key, text.includes(`\`${key}\``) || text.includes(`${key}:`)]).toEqual([key, true]);
  });
  test("its mapping is one", () => {
    const [mapping = ""] = [...text.matchAll(/```yaml\n([^]*?)```/g)].map((match) => match[1]!).filter((block) => block.startsWith("title"));
    expect(parseMapping("docs.yaml", mapping).kinds.map(({ name }) => name)).toEqual(["customer", "service", "contract"]);
  });
});
