/** Makes portfolios of any size for benchmarks and tests: the shape of the story, many times over, by the same write path. */
import type { Portfolios } from "../start/portfolios.js";
import type { LocalSubgraph } from "../subgraphs/kernel/subgraph.js";
import { agreementRecipes } from "./recipes/agreement.js";
import { applicationRecipes } from "./recipes/application.js";
import { anticipationRecipes, customerRecipes, relationshipRecipes, voiceRecipes } from "./recipes/customer.js";
import { customerPeopleRecipes, houseRecipes } from "./recipes/people.js";
import { projectRecipes } from "./recipes/project.js";
import { opportunityRecipes, servicePartRecipes, serviceRecipes } from "./recipes/service.js";
import { type Input, type Recipe, Records, World } from "./world.js";

/**
 * Stages follow each other; the lanes of a stage, each of portfolios of its own, are made side by side.
 * What a record points to is made in an earlier stage, or before it in its lane.
 */
const stages: readonly (readonly Recipe[])[][] = [
  [[...houseRecipes, ...customerRecipes, ...customerPeopleRecipes, ...serviceRecipes]],
  [relationshipRecipes, [...agreementRecipes, ...applicationRecipes], servicePartRecipes],
  [opportunityRecipes, voiceRecipes],
  [anticipationRecipes, projectRecipes],
];
const recipes = stages.flat(2);

const BATCH = 500;

/** Makes `scale` times as many records as there are at scale 1, about 100,000; answers how many. The same seed makes the same, ids apart. */
export async function generate(
  portfolios: Portfolios,
  { scale, seed }: { scale: number; seed: number },
  log: (line: string) => void = () => undefined,
): Promise<number> {
  const records = new Records();
  const countOf = (recipe: Recipe): number => Math.max(2, Math.round(recipe.count * scale));
  const makeLane = async (lane: readonly Recipe[]): Promise<void> => {
    for (const recipe of lane) {
      // Random choices of its own: how far another lane has come changes nothing.
      const world = new World(seed * 1_000_003 + recipes.indexOf(recipe), records);
      await make(recipe, countOf(recipe), world, records, subgraphOf(portfolios, recipe.type));
      log(`${countOf(recipe)} records of ${recipe.type} are made.`);
    }
  };
  for (const lanes of stages) {
    const ends = await Promise.allSettled(lanes.map(makeLane));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
  return recipes.reduce((sum, recipe) => sum + countOf(recipe), 0);
}

function subgraphOf({ local }: Portfolios, type: string): LocalSubgraph {
  const found = [...local.values()].find(({ model }) => model.entities.has(type));
  if (!found) throw new Error(`no portfolio has a type ${type}`);
  return found;
}

async function make(recipe: Recipe, count: number, world: World, records: Records, subgraph: LocalSubgraph): Promise<void> {
  const writer = subgraph.writer({ principal: { subject: "sample generator", roles: ["sample"], customers: null }, requestId: `generate-${recipe.type}` });
  const batch = recipe.batch ?? BATCH;
  for (let from = 0; from < count; from += batch) {
    const drafts = Array.from({ length: Math.min(batch, count - from) }, (_, i) => recipe.make(world, from + i));
    const inputs = drafts.map((draft) => coerced(subgraph, recipe.type, draft));
    const outcomes = await writer.createMany(recipe.type, inputs, { act: "create", tolerate: new Set() });
    for (const [i, { record, problems }] of outcomes.entries()) {
      if (!record) throw new Error(`${recipe.type} ${from + i} was refused: ${problems.map(({ message }) => message).join(" ")}`);
      records.add(recipe, record.id, drafts[i]!);
    }
  }
}

function coerced(subgraph: LocalSubgraph, type: string, draft: Input): Input {
  const { input, problems } = subgraph.coerce(`Create${type}Input`, draft);
  if (problems.length > 0) throw new Error(`${type}: ${problems.map(({ path, message }) => `${path.join(".")}: ${message}`).join(" ")}`);
  return input;
}
