/**
 * Auth directives of a supergraph. Apollo's planner refuses a supergraph that links them: it is given a copy without, and we keep them. What we
 * could not keep is an error, and the supergraph is not served.
 */
import { type ConstDirectiveNode, type DocumentNode, Kind, type TypeNode } from "graphql";

/** Alternatives, each of scopes that are all needed. */
type Scopes = readonly (readonly string[])[];

/** What a supergraph asks of whoever reads its fields. */
export interface Requirements {
  /** Whether there are none. */
  readonly isEmpty: boolean;
  /** Whether who has those scopes may ask for everything. */
  letAll(scopes: ReadonlySet<string>): boolean;
  /** Whether who has those scopes may ask for a field of an object or interface type. */
  let(scopes: ReadonlySet<string>, type: string, field: string): boolean;
}

/** A supergraph without its auth directives, and what they ask for. */
export interface Opened {
  readonly sdl: string;
  readonly requirements: Requirements;
}

const SPECIFICATION = /^https:\/\/specs\.apollo\.dev\/(authenticated|requiresScopes|policy)\/(v[\d.]+)$/;
const MENTION = /specs\.apollo\.dev\/(authenticated|requiresScopes|policy)\b/;

export const NO_REQUIREMENTS: Requirements = { isEmpty: true, letAll: () => true, let: () => true };

/** Takes the auth directives out of a supergraph's text, parsed with locations. Throws an Error, as the end of a sentence, where they ask for what cannot be kept. */
export function readDirectives(supergraphSdl: string, document: DocumentNode): Opened {
  if (!MENTION.test(supergraphSdl)) return { sdl: supergraphSdl, requirements: NO_REQUIREMENTS };
  const names = new Map(linksOf(document).map(({ specification, name }) => [name, specification]));
  return { sdl: takeOut(supergraphSdl, document, names), requirements: collect(document, names) };
}

interface Link {
  readonly node: ConstDirectiveNode;
  readonly specification: string;
  /** What the supergraph calls the directive. */
  readonly name: string;
}

function linksOf(document: DocumentNode): Link[] {
  const links = document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? []).filter((node) => MENTION.test(textOf(node, "url") ?? ""))
      : [],
  );
  return links.map((node) => {
    const url = textOf(node, "url")!;
    const [, specification = "", version] = SPECIFICATION.exec(url) ?? [];
    const isKnown = version === "v0.1" && node.arguments!.every(({ name }) => ["url", "as", "for"].includes(name.value));
    if (!isKnown || specification === "policy") throw new Error(`it asks for ${url}, which this gateway cannot keep`);
    return { node, specification, name: textOf(node, "as") ?? specification };
  });
}

/** A part of a supergraph as far as directives stand on it. */
interface Part {
  readonly name?: { readonly value: string } | undefined;
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
  readonly fields?: readonly Part[] | undefined;
  readonly arguments?: readonly Part[] | undefined;
  readonly values?: readonly Part[] | undefined;
}

/** Cuts the directives, their definitions and their links out of the text. */
function takeOut(text: string, { definitions }: DocumentNode, names: ReadonlyMap<string, string>): string {
  let rest = "";
  let at = 0;
  const cut = ({ loc }: { readonly loc?: { readonly start: number; readonly end: number } | undefined }) => {
    rest += text.slice(at, loc!.start);
    at = loc!.end;
  };
  // In the order of the text: what is directly on a part stands before the parts of it, but after a field's arguments.
  const cutFrom = ({ directives = [], fields = [], arguments: given = [], values = [] }: Part) => {
    for (const part of given) cutFrom(part);
    for (const directive of directives) if (names.has(directive.name.value) || MENTION.test(textOf(directive, "url") ?? "")) cut(directive);
    for (const part of [...fields, ...values]) cutFrom(part);
  };
  for (const definition of definitions) {
    const isDefinition = definition.kind === Kind.DIRECTIVE_DEFINITION && names.has(definition.name.value);
    const isScalar = definition.kind === Kind.SCALAR_TYPE_DEFINITION && names.has(/^(\w+?)__\w+$/.exec(definition.name.value)?.[1] ?? "");
    if (isDefinition || isScalar) cut(definition);
    else cutFrom(definition as Part);
  }
  return rest + text.slice(at);
}

function collect(document: DocumentNode, names: ReadonlyMap<string, string>): Requirements {
  // Whoever is answered at all has shown who they are: that is all `@authenticated` asks.
  const scopesOf = ({ directives = [] }: { readonly directives?: readonly ConstDirectiveNode[] | undefined }): Scopes[] =>
    directives.filter(({ name }) => names.get(name.value) === "requiresScopes").map(readScopes);
  const ofTypes = new Map<string, Scopes[]>();
  const ofFields = new Map<string, { scopes: Scopes[]; answers: string }>();
  for (const definition of document.definitions) {
    if (!("name" in definition) || !definition.name || !("directives" in definition)) continue;
    const type = definition.name.value;
    ofTypes.set(type, [...(ofTypes.get(type) ?? []), ...scopesOf(definition as { directives?: readonly ConstDirectiveNode[] })]);
    if (!("fields" in definition) || definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION || definition.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION) continue;
    for (const field of definition.fields ?? []) ofFields.set(`${type}.${field.name.value}`, { scopes: scopesOf(field), answers: nameOf(field.type) });
  }
  const required = new Map<string, Scopes[]>();
  for (const [place, { scopes, answers }] of ofFields) {
    const all = [...scopes, ...(ofTypes.get(place.slice(0, place.indexOf(".")))! ?? []), ...(ofTypes.get(answers) ?? [])];
    if (all.length > 0) required.set(place, all);
  }
  return {
    isEmpty: required.size === 0,
    letAll: (scopes) => [...required.values()].every((each) => areGiven(each, scopes)),
    let: (scopes, type, field) => areGiven(required.get(`${type}.${field}`) ?? [], scopes),
  };
}

/** Whether of each some alternative is held whole. */
const areGiven = (required: readonly Scopes[], held: ReadonlySet<string>): boolean =>
  required.every((alternatives) => alternatives.some((scopes) => scopes.every((scope) => held.has(scope))));

function readScopes(node: ConstDirectiveNode): Scopes {
  const value = node.arguments?.find(({ name }) => name.value === "scopes")?.value;
  // A list of one may be written without its brackets.
  const items = (each: typeof value) => (each?.kind === Kind.LIST ? each.values : each ? [each] : []);
  return items(value).map((alternative) => items(alternative).map((scope) => (scope.kind === Kind.STRING ? scope.value : "")));
}

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));

function textOf(node: ConstDirectiveNode, argument: string): string | undefined {
  const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
