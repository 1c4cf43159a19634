/** Where the files of `schema/` are, from sources and from `dist/` alike. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The project's folder: the nearest one above this file that holds package.json. */
export const projectFolder = ((): string => {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
  return folder;
})();

/** The text of a file of `schema/`. */
export const readSchemaFile = (name: string): string => readFileSync(path.join(projectFolder, "schema", name), "utf8");
