import { boolean, date, longText, mainEntity, text } from "../kernel/declare.js";

export const entities = {
  Person: mainEntity("per", {
    name: text(300),
    email: text(254).optional(),
    phone: text(50).optional(),
    active: boolean().default(true).governed(),
    inactiveSince: date().optional().derived(),
  }),
  Team: mainEntity("tea", {
    name: text(300),
    description: longText().optional(),
    active: boolean().default(true).governed(),
  }),
  Supplier: mainEntity("sup", {
    name: text(300),
    description: longText().optional(),
    website: text(500).optional(),
    active: boolean().default(true).governed(),
  }),
};
