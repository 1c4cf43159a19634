/** What takes long is begun one at a time, and what is quick goes on in between. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { takeTurn } from "../../gateway/security/turns.js";

test("one is begun in each turn of the event loop, in the order they came, those that come meanwhile after them", async () => {
  const begun: string[] = [];
  const begin = async (name: string) => {
    await takeTurn();
    begun.push(name);
  };
  const all = ["a", "b", "c"].map(begin);
  const perTurn: number[] = [];
  const goOn = async (turns: number) => {
    for (let i = 0; i < turns; i++) {
      const before = begun.length;
      await turn();
      perTurn.push(begun.length - before);
    }
  };
  await goOn(2);
  // While others wait, and once nobody has asked for a while.
  all.push(begin("d"));
  await goOn(20);
  expect(begun).toEqual(["a", "b", "c", "d"]);
  all.push(begin("e"));
  await Promise.all(all);
  expect(begun).toEqual(["a", "b", "c", "d", "e"]);
  expect(Math.max(...perTurn)).toBe(1);
});
