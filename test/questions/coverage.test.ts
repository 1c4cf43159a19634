import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  buildSchema,
  parse,
  typeFromAST,
  validate,
  coerceInputValue,
  isInputType,
} from "graphql";
import { answers } from "./answers.js";
import { operationFiles, readQuestion } from "./operations.js";

/** Who asks which question (docs/questions.md). */
const ASKERS: Readonly<Record<number, string>> = {
  1: "relationship manager",
  2: "relationship manager",
  3: "relationship manager",
  4: "relationship manager",
  5: "relationship manager",
  6: "relationship manager",
  7: "relationship manager",
  8: "relationship manager",
  9: "relationship manager",
  10: "relationship manager",
  11: "relationship manager",
  12: "service owner",
  13: "service level manager",
  14: "service owner",
  15: "service owner",
  16: "service owner",
  17: "service level manager",
  18: "service level manager",
  19: "project office",
  21: "project office",
  20: "project office",
  22: "project office",
  23: "application manager",
  24: "application manager",
  25: "application manager",
  26: "application manager",
  27: "CIO",
  28: "CIO",
  29: "CIO",
  30: "CIO",
  31: "analyst",
  32: "analyst",
  33: "analyst",
  34: "analyst",
  35: "customer's executive",
  36: "integrator",
};

const schema = buildSchema(readFileSync("schema/api.graphql", "utf8"));

test("every question has an operation", () => {
  const numbers = operationFiles.map((file) => readQuestion(file).number);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(numbers).toEqual(expect.arrayContaining(Object.keys(ASKERS).map(Number)));
});

describe.each(operationFiles.map(readQuestion))("$file", ({ file, number, askedBy, text, variables, query }) => {
  const document = parse(query);
  const operations = document.definitions.filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION);

  test("says whose question it is and what is asked", () => {
    expect(file).toMatch(/^\d{2}(-[a-z]+)+\.graphql$/);
    expect(Number(file.slice(0, 2))).toBe(number);
    if (ASKERS[number]) expect(askedBy).toBe(ASKERS[number]);
    expect(text).toMatch(/\?$/);
  });

  test("is one named operation that fits the schema", () => {
    expect(validate(schema, document)).toEqual([]);
    expect(operations).toHaveLength(1);
    expect(query).toMatch(new RegExp(`^query ${operations[0]!.name!.value}\\b`, "m"));
    const fragments = document.definitions.filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION);
    expect(document.definitions).toHaveLength(1 + fragments.length);
  });

  test("has variables that fit", () => {
    const definitions = operations[0]!.variableDefinitions ?? [];
    expect(definitions.map(({ variable }) => variable.name.value)).toEqual(expect.arrayContaining(Object.keys(variables)));
    for (const { variable, type, defaultValue } of definitions) {
      const value = variables[variable.name.value];
      if (value === undefined) {
        expect([type.kind, defaultValue?.kind]).not.toEqual([Kind.NON_NULL_TYPE, undefined]);
        continue;
      }
      const inputType = typeFromAST(schema, type as never);
      if (!isInputType(inputType)) throw new Error(`${variable.name.value} is of no input type`);
      expect(() => coerceInputValue(value, inputType)).not.toThrow();
    }
  });

  test("is checked against the story where it can be", () => {
    expect(number in ASKERS).toBe(number in answers);
  });
});
