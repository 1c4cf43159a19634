import type { Row } from "../kernel/declare.js";
import type { entities } from "./entities.js";
import type { links } from "./links.js";

export type PersonRow = Row<typeof entities.Person, typeof links.Person>;
