import type { Row } from "../kernel/declare.js";
import type { entities } from "./entities.js";
import type { links } from "./links.js";

export type ApplicationRow = Row<typeof entities.Application, typeof links.Application>;
export type ApplicationInterfaceRow = Row<typeof entities.ApplicationInterface, typeof links.ApplicationInterface>;
export type ApplicationRoleRow = Row<typeof entities.ApplicationRole, typeof links.ApplicationRole>;
