/** What an operation may hold and ask for. Each is far above what a front end, a report or the playground needs. */
export const limits = {
  /** Characters of the text of an operation. */
  characters: 50_000,
  /** Characters of what the schema answers of itself to one operation. All that the usual tools ask is half as long. */
  schemaCharacters: 3_600_000,
  /** How often an operation may ask for the whole schema, and for one of its types. */
  schemas: 2,
  schemaTypes: 20,
  /** Names, values and punctuation of the text. */
  tokens: 4_000,
  /** Brackets within brackets, of whatever kind. */
  nesting: 50,
  /** Operations and fragments of one text. */
  definitions: 100,
  /** Fields within fields, fragments taken apart. Introspection by the usual tools is 14 deep. */
  depth: 16,
  /** Fields at the root of an operation. */
  rootFields: 50,
  /** Fields under another name than their own. */
  aliases: 200,
  /** Fields of all operations and fragments, each fragment taken apart wherever it is spread. */
  fields: 1_000,
  /** Fragments on a type, wherever they are spread: each is planned for itself. */
  conditions: 50,
  /** Fields that stand under one name in one place, compared in pairs before they are merged. */
  comparisons: 20_000,
  /** Lists within lists of a value written in the text; the planner's work doubles with each. */
  lists: 6,
  /** Errors of validation, and mistakes in variables, that are told; each may cost a search for what was meant. */
  validationErrors: 10,
  /** Objects and lists within each other in variables. */
  variableNesting: 40,
  /** Points an operation may cost at most, by the page sizes it asks for: an object is one. */
  cost: 50_000_000,
  /** Milliseconds that planning an operation may take, in a thread of its own; longer where the machine is busy with other things. */
  planning: 2_000,
  /** Milliseconds without a new operation after which that thread ends, until there is one. */
  planningIdle: 60_000,
  /** Operations that may wait to be planned. */
  waitingPlans: 100,
} as const;
