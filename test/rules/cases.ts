/** Cases of rules and verbs as data, and what each of them asserts. */
import { expect, test } from "@jest/globals";
import type { Given, Values, World } from "./world.js";

/** One write: to a new record (`on` left out), or to a record that is made for it. */
export interface Attempt {
  /** The record before, over the base of its type. */
  readonly on?: Given;
  /** What else there is when it is sent; `id` is the record's. */
  readonly with?: (world: World, id: string) => unknown;
  /** What is sent: over the base of the type for a new record, beside id and version else. */
  readonly input?: Given;
}
/** An attempt that succeeds, and with what result. */
export interface Success extends Attempt {
  /** What the record then holds, as it is read; of a changed record nothing else differs. What was sent, if not said. */
  readonly then?: Given;
  /** How many entries the ledger gets; 1 if not said. */
  readonly entries?: number;
}

/** A rule with an attempt it refuses and the near miss it lets pass. */
export interface RuleCase extends Attempt {
  readonly rule: string;
  readonly type: string;
  /** create, update or a verb; if not said, update where there is a record before and create where there is none. */
  readonly act?: string;
  readonly path: readonly string[];
  readonly refused: Attempt;
  readonly accepted: Success;
  /** What tells two cases of one rule apart. */
  readonly of?: string;
}

/** A verb that succeeds. */
export interface VerbCase extends Success {
  readonly verb: string;
  readonly type: string;
  readonly of?: string;
}

/** In which states a record allows which verbs. */
export interface Transitions {
  readonly type: string;
  /** The column that holds the state. */
  readonly column: string;
  /** The column's value in a state, where it is not the state's name. */
  readonly valueIn?: (state: string) => unknown;
  /** The rule that a verb at the wrong time breaks. */
  readonly rule: string;
  /** What else there is around the record. */
  readonly with?: Attempt["with"];
  /** Every state, and what else a record in it needs. */
  readonly states: Readonly<Record<string, Given>>;
  readonly verbs: Readonly<
    Record<string, { readonly input?: Given; readonly leads: Readonly<Record<string, string>>; readonly then?: (from: string, to: string) => Given }>
  >;
}

const of = (what?: string): string => (what ? `, ${what}` : "");

/** Declares a test for each attempt of each case. */
export function testRules(worldOf: () => World, cases: readonly RuleCase[]): void {
  for (const { rule, type, path, refused, accepted, of: what, act, ...shared } of cases) {
    const doing = (attempt: Attempt) => act ?? (attempt.on ? "update" : "create");
    const wrong = { ...shared, ...refused };
    const right = { ...shared, ...accepted };
    test(`${rule} refuses ${doing(wrong)} ${type}${of(what)}`, () => expectRefusal(worldOf(), type, doing(wrong), wrong, { rule, path }));
    test(`${rule} accepts the near miss of it${of(what)}`, () => expectSuccess(worldOf(), type, doing(right), right));
  }
}

/** Declares a test for each verb. */
export function testVerbs(worldOf: () => World, cases: readonly VerbCase[]): void {
  for (const { verb, type, of: what, ...attempt } of cases) test(`${verb}${of(what)}`, () => expectSuccess(worldOf(), type, verb, { on: {}, ...attempt }));
}

/** Declares a test for each verb in each state. */
export function testTransitions(worldOf: () => World, { type, column, valueIn = (state) => state, rule, states, verbs, ...shared }: Transitions): void {
  for (const [verb, { input = {}, leads, then }] of Object.entries(verbs))
    for (const [from, needs] of Object.entries(states)) {
      const on: Given = async (world) => ({ [column]: valueIn(from), ...(await world.make(needs)) });
      const to = leads[from];
      if (to === undefined)
        test(`${verb} refuses ${type} that is ${from}`, () => expectRefusal(worldOf(), type, verb, { ...shared, on, input }, { rule, path: ["id"] }));
      else
        test(`${verb} makes ${type} that is ${from} ${to}`, () =>
          expectSuccess(worldOf(), type, verb, {
            ...shared,
            on,
            input,
            then: async (world, id) => ({ [column]: valueIn(to), ...(await world.make(then?.(from, to) ?? {}, id)) }),
          }));
    }
}

interface Expected {
  readonly code?: string;
  readonly rule: string | null;
  readonly path: readonly string[];
  readonly retryable?: boolean;
  readonly message?: string;
}

/** The write is refused for that reason alone, and nothing is written. */
export async function expectRefusal(
  world: World,
  type: string,
  act: string,
  attempt: Attempt,
  { code = "RULE_BROKEN", rule, path, retryable = false, message }: Expected,
  send = world.send.bind(world),
): Promise<void> {
  const { id, input } = await prepare(world, type, attempt);
  const look = async () => ({ heads: await world.heads(), count: await world.count(type), record: id === null ? null : await world.read(type, id) });
  const before = await look();
  const { record, problems } = await send(act, type, input);
  expect({ record, problems }).toEqual({ record: null, problems: [{ code, rule, path, retryable, message: message ?? expect.stringMatching(/^\S.+\.$/) }] });
  expect(await look()).toEqual(before);
}

/** The write succeeds: the record is as told, nothing else of it changed, and the ledger names the act. */
export async function expectSuccess(world: World, type: string, act: string, attempt: Success): Promise<Values> {
  const { id, input } = await prepare(world, type, attempt);
  const before = id === null ? null : await world.read(type, id);
  const [portfolio, heads] = [world.portfolioOf(type), await world.heads()];
  const { record, problems } = await world.send(act, type, input);
  const written = world.now;
  expect(problems).toEqual([]);
  expect(await world.heads()).toEqual({ ...heads, [portfolio]: heads[portfolio] + (attempt.entries ?? 1) });
  const then = attempt.then ? await world.make(attempt.then, id ?? "") : shown(world, type, input, record!);
  if (before === null) expect(record).toMatchObject({ ...then, version: 1, createdAt: written, updatedAt: written, findings: [] });
  else expect(record).toEqual({ ...before, ...then, version: before["version"] + 1, updatedAt: written });
  expect(await world.read(type, record!["id"])).toEqual(record);
  expect(await world.lastChange(type, record!["id"])).toMatchObject({ operation: act, version: record!["version"], by: "tester" });
  return record!;
}

/** What was sent, as it is read. */
function shown(world: World, type: string, { id, version, ...input }: Values, record: Values): Values {
  const { stored, lists } = world.modelOf(type).entities.get(type)!;
  const entries = Object.entries(input).map(([key, value]): [string, unknown] => {
    const field = stored.get(key);
    if (field) return [field.field, field.targets && value !== null ? { id: value } : value];
    const list = [...lists.values()].find((each) => each.bare && each.key === key);
    if (!list) throw new Error(`say then: ${type} does not show ${key} as it was sent`);
    const items = (value as string[]).map((each) => ({ id: each }));
    return [list.field, Array.isArray(record[list.field]) ? items : { nodes: items }];
  });
  return Object.fromEntries(entries);
}

/** Makes the record an attempt is about and what it sends. */
async function prepare(world: World, type: string, { on, with: also, input = {} }: Attempt): Promise<{ id: string | null; input: Values }> {
  if (!on) return { id: null, input: await world.inputOf(type, await world.make(input)) };
  const id = await world.new(type, on);
  await also?.(world, id);
  const sent = await world.make(input, id);
  return { id, input: { id, version: (await world.read(type, id))!["version"], ...sent } };
}
