/** The files of `schema/`. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "../../transport/project.js";

/** The text of a file of `schema/`. */
export const readSchemaFile = (name: string): string => readFileSync(path.join(projectFolder, "schema", name), "utf8");
