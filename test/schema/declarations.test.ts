/** Nothing is declared in vain: what the kernel would pass over in silence fails here. */
import { expect, test } from "@jest/globals";
import { portfolios } from "../../subgraphs/list.js";
import { fieldsOf, models, subgraphs, targetsOf } from "./graph.js";

test.each(portfolios.map((portfolio) => [portfolio.name, portfolio] as const))("Whatever the %s portfolio declares is in the API", (_, portfolio) => {
  const { entities, links, fields, mutations: verbs, rules, derivations } = portfolio;
  const declared = [
    ...Object.entries(entities).flatMap(([type, { columns }]) => Object.keys(columns).map((field) => `${type}.${field}`)),
    ...[links, fields].flatMap((byType) => Object.entries(byType).flatMap(([type, own]) => Object.keys(own).map((field) => `${type}.${field}`))),
    ...Object.keys(verbs).map((name) => `Mutation.${name}`),
  ];
  expect(declared.filter((coordinate) => !(coordinate.split(".")[1]! in fieldsOf(coordinate.split(".")[0]!)))).toEqual([]);
  expect([...Object.keys(rules), ...Object.keys(derivations)].filter((type) => !(type in entities))).toEqual([]);
  const { model } = subgraphs.find(({ name }) => name === portfolio.name)!;
  const unknown = Object.entries(fields).flatMap(([type, own]) =>
    Object.entries(own).flatMap(([field, { needs }]) =>
      needs.filter((key) => !model.entities.get(type)?.stored.has(key)).map((key) => `${type}.${field} needs ${key}`),
    ),
  );
  expect(unknown).toEqual([]);
});

test("A value object of a list shows what is stored of it, no more and no less", () => {
  const lists = models.flatMap(([, entity]) => [...entity.lists.values()].filter(({ bare }) => !bare));
  expect(lists.length).toBeGreaterThan(46);
  for (const { owner, field, members } of lists) {
    const value = targetsOf(fieldsOf(owner)[field]!.type)[0]!.name;
    expect([`${owner}.${field}`, Object.keys(fieldsOf(value)).sort()]).toEqual([`${owner}.${field}`, members.map((member) => member.field).sort()]);
  }
});
