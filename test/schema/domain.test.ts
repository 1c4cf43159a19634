/** Each concept of the domain, listed in domain.txt, has its field, its link or its enum values in the graph. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { type GraphQLOutputType, getNamedType, isEnumType, isInputObjectType, isObjectType, isOutputType } from "graphql";
import { api, entityTypes, targetsOf } from "./graph.js";

interface Concept {
  readonly awaited: boolean;
  /** ["Agreement", "parties", "side"]. */
  readonly path: readonly string[];
  readonly targets: readonly string[] | null;
  readonly values: readonly string[] | null;
}
const lines = readFileSync(path.join(import.meta.dirname, "domain.txt"), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"));
const LINE = /^(?<awaited>awaited )?(?<path>\w+(\.\w+)+)(?: > (?<targets>\w+( \w+)*)|: (?<values>[A-Z_]+( [A-Z_]+)*))?$/;
const entities = lines.filter((line) => line.startsWith("entity ")).map((line) => line.slice("entity ".length));
const concepts = lines
  .filter((line) => !line.startsWith("entity "))
  .map((line): Concept => {
    const found = LINE.exec(line)?.groups;
    if (!found) throw new Error(`domain.txt: "${line}" is no concept`);
    return {
      awaited: Boolean(found["awaited"]),
      path: found["path"]!.split("."),
      targets: found["targets"]?.split(" ") ?? null,
      values: found["values"]?.split(" ") ?? null,
    };
  });

/** The type of what a path leads to; null where a step is missing. */
function typeAt([type = "", ...fields]: readonly string[]): GraphQLOutputType | null {
  let at = api.getType(type);
  let answered: unknown = null;
  for (const name of fields) {
    const field = isObjectType(at) || isInputObjectType(at) ? at.getFields()[name] : undefined;
    if (!field) return null;
    answered = field.type;
    at = getNamedType(field.type);
  }
  return isOutputType(answered) ? answered : null;
}

/** What is wrong with how the graph shows a concept; undefined where nothing is. */
function complaintOf({ path: steps, targets, values }: Concept): string | undefined {
  const coordinate = steps.join(".");
  const type = typeAt(steps);
  if (!type) return `${coordinate} is missing`;
  const reached = targetsOf(type).map(({ name }) => name);
  if (targets && sorted(reached) !== sorted(targets)) return `${coordinate} leads to ${sorted(reached)}, not ${sorted(targets)}`;
  const named = getNamedType(type);
  const shown = isEnumType(named) ? named.getValues().map(({ name }) => name) : [];
  if (values && sorted(shown) !== sorted(values)) return `${coordinate} may be ${sorted(shown)}, not ${sorted(values)}`;
  return undefined;
}
const sorted = (names: readonly string[]): string => [...names].sort().join(" ");

test("The entities of the graph are those of the domain", () => {
  expect(entities.length).toBe(47);
  expect([...entities].sort()).toEqual(entityTypes.map(({ type }) => type).sort());
});

test.each(entities)("Whatever the domain says of %s is in the graph", (entity) => {
  const own = concepts.filter(({ path: [type], awaited }) => type === entity && !awaited);
  expect(own.length).toBeGreaterThan(0);
  expect(own.flatMap((concept) => complaintOf(concept) ?? [])).toEqual([]);
});

test("So is what it says beyond the entities", () => {
  const others = concepts.filter(({ path: [type = ""], awaited }) => !entities.includes(type) && !awaited);
  expect(others.flatMap((concept) => complaintOf(concept) ?? [])).toEqual([]);
});

test("What is awaited is not there yet", () => {
  expect(concepts.filter(({ awaited }) => awaited).flatMap((concept) => (complaintOf(concept)?.endsWith("is missing") ? [] : concept.path.join(".")))).toEqual(
    [],
  );
});

test("No concept is listed twice", () => {
  const coordinates = concepts.map(({ path: steps }) => steps.join("."));
  expect(coordinates.filter((coordinate, i) => coordinates.indexOf(coordinate) < i)).toEqual([]);
  expect(coordinates.length).toBeGreaterThan(400);
});
