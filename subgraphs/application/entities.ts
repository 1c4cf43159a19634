import type * as sdl from "../../schema/generated/application.js";
import { choice, date, entity, integer, longText, mainEntity, money, text, values } from "../kernel/declare.js";

export const entities = {
  Application: mainEntity("app", {
    name: text(300),
    description: longText().optional(),
    kind: choice<sdl.ApplicationKind>(),
    hosting: choice<sdl.ApplicationHosting>().optional(),
    lifecycle: choice<sdl.ApplicationLifecycle>().default("PLAN").governed(),
    phases: values<sdl.ApplicationPhase>(),
    criticality: choice<sdl.ApplicationCriticality>().optional(),
    functionalFit: integer(0, 100).optional(),
    technicalFit: integer(0, 100).optional(),
    disposition: choice<sdl.ApplicationDisposition>().optional().derived(),
    dispositionOverride: choice<sdl.ApplicationDisposition>().optional(),
    dispositionReason: longText().optional(),
    endReason: longText().optional(),
    users: integer(0).optional(),
    annualCost: money().optional(),
    dataClassification: choice<sdl.ApplicationDataClassification>().optional(),
  }),
  ApplicationFunction: entity("afn", {
    name: text(300),
    description: longText().optional(),
  }),
  ApplicationInterface: entity("aif", {
    data: text(500),
    protocol: text(100).optional(),
  }),
  ApplicationRole: entity(
    "arl",
    {
      role: choice<sdl.ApplicationRoleKind>().fixed(),
      validFrom: date().optional(),
      validTo: date().optional(),
    },
    ["application", "role"],
  ),
};
