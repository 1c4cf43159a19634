import { type Recipe, type World, codeOf } from "../world.js";

const nameOf = (world: World): string => `${world.words("first")} ${world.words("last")}`;

/** The provider's own people and those of its suppliers. */
export const houseRecipes: Recipe[] = [
  {
    type: "Team",
    count: 100,
    make: (world, place) => ({ code: codeOf("T", place), name: `${world.words("thing")} ${world.words("place")}`, active: world.chance(0.95) }),
  },
  {
    type: "Supplier",
    count: 80,
    make: (world, place) => ({
      code: codeOf("S", place),
      name: `${world.words("company")} ${world.words("thing")} Supply ${place + 1}`,
      active: world.chance(0.95),
    }),
  },
  {
    type: "Person",
    count: 2_000,
    batch: 250,
    make: (world, place) => ({
      code: codeOf("P", place),
      name: nameOf(world),
      email: `p${place + 1}@provider.example`,
      active: world.chance(0.93),
      managerId: world.chance(0.9) ? world.hub(world.all("Person").slice(0, 200)) : null,
      ...(world.chance(0.1) ? { employerId: world.busy("Supplier") } : { teamIds: world.some("Team", 1, 2) }),
    }),
  },
];

/** The people of customers. */
export const customerPeopleRecipes: Recipe[] = [
  {
    type: "Person",
    count: 3_000,
    index: ["employerId"],
    make: (world, place) => ({
      code: codeOf("PC", place),
      name: nameOf(world),
      email: `c${place + 1}@customer.example`,
      active: world.chance(0.92),
      employerId: place < world.all("Customer").length ? world.all("Customer")[place] : world.busy("Customer"),
      ...world.verified(),
    }),
  },
];
