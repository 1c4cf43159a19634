/** SDL that is the same in every portfolio's subgraph: conditions on scalars, and deletions. */

const comparisons = (name: string, type: string, words: string): string => `
"Condition on ${words}."
input ${name}Filter {
  "Equal to."
  eq: ${type}
  "Not equal to; missing values match."
  not: ${type}
  "One of."
  in: [${type}!]
  "None of; missing values match."
  notIn: [${type}!]
  "Whether it is missing."
  isNull: Boolean
  ${name === "Boolean" || name === "ID" ? "" : `"Greater or later than." gt: ${type}\n  "At least, or not before." gte: ${type}\n  "Less or earlier than." lt: ${type}\n  "At most, or not after." lte: ${type}`}
  ${name === "String" ? `"Contains this text; upper and lower case differ." contains: String\n  "Starts with this text; upper and lower case differ." startsWith: String` : ""}
}`;

/** The filters of scalars, and the input and payload of deletions: the same in every subgraph. */
export const FILTERS = [
  comparisons("ID", "ID", "an id"),
  comparisons("String", "String", "a text, compared character by character"),
  comparisons("Int", "Int", "a whole number"),
  comparisons("Decimal", "Decimal", "a decimal number"),
  comparisons("Boolean", "Boolean", "a yes or no"),
  comparisons("Date", "Date", "a day"),
  comparisons("DateTime", "DateTime", "a moment"),
  `
"Condition on an amount of money; amounts are compared within one currency, so conditions on the amount need one."
input MoneyFilter {
  "The currency."
  currency: String
  "Equal to."
  eq: Decimal
  "Greater than."
  gt: Decimal
  "At least."
  gte: Decimal
  "Less than."
  lt: Decimal
  "At most."
  lte: Decimal
  "Whether it is missing."
  isNull: Boolean
}
"Condition on records of another portfolio that a list links to."
input LinkedFilter {
  "Condition on the id."
  id: IDFilter
}
"The record to delete."
input DeleteInput {
  "The record."
  id: ID!
  "The version the decision is based on."
  version: Int!
}
"What a deletion answers."
type DeletePayload @shareable {
  "Id of the record that is no more; null where nothing was deleted."
  deletedId: ID
  "Why nothing was deleted; empty when it was."
  problems: [Problem!]!
}`,
].join("\n");
