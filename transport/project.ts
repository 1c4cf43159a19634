/** Where the project's own files are, from sources and from `dist/` alike, wherever a process is started. */
import { existsSync } from "node:fs";
import path from "node:path";

/** The project's folder: the nearest one above this file that holds package.json. */
export const projectFolder = ((): string => {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
  return folder;
})();
