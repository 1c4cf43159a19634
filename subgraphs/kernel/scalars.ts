/** The graph's scalars: what is accepted from clients and what is answered. */
import { GraphQLScalarType, type ValueNode, Kind, valueFromASTUntyped } from "graphql";
import { parseMoment } from "../../transport/moments.js";
import { explainDay } from "./dates.js";
import { badInput } from "./errors.js";

const refuse = (message: string): never => {
  throw badInput(message);
};

function textScalar(name: string, parse: (text: string) => string): GraphQLScalarType<string, string> {
  const parseValue = (value: unknown) => (typeof value === "string" ? parse(value) : refuse(`${name} must be written as a string.`));
  return new GraphQLScalarType<string, string>({
    name,
    serialize: String,
    parseValue,
    parseLiteral: (node: ValueNode) => parseValue("value" in node && node.kind === Kind.STRING ? node.value : null),
  });
}

const DECIMAL = /^-?\d{1,16}(\.\d{1,6})?$/;

export const scalars = {
  Date: textScalar("Date", (text) => {
    const problem = explainDay(text);
    return problem === null ? text : refuse(`"${text}" ${problem}`);
  }),
  DateTime: textScalar("DateTime", (text) => parseMoment(text) ?? refuse(`"${text}" is not a moment; write it like 2026-03-01T09:30:00Z.`)),
  Decimal: textScalar("Decimal", (text) =>
    DECIMAL.test(text) ? text : refuse(`"${text}" is not a decimal number; write it like "1250.50", with at most 6 decimals.`),
  ),
  JSON: new GraphQLScalarType({
    name: "JSON",
    serialize: (value) => value,
    parseValue: (value) => value,
    parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
  }),
};
