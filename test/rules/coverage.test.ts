/** That no rule, refusal, verb, derived column or computed field goes without a test. */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { portfolios } from "../../subgraphs/list.js";

const folder = "test/rules";
const testOf = (portfolio: string): string => readFileSync(path.join(folder, `${portfolio}.test.ts`), "utf8");
const missingFrom = (text: string, names: readonly string[]): string[] => names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text));

/** The names of the rules that verbs refuse by, read from their source; `refuse` and what calls it take the name first, `allowing` says it. */
function refusalsOf(portfolio: string): string[] {
  const source = readFileSync(`subgraphs/${portfolio}/mutations.ts`, "utf8");
  const calls = [...source.matchAll(/\b(?:refuse|requireState)\(\s*(?:"(\w+)"|`\$\{type\.toUpperCase\(\)\}(\w+)`)/g)];
  const moved = [...source.matchAll(/\ballowing\(\s*\{ rule: "(\w+)"/g)].map(([, name]) => name!);
  const types = [...source.matchAll(/setActive\("(\w+)", true\)/g)].map(([, type]) => type!.toUpperCase());
  return [...new Set([...moved, ...calls.flatMap(([, name, ending]) => (name ? [name] : types.map((type) => `${type}${ending}`)))])];
}

test.each(portfolios.map((portfolio) => [portfolio.name, portfolio] as const))(
  "every rule, refusal, verb and computed field of %s is in its tests",
  (name, portfolio) => {
    const rules = Object.values(portfolio.rules).flatMap((ofType) => ofType.map((rule) => rule.name));
    const refusals = refusalsOf(name);
    const fields = Object.values(portfolio.fields).flatMap((ofType) => Object.keys(ofType));
    const derived = Object.values(portfolio.entities).flatMap(({ columns }) =>
      Object.entries(columns).flatMap(([column, { options }]) => (options.setter === "kernel" ? [column] : [])),
    );
    const text = testOf(name);
    expect({
      rules: missingFrom(text, rules),
      refusals: missingFrom(text, refusals),
      verbs: missingFrom(text, Object.keys(portfolio.mutations)),
      fields: missingFrom(text, fields),
      derived: missingFrom(text, derived),
    }).toEqual({ rules: [], refusals: [], verbs: [], fields: [], derived: [] });
    expect(rules.length).toBeGreaterThan(0);
    expect(refusals.length).toBeGreaterThan(0);
    expect(new Set(rules).size).toBe(rules.length);
  },
);

test("every call that refuses is read", () => {
  for (const { name } of portfolios) {
    const source = readFileSync(`subgraphs/${name}/mutations.ts`, "utf8");
    const named = [...source.matchAll(/\brefuse\(\s*(?:"[A-Z_]+"|`\$\{type\.toUpperCase\(\)\}[A-Z_]+`|ruleName)/g)];
    expect({ name, calls: [...source.matchAll(/\brefuse\(/g)].length }).toEqual({ name, calls: named.length });
  }
});

test("every portfolio has its tests here", () => {
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(portfolios.map(({ name }) => `${name}.test.ts`)));
});
