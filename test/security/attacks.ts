/** Operations that mean harm by their shape, on the library of test/gateway/library.ts or on no schema at all. */

const repeat = (times: number, write: (i: number) => string, between = " "): string => Array.from({ length: times }, (_, i) => write(i)).join(between);

/** Fragments that each spread the next so many times: their text grows by the line, what they ask for by the power. */
const nestFragments = (levels: number, spreads: number, field = ""): string =>
  `{ books { ...F0 } } ${repeat(levels, (i) => `fragment F${i} on Book { ${field} ${repeat(spreads, () => `...F${i + 1}`)} }`)} fragment F${levels} on Book { isbn }`;

/** What is sent, and how the refusal begins. */
export const oversized: readonly (readonly [name: string, text: string, message: string])[] = [
  ["a text of more than 50,000 characters", `{ __typename } #${"x".repeat(50_000)}`, "The operation has 50016 characters; send at most 50000."],
  ["8,000 aliases", `{ ${repeat(12_000, (i) => `a${i}:t`, ",").slice(0, 49_000)} }`, "The operation has more than 4000 names, values and punctuators"],
  ["a field 1,100 times", `{ books { ${repeat(1_100, () => "isbn")} } }`, "The operation asks for more than 1000 fields"],
  ["a field 145 times", `{ books { ${repeat(145, () => "isbn")} } }`, "The operation asks for the same fields in the same places too often"],
  [
    "large arguments that must be alike",
    `{ ${repeat(20, () => `book(isbn: [${repeat(60, () => "1", ",")}]) { isbn }`)} }`,
    "The operation asks for the same fields in the same places too often",
  ],
  ["201 aliases", `{ books { ${repeat(201, (i) => `a${i}: isbn`)} } }`, "The operation gives more than 200 fields another name"],
  ["51 fragments on types", `{ books { ${repeat(51, () => "... on Book { isbn }")} } }`, "The operation spreads more than 50 fragments on types"],
  ["51 root fields", `{ ${repeat(51, (i) => `a${i}: __typename`)} }`, "The operation has more than 50 fields at its root"],
  [
    "51 root fields by a fragment",
    `{ ...A } fragment A on Query { ${repeat(51, (i) => `a${i}: __typename`)} }`,
    "The operation has more than 50 fields at its root",
  ],
  ["17 fields in each other", `{ books ${"{ author ".repeat(16)}{ id }${" }".repeat(16)} }`, "The operation is more than 16 fields deep"],
  ["fragments that double 60 times", nestFragments(60, 2), "The operation asks for more than 1000 fields"],
  ["fragments that grow tenfold 14 times", nestFragments(14, 10, "title"), "The operation asks for more than 1000 fields"],
  ["a chain of 90 fragments", nestFragments(90, 1), "The operation spreads more than 50 fragments on types"],
  ["101 fragments", `{ __typename } ${repeat(101, (i) => `fragment A${i} on Book { isbn }`)}`, "The text has 102 operations and fragments; send at most 100."],
  ["brackets that never close", "{a".repeat(24_000), "The operation nests more than 50 brackets"],
  ["lists that never close", `{ book(isbn: ${"[".repeat(49_000)}`, "The operation nests more than 50 brackets"],
  ["objects that never close", `{ book(isbn: ${"{a:".repeat(16_000)}`, "The operation nests more than 50 brackets"],
  ["lists seven deep", `{ book(isbn: ${"[".repeat(7)}1${"]".repeat(7)}) { isbn } }`, "The operation writes lists more than 6 deep in each other"],
  ["2,000 directives", `{ __typename ${repeat(2_000, () => "@include(if: true)")} }`, "The operation has more than 4000 names"],
  ["2,000 variables", `query (${repeat(2_000, (i) => `$v${i}: Int`)}) { __typename }`, "The operation has more than 4000 names"],
  ["the alias __proto__", "{ __proto__: books { isbn } }", "No field, variable or fragment may be called __proto__"],
  ["another field called __typename", "{ books { __typename: isbn } }", "No other field may be called __typename"],
  ["the whole schema three times", `{ ${repeat(3, (i) => `a${i}: __schema { types { name } }`)} }`, "The text asks for the whole schema more than 2 times"],
  ["21 types of the schema", `{ ${repeat(21, (i) => `a${i}: __type(name: "Book") { name }`)} }`, "The text asks for more than 20 types of the schema"],
  [
    "the schema's fields under another name",
    "{ __schema { types { ...T } } } fragment T on __Type { a: fields { name } }",
    "Of the schema, fields may be asked for",
  ],
  ["the schema's types under another name", "{ __schema { a: types { name } } }", "Of the schema, types may be asked for under no other name"],
  ["the variable __proto__", "query ($__proto__: ID!) { book(isbn: $__proto__) { isbn } }", "No field, variable or fragment may be called __proto__"],
  ["the fragment __proto__", "{ books { ...__proto__ } } fragment __proto__ on Book { isbn }", "No field, variable or fragment may be called __proto__"],
];

/** Within the limits, or no operation at all: answered by whatever reads it, as any other. */
export const harmless: readonly (readonly [name: string, text: string])[] = [
  ["49,000 characters of a comment", `#${"x".repeat(49_000)}`],
  ["49,000 spaces", " ".repeat(49_000)],
  ["49,000 commas", ",".repeat(49_000)],
  ["a string of escapes", `{ book(isbn: "${"\\u00e9".repeat(8_000)}") { isbn } }`],
  ["a block string of 16,000 lines", `{ book(isbn: """${"\n x".repeat(16_000)}""") { isbn } }`],
  ["a name of 49,000 letters", `{ ${"a".repeat(49_000)} }`],
  ["900 fields nobody knows", `{ books { ${repeat(900, (i) => `titel${i}`)} } }`],
  ["a fragment within itself", "{ books { ...A } } fragment A on Book { author { ...B } } fragment B on Author { ...B id }"],
  ["50 root fields that are lists", `{ ${repeat(50, (i) => `a${i}: books { isbn title author { id name } }`)} }`],
];
