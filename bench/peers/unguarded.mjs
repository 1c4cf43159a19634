/** `node --import …/unguarded.mjs dist/start/embedded.js`: the same program with the stand-ins of `unguarded/` in the place of its guards. */
import { register } from "node:module";

register("./unguardedHooks.mjs", import.meta.url);
