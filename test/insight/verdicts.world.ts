/** Verdicts asked of insight, over records made with the least they need. */
import { expect } from "@jest/globals";
import { World } from "./world.js";

type Values = Record<string, any>;

const VERDICT = "{ record { id } verdict value missing rule rulesVersion inputs { name value record { id } } }";

/** The verdicts of a kind on those records, at the root: their page. */
export async function verdictsOf(world: World, kind: string, of: readonly string[] | null, variables: Values = {}): Promise<Values> {
  const query = `query ($kind: VerdictKind!, $of: [ID!], $segments: [CustomerSegment!], $levels: [VerdictLevel!], $first: Int, $after: String) {
    page: verdicts(kind: $kind, of: $of, segments: $segments, levels: $levels, first: $first, after: $after) {
      totalCount counts { verdict count } nodes ${VERDICT} pageInfo { hasNextPage endCursor }
    }
  }`;
  const { data, errors } = await world.ask(query, { kind, of, first: 1000, ...variables });
  expect(errors).toBeUndefined();
  return data.page as Values;
}

/** What those records' own fields answer. `VERDICT` within the selection stands for all of a verdict. */
export async function fieldsOf(world: World, type: string, ids: readonly string[], selection: string): Promise<Values[]> {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${selection.replaceAll("VERDICT", VERDICT)} } } }`;
  const { data, errors } = await world.ask(query, { of: ids.map((id) => ({ __typename: type, id })) });
  expect(errors).toBeUndefined();
  return data._entities as Values[];
}
