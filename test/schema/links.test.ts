/** Links go both ways, lead where they say, and a portfolio out of reach or a missing right takes nothing else with it. */
import { expect, test } from "@jest/globals";
import {
  type FieldDefinitionNode,
  type GraphQLObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeNode,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { ReverseLink } from "../../subgraphs/kernel/declare.js";
import { namedTypeOf } from "../../subgraphs/kernel/sdl/written.js";
import { portfolios } from "../../subgraphs/list.js";
import { api, directory, fieldsOf, objectType, storedLinks, subgraphs, targetsOf } from "./graph.js";

test("Every stored link can be followed back from every type it names, in the portfolio that stores it and in the API", () => {
  expect(storedLinks.length).toBeGreaterThan(80);
  const oneWay = storedLinks
    .filter(({ path }) => path !== "Interaction.about") // every main entity has `interactions`
    .flatMap(({ portfolio, path, targets }) =>
      targets
        .filter((target) => {
          const back = Object.entries(portfolios.find(({ name }) => name === portfolio)!.links[target] ?? {}).find(
            ([, link]) => link instanceof ReverseLink && link.of === path,
          );
          return !back || !targetsOf(fieldsOf(target)[back[0]]!.type).some(({ name }) => name === path.split(".")[0]);
        })
        .map((target) => `${path} has no way back from ${target}`),
    );
  expect(oneWay).toEqual([]);
});

test("Every link leads to the types it declares", () => {
  for (const { path, targets } of storedLinks) {
    const [type = "", field = "", member] = path.split(".");
    const direct = fieldsOf(type)[field]!;
    const found = targetsOf(member ? fieldsOf(targetsOf(direct.type)[0]!.name)[member]!.type : direct.type);
    expect([path, found.map(({ name }) => name).sort()]).toEqual([path, (targets[0] === "*" ? ["Node"] : [...targets]).sort()]);
  }
});

// --- what crosses portfolios ---

interface SubgraphField {
  readonly coordinate: string;
  readonly owner: ObjectTypeDefinitionNode;
  readonly field: FieldDefinitionNode;
}
/** Whether a type, or a member of the union it is, is a record of another portfolio; `Node` may be. */
const isForeign = (portfolio: string, unions: ReadonlyMap<string, readonly string[]>, name: string): boolean =>
  name === "Node" || (unions.get(name) ?? [name]).some((type) => directory.has(type) && directory.entry(type).portfolio !== portfolio);
const crossing = subgraphs.flatMap(({ name, document }): SubgraphField[] => {
  const unions = new Map(
    document.definitions.flatMap((each): [string, string[]][] =>
      each.kind === Kind.UNION_TYPE_DEFINITION ? [[each.name.value, (each.types ?? []).map((type) => type.name.value)]] : [],
    ),
  );
  return document.definitions.flatMap((owner) =>
    owner.kind !== Kind.OBJECT_TYPE_DEFINITION
      ? []
      : (owner.fields ?? [])
          .filter((field) => isForeign(name, unions, namedTypeOf(field.type)))
          .map((field) => ({ coordinate: `${name}: ${owner.name.value}.${field.name.value}`, owner, field })),
  );
});
const isRequired = (type: TypeNode): boolean => type.kind === Kind.NON_NULL_TYPE;
const itemOf = (type: TypeNode): TypeNode | null => (type.kind === Kind.NON_NULL_TYPE ? itemOf(type.type) : type.kind === Kind.LIST_TYPE ? type.type : null);

test("A record of another portfolio is nullable wherever it is answered", () => {
  expect(crossing.length).toBeGreaterThan(80);
  expect(crossing.filter(({ field }) => isRequired(itemOf(field.type) ?? field.type)).map(({ coordinate }) => coordinate)).toEqual([]);
});

test("A list of records of other portfolios is a connection", () => {
  const plain = crossing.filter(({ owner, field }) => itemOf(field.type) && !/(Connection|Edge)$/.test(owner.name.value)).map(({ coordinate }) => coordinate);
  // Bounded by their record, and of any type or computed, so that there is nothing to filter or sort by.
  expect(plain).toEqual(["customer: UnitConflict.services", "customer: Interaction.about"]);
});

test("What a portfolio adds to another's records is nullable: out of reach, it takes nothing else with it", () => {
  const contributed = subgraphs.flatMap(({ name, document }) =>
    document.definitions.flatMap((owner) =>
      owner.kind === Kind.OBJECT_TYPE_DEFINITION && directory.has(owner.name.value) && directory.entry(owner.name.value).portfolio !== name
        ? (owner.fields ?? []).filter((field) => field.name.value !== "id").map((field) => ({ owner: owner.name.value, field }))
        : [],
    ),
  );
  expect(contributed.length).toBeGreaterThan(50);
  expect(contributed.filter(({ field }) => isRequired(field.type)).map(({ owner, field }) => `${owner}.${field.name.value}`)).toEqual([]);
  for (const { owner, field } of contributed) expect(fieldsOf(owner)).toHaveProperty(field.name.value);
});

test("What a role may be denied is nullable: a missing right takes nothing else with it", () => {
  const deniedTypes = [
    "Anticipation",
    "ServiceCost",
    "ServiceEvaluation",
    "Supplier",
    "Application",
    "ApplicationFunction",
    "ApplicationInterface",
    "ApplicationRole",
  ];
  const deniedFields: Readonly<Record<string, readonly string[]>> = {
    Customer: ["revenue"],
    Stakeholder: ["stance", "influence", "interest"],
    EngagementAssessment: ["expectedValue", "effortCost", "decision"],
    MaturityAssessment: ["level"],
  };
  const reading = Object.values(api.getTypeMap()).filter(
    (type): type is GraphQLObjectType => isObjectType(type) && !isIntrospectionType(type) && !/(Connection|Edge|Payload)$|^(Query|Mutation)$/.test(type.name),
  );
  const leading = reading
    .filter(({ name }) => !deniedTypes.includes(name))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => targetsOf(field.type).some(({ name }) => deniedTypes.includes(name)))
        .map((field) => ({ type, field })),
    );
  const secret = Object.entries(deniedFields).flatMap(([type, names]) => names.map((name) => ({ type: objectType(type), field: fieldsOf(type)[name]! })));
  expect(leading.length).toBeGreaterThan(10);
  expect([...leading, ...secret].filter(({ field }) => isNonNullType(field.type)).map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
});
