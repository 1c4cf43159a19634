import { expect, test } from "@jest/globals";
import { createId, prefixOf } from "../../subgraphs/kernel/ids.js";

test("ids of one moment sort in the order they were made, ids of a later one after them", () => {
  const ids = Array.from({ length: 1000 }, () => createId("per", 1_763_856_000_000));
  ids.push(createId("per", 1_763_856_000_001));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(1001);
  expect(ids.every((id) => prefixOf(id) === "per" && id.length === 30)).toBe(true);
});
