import type { Portfolio } from "../kernel/portfolio.js";
import { entities } from "./entities.js";
import { fields } from "./fields.js";
import { links } from "./links.js";
import { migrations } from "./migrations/index.js";
import { mutations } from "./mutations.js";
import { derivations, rules } from "./rules.js";
import { scopes } from "./scope.js";

export const service: Portfolio = { name: "service", entities, links, fields, rules, derivations, mutations, migrations, scopes };
