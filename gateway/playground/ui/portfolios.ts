/** Columns of the diagram, in the order the business reads them. */
export const portfolios = ["customer", "agreement", "service", "project", "application", "people", "other"] as const;

export type Portfolio = (typeof portfolios)[number];

export interface Home {
  portfolio: Portfolio;
  /** Place among the types its portfolio declares. */
  order: number;
}

const sources = import.meta.glob<string>("../../../schema/{customer,agreement,service,project,application,people}.graphql", {
  query: "?raw",
  import: "default",
  eager: true,
});

const homes = new Map(
  Object.entries(sources).flatMap(([path, sdl]) => {
    const portfolio = /(\w+)\.graphql$/.exec(path)?.[1] as Portfolio;
    return [...sdl.matchAll(/^type (\w+)/gm)].map(([, type = ""], order): [string, Home] => [type, { portfolio, order }]);
  }),
);

/** The portfolio that declares a type, "other" when none does. */
export function findHome(type: string): Home {
  return homes.get(type) ?? { portfolio: "other", order: 0 };
}
