/** Makes portfolios of any size for benchmarks and tests: the shape of the story, many times over, by the same write path. */
import type { Portfolios } from "../start/portfolios.js";
import type { LocalSubgraph } from "../subgraphs/kernel/subgraph.js";
import { agreementRecipes } from "./recipes/agreement.js";
import { applicationRecipes } from "./recipes/application.js";
import { customerRecipes, relationshipRecipes, voiceRecipes } from "./recipes/customer.js";
import { customerPeopleRecipes, houseRecipes } from "./recipes/people.js";
import { projectRecipes } from "./recipes/project.js";
import { opportunityRecipes, servicePartRecipes, serviceRecipes } from "./recipes/service.js";
import { type Input, type Recipe, World } from "./world.js";

/** In an order in which everything a record points to is there before it. */
const recipes: readonly Recipe[] = [
  ...houseRecipes,
  ...customerRecipes,
  ...customerPeopleRecipes,
  ...serviceRecipes,
  ...relationshipRecipes.filter(({ type }) => type !== "Anticipation"),
  ...servicePartRecipes,
  ...opportunityRecipes,
  ...relationshipRecipes.filter(({ type }) => type === "Anticipation"),
  ...agreementRecipes,
  ...applicationRecipes,
  ...projectRecipes,
  ...voiceRecipes,
];

const BATCH = 500;

/** Makes `scale` times as many records as there are at scale 1, about 100,000; answers how many. The same seed makes the same, ids apart. */
export async function generate(
  portfolios: Portfolios,
  { scale, seed }: { scale: number; seed: number },
  log: (line: string) => void = () => undefined,
): Promise<number> {
  const world = new World(seed);
  const subgraphs = new Map(
    [...portfolios.local.values()].flatMap((subgraph) => [...subgraph.model.entities.keys()].map((type): [string, LocalSubgraph] => [type, subgraph])),
  );
  let made = 0;
  for (const recipe of recipes) {
    const began = Date.now();
    const count = Math.max(1, Math.round(recipe.count * scale));
    await make(recipe, count, world, subgraphs.get(recipe.type)!);
    made += count;
    log(`${recipe.type}: ${count} in ${Date.now() - began} ms`);
  }
  return made;
}

async function make(recipe: Recipe, count: number, world: World, subgraph: LocalSubgraph): Promise<void> {
  const writer = subgraph.writer({ principal: { subject: "sample generator", roles: ["sample"], customers: null }, requestId: `generate-${recipe.type}` });
  const batch = recipe.batch ?? BATCH;
  for (let from = 0; from < count; from += batch) {
    const drafts = Array.from({ length: Math.min(batch, count - from) }, (_, i) => recipe.make(world, from + i));
    const outcomes = await writer.createMany(
      recipe.type,
      drafts.map((draft) => coerced(subgraph, recipe.type, draft)),
      { act: "create", tolerate: new Set() },
    );
    for (const [i, { record, problems }] of outcomes.entries()) {
      if (!record) throw new Error(`${recipe.type} ${from + i} was refused: ${problems.map(({ message }) => message).join(" ")}`);
      world.add(recipe, record.id, drafts[i]!);
    }
  }
}

function coerced(subgraph: LocalSubgraph, type: string, draft: Input): Input {
  const { input, problems } = subgraph.coerce(`Create${type}Input`, draft);
  if (problems.length > 0) throw new Error(`${type}: ${problems.map(({ path, message }) => `${path.join(".")}: ${message}`).join(" ")}`);
  return input;
}
