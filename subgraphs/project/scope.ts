import { naming, pointedAtBy, type Scopes } from "../kernel/scopes.js";

// Milestones, reports, risks and dependencies are how the provider runs a project: its own.
export const scopes = {
  Project: pointedAtBy("Deliverable", "project"),
  Deliverable: naming("customers"),
} satisfies Scopes;
