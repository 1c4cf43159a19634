/** Resolvers derived from a model: what answers each field of a subgraph. A field that nothing answers is an error at start. */
import {
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLResolveInfo,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
} from "graphql";
import { showMoney } from "./decimals.js";
import type { MoneyValue } from "./declare.js";
import { badInput } from "./errors.js";
import type { FieldContext } from "./fields.js";
import { type EntityModel, type FollowedLink, type Model, type StoredField, type StoredList } from "./model.js";
import { camelCase, pluralOf } from "./names.js";
import { LARGEST_PAGE, answerHistory, answerPage, checkFirst } from "./pages.js";
import type { Loaders, PageArguments } from "./reads/loaders.js";
import type { OrderInput } from "./reads/orders.js";
import { type Needs, keysNeeded, needsOf } from "./reads/selections.js";
import type { ReadRow } from "./reads/statements.js";
import { scalars } from "./scalars.js";
import { namedTypeOf } from "./sdl/written.js";
import { shorten } from "./writes/problems.js";
import type { Outcome, Writer } from "./writes/writer.js";

/** What resolvers are given. Loaders are renewed after each write of the request. */
export interface RequestContext {
  loaders: Loaders;
  readonly writer: Writer;
  renewLoaders(): void;
  readonly today: string;
}
type Arguments = Readonly<Record<string, unknown>>;
type Resolver = (source: never, args: never, context: RequestContext, info: GraphQLResolveInfo) => unknown;
export type Resolvers = Record<string, Record<string, unknown>>;

/** A record named but not read: other portfolios' records always, one's own until a field needs its row. */
interface Reference {
  readonly __typename: string;
  readonly id: string;
}

export function deriveResolvers(model: Model, document: DocumentNode): Resolvers {
  return new ResolverMaker(model, document).all();
}

class ResolverMaker {
  private readonly needs: Needs;
  private readonly resolvers: Resolvers = { ...scalars } as unknown as Resolvers;
  private readonly types = new Map<string, FieldDefinitionNode[]>();

  constructor(
    private readonly model: Model,
    private readonly document: DocumentNode,
  ) {
    this.needs = needsOf(model);
    for (const definition of document.definitions)
      if (isObject(definition)) this.types.set(definition.name.value, [...(this.types.get(definition.name.value) ?? []), ...(definition.fields ?? [])]);
  }

  all(): Resolvers {
    const { model } = this;
    for (const type of this.types.keys()) if (model.directory.has(type)) this.resolvers[type] = this.entityResolvers(type);
    for (const entity of model.entities.values()) {
      this.add("Query", camelCase(entity.type), this.recordReader(entity));
      this.add("Query", pluralOf(entity.type), this.pageReader(entity));
      this.add("Mutation", `create${entity.type}`, this.creation(entity, "create"));
      this.add("Mutation", `update${entity.type}`, this.update(entity));
      if (entity.deletable) this.add("Mutation", `delete${entity.type}`, this.deletion(entity));
      for (const list of entity.lists.values()) if (!list.bare && list.field !== "externalIds") this.addValueObject(entity, list);
    }
    for (const [name, verb] of Object.entries(model.portfolio.mutations))
      this.add("Mutation", name, "creates" in verb ? this.creation(model.entities.get(verb.creates)!, name) : this.verb(name));
    for (const definition of this.document.definitions)
      if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION || definition.kind === Kind.UNION_TYPE_DEFINITION)
        this.resolvers[definition.name.value] = { __resolveType: (value: Reference) => value.__typename };
    this.checkRoots();
    return this.resolvers;
  }

  private add(type: string, field: string, resolver: Resolver): void {
    (this.resolvers[type] ??= {})[field] = resolver;
  }

  private checkRoots(): void {
    for (const root of ["Query", "Mutation"])
      for (const field of this.types.get(root) ?? [])
        if (!this.resolvers[root]?.[field.name.value]) throw new Error(`nothing answers ${root}.${field.name.value}`);
  }

  // --- records ---

  private entityResolvers(type: string): Record<string, unknown> {
    const resolvers: Record<string, unknown> = { __resolveReference: this.referenceReader(type) };
    for (const field of this.types.get(type) ?? []) {
      const resolver = this.fieldResolver(type, field);
      if (resolver !== "property") resolvers[field.name.value] = resolver;
    }
    return resolvers;
  }

  private fieldResolver(type: string, definition: FieldDefinitionNode): Resolver | "property" {
    const field = definition.name.value;
    const entity = this.model.entities.get(type);
    if (field === "id") return "property";
    if (field === "history") return (row: ReadRow, args: { first?: number | null; after?: string | null }, { loaders }) => answerHistory(row.id, args, loaders);
    const computed = this.model.portfolio.fields[type]?.[field];
    if (computed) return this.computed(computed.resolve, namedTypeOf(definition.type));
    const followed = this.model.followed.get(`${type}.${field}`);
    const named = namedTypeOf(definition.type);
    if (followed && named.endsWith("Connection")) return this.connection(followed);
    const list = entity?.lists.get(field);
    if (list) return this.listReader(list);
    if (followed)
      return this.plainReverse(
        followed,
        definition.type.kind === Kind.LIST_TYPE || (definition.type.kind === Kind.NON_NULL_TYPE && definition.type.type.kind === Kind.LIST_TYPE),
      );
    const stored = entity?.stored.get(field) ?? entity?.stored.get(`${field}Id`);
    if (!stored || stored.field !== field) throw new Error(`nothing answers ${type}.${field}`);
    return this.storedReader(stored);
  }

  private storedReader(stored: StoredField): Resolver | "property" {
    if (stored.targets) return (row: ReadRow, _: never, context, info) => this.follow(row[stored.key] as string | null, context, info);
    if (stored.column.kind === "money") return (row: ReadRow) => showMoney(row[stored.key] as MoneyValue | null);
    return "property";
  }

  private addValueObject(entity: EntityModel, list: StoredList): void {
    const field = this.types.get(entity.type)?.find(({ name }) => name.value === list.field);
    if (!field) throw new Error(`${entity.type}.${list.field} is declared but not in the SDL`);
    const type = namedTypeOf(field.type);
    for (const member of list.members) {
      const resolver = this.storedReader(member);
      if (resolver !== "property") this.add(type, member.field, resolver);
    }
  }

  /** A record by its id: a reference where no column is asked for, else its row. */
  private follow(id: string | null, context: RequestContext, info: GraphQLResolveInfo): Reference | Promise<Reference | ReadRow | null> | null {
    const type = id === null ? null : this.model.directory.typeOf(id);
    if (id === null || type === null) return null;
    if (!this.model.entities.has(type)) return this.seenReference({ __typename: type, id }, context);
    const keys = keysNeeded(this.needs, info, type);
    // A record that is named only must be looked for by those who may see no other's.
    if (context.loaders.isLimited) return context.loaders.record(type, id, [...keys]);
    return keys.size === 0 || (keys.size === 1 && keys.has("id")) ? { __typename: type, id } : context.loaders.record(type, id, [...keys]);
  }

  private seenReference(reference: Reference, { loaders }: RequestContext): Reference | Promise<Reference | null> {
    return loaders.isLimited ? loaders.isSeen(reference.id).then((seen) => (seen ? reference : null)) : reference;
  }

  private referenceReader(type: string): (reference: Reference, context: RequestContext, info: GraphQLResolveInfo) => unknown {
    return ({ id }, context, info) => (this.model.directory.typeOf(id) === type ? this.follow(id, context, info) : null);
  }

  private computed(resolve: (row: never, args: never, context: FieldContext) => unknown, named: string): Resolver {
    const show = (value: unknown, context: RequestContext, info: GraphQLResolveInfo): unknown => {
      // Of a list only what may be seen is left.
      if (Array.isArray(value) && context.loaders.isLimited)
        return Promise.all(value.map((item) => show(item, context, info))).then((items) => items.filter((item) => item !== null));
      if (Array.isArray(value)) return value.map((item) => show(item, context, info));
      if (named === "Money") return showMoney(value as MoneyValue | null);
      const reference = value as Partial<Reference> | null;
      return reference?.__typename && reference.id ? this.follow(reference.id, context, info) : value;
    };
    return async (row, args, context, info) => show(await resolve(row, args, fieldContextOf(context, this.model)), context, info);
  }

  private listReader(list: StoredList): Resolver {
    return async (row: ReadRow, _: never, context, info) => {
      const items = await context.loaders.list(list, row.id);
      return list.bare ? Promise.all(items.map(async (id) => this.follow(id as string, context, info))) : items;
    };
  }

  /** A reverse link that is a plain list, or at most one record. */
  private plainReverse(link: FollowedLink, many: boolean): Resolver {
    return async (row: ReadRow, _: never, context, info) => {
      const keys = [...keysNeeded(this.needs, info, link.target!)];
      const { source } = link;
      const rows =
        source.kind === "column"
          ? await context.loaders.records(link.target!, source.column, row.id, keys)
          : (await context.loaders.page(link, row.id, { keys: new Set(keys), filter: {}, orderBy: [], first: LARGEST_PAGE, after: null })).map(
              (item) => item.row as ReadRow,
            );
      return many ? rows : (rows[0] ?? null);
    };
  }

  // --- connections ---

  private connection(link: FollowedLink): Resolver {
    return (row: ReadRow, args: Arguments, context, info) => {
      const page = this.pageArguments(args, link.local ? link.target : null, info);
      return answerPage(page, {
        read: () => context.loaders.page(link, row.id, page),
        count: () => context.loaders.count(link, row.id, page),
        cursorOf: ({ cursor }) => cursor,
        nodeOf: ({ row: node }) => (typeof node === "string" ? this.reference(node) : node),
        edgeFields: ({ row: node }) =>
          link.because
            ? {
                because: (_: never, inner: RequestContext, at: GraphQLResolveInfo) =>
                  inner.loaders.because(link, row.id, typeof node === "string" ? node : node.id, [...keysNeeded(this.needs, at, link.because!)]),
              }
            : {},
      });
    };
  }
  private reference(id: string): Reference | null {
    const type = this.model.directory.typeOf(id);
    return type ? { __typename: type, id } : null;
  }

  private pageReader(entity: EntityModel): Resolver {
    return (_: never, args: Arguments, context, info) => {
      const page = this.pageArguments(args, entity.type, info);
      const { loaders } = context;
      return answerPage(page, {
        read: () => loaders.rootPage(entity, page),
        count: () => loaders.rootCount(entity, page),
        cursorOf: ({ cursor }) => cursor,
        nodeOf: ({ row }) => row,
      });
    };
  }

  private pageArguments(args: Arguments, type: string | null, info: GraphQLResolveInfo): PageArguments {
    return {
      keys: type ? keysNeeded(this.needs, info, type, ["nodes", "edges.node"]) : new Set<string>(),
      filter: (args["filter"] ?? {}) as Readonly<Record<string, unknown>>,
      orderBy: (args["orderBy"] ?? []) as OrderInput[],
      first: checkFirst(args["first"] as number | null),
      after: (args["after"] ?? null) as string | null,
    };
  }

  // --- roots ---

  private recordReader(entity: EntityModel): Resolver {
    return async (_: never, { id, code }: { id?: string | null; code?: string | null }, context, info) => {
      if (entity.main && (id ?? null) === null && (code ?? null) === null) throw badInput(`Name the ${entity.type} by id or by code.`);
      const keys = [...keysNeeded(this.needs, info, entity.type)];
      const record = id
        ? await context.loaders.record(
            entity.type,
            id,
            [...keys, "code"].filter((key) => entity.stored.has(key)),
          )
        : (await context.loaders.records(entity.type, "code", code!, keys))[0];
      return record && id && code && record["code"] !== code ? null : (record ?? null);
    };
  }

  private creation(entity: EntityModel, act: string): Resolver {
    return this.mutation(entity, (input, writer) => writer.create(entity.type, input, act));
  }
  private update(entity: EntityModel): Resolver {
    return this.mutation(entity, (input, writer) => writer.update(entity.type, input["id"] as string, input["version"] as number, input));
  }
  private verb(name: string): Resolver {
    const verb = this.model.portfolio.mutations[name]!;
    if ("creates" in verb) throw new Error(`${name} creates`);
    return this.mutation(this.model.entities.get(verb.type)!, (input, writer) => writer.carryOut(name, verb, input));
  }
  private mutation(entity: EntityModel, write: (input: Record<string, unknown>, writer: Writer) => Promise<Outcome>): Resolver {
    return async (_: never, { input }: { input: Record<string, unknown> }, context, { path }) => {
      const { record, problems } = await context.writer.writeOnce(String(path.key), (writer) => write(input, writer));
      context.renewLoaders();
      return { [camelCase(entity.type)]: record && { ...record, __typename: entity.type }, problems: shorten(problems) };
    };
  }
  private deletion(entity: EntityModel): Resolver {
    return async (_: never, { input }: { input: { id: string; version: number } }, context, { path }) => {
      const { record, problems } = await context.writer.writeOnce(String(path.key), (writer) => writer.remove(entity.type, input.id, input.version));
      context.renewLoaders();
      return { deletedId: problems.length === 0 ? record!.id : null, problems: shorten(problems) };
    };
  }
}

const isObject = (definition: { kind: Kind }): definition is ObjectTypeDefinitionNode | ObjectTypeExtensionNode =>
  definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION;

/** What computed fields may ask for, batched by the request's loaders. */
export function fieldContextOf(context: RequestContext, model: Model): FieldContext {
  const allKeys = (type: string) => [...model.entities.get(type)!.stored.keys()];
  return {
    today: context.today,
    rows: async <R>(type: string, key: string, value: string, columns: readonly string[] = allKeys(type), where: Readonly<Record<string, string>> = {}) =>
      (await context.loaders.records(type, model.entities.get(type)!.stored.get(key)!.columns[0]!, value, columns, where)) as unknown as R[],
    row: async <R>(type: string, id: string | null) => (id === null ? null : ((await context.loaders.record(type, id, allKeys(type))) as unknown as R | null)),
    list: async <T>(type: string, field: string, id: string) => (await context.loaders.list(model.entities.get(type)!.lists.get(field)!, id)) as T[],
    linked: async <R>(type: string, field: string, id: string) => {
      const link = model.followed.get(`${type}.${field}`)!;
      const page = { keys: new Set(allKeys(link.target!)), filter: {}, orderBy: [], first: LARGEST_PAGE, after: null };
      return (await context.loaders.page(link, id, page)).map(({ row }) => row as unknown as R);
    },
  };
}
