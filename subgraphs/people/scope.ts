import { any, listedIn, naming, type Scopes } from "../kernel/scopes.js";

// Teams and suppliers are the provider's own.
export const scopes = {
  Person: any(naming("employer"), listedIn("people", "id")),
} satisfies Scopes;
