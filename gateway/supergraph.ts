import { unwatchFile, watchFile } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { type ConstDirectiveNode, type DocumentNode, type EnumValueDefinitionNode, Kind } from "graphql";
import { SettingError } from "../transport/settings.js";

/** Where the text of a supergraph comes from, and where its changes do. */
export interface Supergraph {
  /** What messages call it. */
  readonly name: string;
  /** The text as it is now. */
  read(): Promise<string>;
  /** Calls `changed` whenever the text may be another, until the function returned is called. */
  watch(changed: () => void): () => void;
  /** Texts of operations that clients are expected to ask; none where it is left out. */
  readOperations?(): Promise<string[]>;
}

/** A subgraph and where a supergraph says it is. */
export interface SubgraphAddress {
  readonly name: string;
  readonly url: string;
}

/** How often a supergraph file is looked at, in milliseconds. */
const interval = 500;

/**
 * The supergraph in a file, and in the folder `operations` beside it, where there is one, those that clients are expected to ask.
 * Looked at by time: notices of the file system get lost on mounted folders and swapped links.
 */
export function followFile(file: string): Supergraph {
  return {
    name: file,
    async read() {
      try {
        return await readFile(file, "utf8");
      } catch (cause) {
        throw new SettingError("SUPERGRAPH", `names ${file}, which cannot be read (${(cause as NodeJS.ErrnoException).code}); name a supergraph file`, {
          cause,
        });
      }
    },
    watch(changed) {
      const look = () => changed();
      watchFile(file, { interval, persistent: false }, look);
      return () => unwatchFile(file, look);
    },
    async readOperations() {
      const folder = path.join(path.dirname(file), "operations");
      const names = await readdir(folder).catch(() => []);
      return Promise.all(names.filter((name) => name.endsWith(".graphql")).map((name) => readFile(path.join(folder, name), "utf8")));
    },
  };
}

/** The error of a supergraph that could not be loaded at start, as a SettingError. */
export function explainLoad(error: unknown, supergraph: Supergraph): SettingError {
  if (error instanceof SettingError) return error;
  return new SettingError("SUPERGRAPH", `names ${supergraph.name}, which cannot be served (${firstLine(error).replace(/\.$/, "")}); compose it anew`, {
    cause: error,
  });
}

/** The first line of what an error says. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

/** The subgraphs a supergraph names, in its order. */
export function listSubgraphs(supergraph: DocumentNode): readonly SubgraphAddress[] {
  return listGraphs(supergraph).map((value) => {
    const graph = value.directives?.find((directive) => directive.name.value === "join__graph");
    return { name: readArgument(graph, "name") ?? value.name.value, url: readArgument(graph, "url") ?? "" };
  });
}

/** The address itself, or, with `template`, the URL it makes of the address's name and port. */
export function locateSubgraph({ name, url }: SubgraphAddress, template?: string): SubgraphAddress {
  if (template === undefined) return { name, url };
  const made = template.replaceAll("{name}", encodeURIComponent(name)).replaceAll("{port}", () => readPort(name, url));
  return { name, url: made };
}

/** Throws a SettingError unless the text makes an http(s) URL of a name and a port. */
export function checkTemplate(template: string): void {
  const made = template.replaceAll("{name}", "name").replaceAll("{port}", "1");
  const usable = made !== template && !/[{}]/.test(made) && URL.canParse(made) && /^https?:$/.test(new URL(made).protocol);
  if (!usable)
    throw new SettingError("SUBGRAPH_URL", `is "${template}"; write an http or https URL with {name}, {port} or both, such as http://{name}:{port}/graphql`);
}

function listGraphs({ definitions }: DocumentNode): readonly EnumValueDefinitionNode[] {
  for (const definition of definitions) {
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === "join__Graph") return definition.values ?? [];
  }
  return [];
}

function readArgument(directive: ConstDirectiveNode | undefined, name: string): string | undefined {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function readPort(name: string, url: string): string {
  if (URL.canParse(url)) {
    const { port, protocol } = new URL(url);
    return port || (protocol === "https:" ? "443" : "80");
  }
  throw new SettingError(
    "SUBGRAPH_URL",
    `wants a port, and the supergraph gives subgraph ${name} the URL "${url}", which has none; write the port instead of {port}`,
  );
}
