/** Nothing in the API goes without saying what it means. */
import { expect, test } from "@jest/globals";
import { isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isSpecifiedScalarType } from "graphql";
import { api } from "./graph.js";

test("Every type, field, argument, enum value and input field of the API is described", () => {
  let described = 0;
  const bare: string[] = [];
  const check = (coordinate: string, { description }: { readonly description?: string | null | undefined }) => {
    if (description?.trim()) described++;
    else bare.push(coordinate);
  };
  for (const type of Object.values(api.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    if (!["Query", "Mutation"].includes(type.name)) check(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
        for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name}:)`, argument);
      }
  }
  expect(bare).toEqual([]);
  expect(described).toBeGreaterThan(5_000);
});
