/** What a supergraph says its parts cost: `@cost` and `@listSize` of the cost directive specification, as Federation carries them. */
import { type ArgumentNode, type ConstDirectiveNode, type DocumentNode, Kind } from "graphql";

/** How long a list may be, as `@listSize` says it. */
export interface ListSize {
  /** Items where no argument says it; null is the usual number. */
  readonly assumedSize: number | null;
  /** Arguments that say how many items; the largest counts. */
  readonly slicingArguments: readonly string[];
  /** Fields of the object answered whose lists are meant; none is the field itself. */
  readonly sizedFields: readonly string[];
  /** Whether exactly one of the slicing arguments must be given. */
  readonly requiresOne: boolean;
}

/** Weights and sizes by what carries them: "Type", "Type.field", "Type.field.argument", and "Input.field". */
export interface Weights {
  readonly costs: ReadonlyMap<string, number>;
  readonly sizes: ReadonlyMap<string, ListSize>;
}

const SPECIFICATION = /^https:\/\/specs\.apollo\.dev\/cost\/v\d+\.\d+$/;
type Directed = { readonly directives?: readonly ConstDirectiveNode[] | undefined };

/** Reads a supergraph. */
export function readWeights(document: DocumentNode): Weights {
  const names = namesIn(document);
  const costs = new Map<string, number>();
  const sizes = new Map<string, ListSize>();
  const note = (place: string, { directives = [] }: Directed) => {
    for (const { name, arguments: given = [] } of directives) {
      if (name.value === names.cost) costs.set(place, numberOf(given, "weight") ?? 0);
      else if (name.value === names.listSize) sizes.set(place, sizeOf(given));
    }
  };
  for (const definition of document.definitions) {
    if (!("name" in definition) || !definition.name || !("directives" in definition)) continue;
    const type = definition.name.value;
    note(type, definition as Directed);
    if (!("fields" in definition)) continue;
    for (const field of definition.fields ?? []) {
      note(`${type}.${field.name.value}`, field);
      if (field.kind === Kind.FIELD_DEFINITION)
        for (const argument of field.arguments ?? []) note(`${type}.${field.name.value}.${argument.name.value}`, argument);
    }
  }
  return { costs, sizes };
}

/** What the supergraph calls the two directives. */
function namesIn(document: DocumentNode): { readonly cost: string; readonly listSize: string } {
  const directives = document.definitions.flatMap((each) =>
    each.kind === Kind.SCHEMA_DEFINITION || each.kind === Kind.SCHEMA_EXTENSION ? (each.directives ?? []) : [],
  );
  const link = directives.find((each) => SPECIFICATION.test(textOf(each.arguments ?? [], "url") ?? ""));
  if (!link) return { cost: "", listSize: "" };
  const given = link.arguments ?? [];
  const prefix = textOf(given, "as") ?? "cost";
  const imports = valueOf(given, "import");
  const imported = new Map<string, string>();
  for (const each of imports?.kind === Kind.LIST ? imports.values : []) {
    if (each.kind === Kind.STRING) imported.set(each.value, each.value.slice(1));
    if (each.kind !== Kind.OBJECT) continue;
    const part = (key: string) =>
      each.fields.find(({ name, value }) => name.value === key && value.kind === Kind.STRING)?.value as { value: string } | undefined;
    imported.set(part("name")?.value ?? "", (part("as") ?? part("name"))?.value.slice(1) ?? "");
  }
  // A directive called as its specification is needs no import.
  return { cost: imported.get("@cost") ?? prefix, listSize: imported.get("@listSize") ?? `${prefix}__listSize` };
}

function sizeOf(given: readonly ArgumentNode[]): ListSize {
  const required = valueOf(given, "requireOneSlicingArgument");
  return {
    assumedSize: numberOf(given, "assumedSize"),
    slicingArguments: textsOf(given, "slicingArguments"),
    sizedFields: textsOf(given, "sizedFields"),
    requiresOne: required?.kind !== Kind.BOOLEAN || required.value,
  };
}

const valueOf = (given: readonly ArgumentNode[], argument: string) => given.find(({ name }) => name.value === argument)?.value;

function numberOf(given: readonly ArgumentNode[], argument: string): number | null {
  const value = valueOf(given, argument);
  return value?.kind === Kind.INT ? Number(value.value) : null;
}
function textOf(given: readonly ArgumentNode[], argument: string): string | undefined {
  const value = valueOf(given, argument);
  return value?.kind === Kind.STRING ? value.value : undefined;
}
function textsOf(given: readonly ArgumentNode[], argument: string): readonly string[] {
  const value = valueOf(given, argument);
  const items = value?.kind === Kind.LIST ? value.values : value ? [value] : [];
  return items.flatMap((each) => (each.kind === Kind.STRING ? [each.value] : []));
}
