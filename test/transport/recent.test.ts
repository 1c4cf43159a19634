import { expect, test } from "@jest/globals";
import { Recent } from "../../transport/recent.js";

test("what is asked for stays, however much comes; what is not goes, and there is never more than allowed", () => {
  const recent = new Recent<number>(10);
  recent.set("asked", 1);
  recent.set("forgotten", 2);
  for (let i = 0; i < 100; i++) {
    recent.set(`new ${i}`, i);
    expect(recent.get("asked")).toBe(1);
    expect(recent.size).toBeLessThanOrEqual(10);
  }
  expect(recent.get("forgotten")).toBeUndefined();
});

test("the half that came last is there in any case", () => {
  for (let count = 5; count < 30; count++) {
    const recent = new Recent<number>(10);
    for (let i = 0; i < count; i++) recent.set(`key ${i}`, i);
    // The newest is asked for first: to ask is to come again.
    const last = Array.from({ length: 5 }, (_, back) => count - 1 - back);
    expect(last.map((i) => recent.get(`key ${i}`))).toEqual(last);
  }
});

test("what is set anew is given as it is now", () => {
  const recent = new Recent<string>(4);
  recent.set("a", "before");
  recent.set("b", "other");
  recent.set("a", "after");
  expect([recent.get("a"), recent.get("b"), recent.size]).toEqual(["after", "other", 2]);
});
