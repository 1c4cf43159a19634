/** Subgraphs that fail. What goes wrong depends on the seed, the operation and the entity alone, so that it is the same however often and together with what it is asked for. */
import { createHash } from "node:crypto";
import { type AnswerError, type GraphQLAnswer, type GraphQLCall, type Subgraph, SubgraphUnreachable } from "../../transport/subgraph.js";
import { Random } from "../support/random.js";

type Data = Record<string, any>;

/** How often a call fails as a whole, and how often one of its entities or root answers does. */
const WHOLE = 0.12;
const PART = 0.35;

/** A subgraph whose answers are spoilt now and then, by the seed of the day. */
export function spoil(subgraph: Subgraph, seedOfNow: () => number): Subgraph {
  return {
    ...subgraph,
    async execute(call, context) {
      const seed = seedOfNow();
      const whole = randomFor(seed, subgraph.name, call.query);
      const answer = structuredClone(await subgraph.execute(call, context));
      return whole.chance(WHOLE) ? spoilWhole(answer, whole, subgraph.name) : spoilParts(answer, call, seed);
    },
  };
}

const randomFor = (...of: readonly unknown[]): Random => new Random(createHash("sha256").update(JSON.stringify(of)).digest().readInt32BE());

function spoilWhole({ data }: GraphQLAnswer, random: Random, name: string): GraphQLAnswer {
  const errors = [{ message: "It is closed.", extensions: { code: "CLOSED" } }];
  switch (random.between(0, 7)) {
    case 0:
      throw new SubgraphUnreachable(name);
    case 1:
      throw new TypeError("cannot read properties of undefined");
    case 2:
      return { data: null, errors };
    case 3:
      return { errors };
    case 4:
      return { data: data ?? null, errors };
    default:
      if (!data?.["_entities"]) return {};
      return { data: { ...data, _entities: random.pick<unknown>([null, "none", {}, [], [...(data["_entities"] as unknown[]), null]]) } };
  }
}

function spoilParts(answer: GraphQLAnswer, { query, variables = {} }: GraphQLCall, seed: number): GraphQLAnswer {
  const data = answer.data as Data | null | undefined;
  if (!data) return answer;
  const errors: AnswerError[] = [...(answer.errors ?? [])];
  const { representations, ...others } = variables as { representations?: readonly unknown[] };
  const entities = data["_entities"] as unknown[] | undefined;
  const spoilAt = (holder: Data, key: string | number, of: unknown, path: readonly (string | number)[]) => {
    const random = randomFor(seed, query, of, others);
    if (random.chance(PART)) spoilValue(holder, key, random, path, errors);
  };
  if (entities && representations) representations.forEach((representation, i) => spoilAt(entities, i, representation, ["_entities", i]));
  else for (const name of Object.keys(data)) spoilAt(data, name, name, [name]);
  return errors.length > 0 ? { ...answer, data, errors } : { ...answer, data };
}

/** Spoils the value there or one within it. */
function spoilValue(holder: Data, key: string | number, random: Random, path: readonly (string | number)[], errors: AnswerError[]): void {
  const value: unknown = holder[key];
  const inner = typeof value === "object" && value !== null ? Object.keys(value).filter((name) => name !== "__typename") : [];
  if (inner.length > 0 && random.chance(0.8)) {
    const name = random.pick(inner);
    return spoilValue(value as Data, Array.isArray(value) ? Number(name) : name, random, [...path, Array.isArray(value) ? Number(name) : name], errors);
  }
  const fail = () => errors.push({ message: "It failed.", path, extensions: { code: "FAILED" } });
  switch (random.between(0, 6)) {
    case 0:
      holder[key] = null;
      return void fail();
    case 1:
      return void fail();
    case 2:
      holder[key] = null;
      return;
    case 3:
      if (!Array.isArray(holder)) delete holder[key];
      return;
    case 4:
      // As JSON from elsewhere has it: a key of its own, not a prototype.
      if (typeof value === "object" && value !== null)
        Object.defineProperty(value, "__proto__", { value: { polluted: true }, enumerable: true, configurable: true, writable: true });
      return;
    case 5:
      if (typeof value === "object" && value !== null && "__typename" in value) value.__typename = "Nothing";
      return;
    default:
      // A value of another type, but of the same depth: on the way to further fetches Apollo's executor takes none of another.
      if (typeof value !== "object") holder[key] = random.pick<unknown>([1, -0, 0.5, 1e21, 2 ** 60, "\ud800 alone \u2028", "", true, {}]);
  }
}
