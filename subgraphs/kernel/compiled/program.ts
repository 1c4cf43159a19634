/**
 * Reads, compiled: an operation's selections become a program that answers all objects at one place together, with one statement for
 * each level and link. What it does not cover, and every failure, is answered by the general path (resolvers and graphql-js), its reference.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  getArgumentValues,
  getNamedType,
  getOperationAST,
  getVariableValues,
  isAbstractType,
  isObjectType,
} from "graphql";
import type { MoneyValue } from "../declare.js";
import type { FollowedLink, Model, StoredList } from "../model.js";
import { camelCase, pluralOf } from "../names.js";
import { checkFirst } from "../pages.js";
import type { PageArguments } from "../reads/loaders.js";
import type { OrderInput } from "../reads/orders.js";
import { type Needs, needsOf } from "../reads/selections.js";
import { type PageItem, ROOT } from "../reads/statements.js";
import { type RequestContext, fieldContextOf, showMoney } from "../resolvers.js";
import { type Complete, after, compileCompletion, constant } from "./completers.js";
import { type Conditions, type SelectedField, Selections, Unusual, conditionsOf } from "./selections.js";

export type Variables = Readonly<Record<string, unknown>>;
type Out = Record<string, unknown>;
/** A record as far as it is known: its type, its id and, where they were read, its columns. */
type Row = Out & { readonly __typename: string; readonly id: string };

/** One running of a program. */
interface Run {
  readonly context: RequestContext;
  readonly variables: Variables;
}
type Completion = Complete<Run>;

/** An operation, ready to run. Rejects where the general path is to answer. */
export type Program = (variables: Variables, context: RequestContext) => Promise<Out>;

/** Variants of a program are made for each set of conditions that is met; of more conditions than this, none. */
const MOST_CONDITIONS = 5;

export class ProgramCompiler {
  private readonly needs: Needs;
  /** The stored lists by the types of their items. */
  private readonly itemTypes = new Map<string, StoredList>();

  constructor(
    readonly schema: GraphQLSchema,
    readonly model: Model,
  ) {
    this.needs = needsOf(model);
    for (const entity of model.entities.values()) {
      const type = schema.getType(entity.type) as GraphQLObjectType;
      for (const list of entity.lists.values())
        if (!list.bare && list.field !== "externalIds") this.itemTypes.set(getNamedType(type.getFields()[list.field]!.type).name, list);
    }
  }

  /** The program of an operation; null where it is not covered. */
  compile(document: DocumentNode, operationName?: string): Program | null {
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.QUERY) return null;
    const fragments = new Map(
      document.definitions.filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION).map((each) => [each.name.value, each]),
    );
    const names = [...conditionsOf(document.definitions)];
    if (names.length > MOST_CONDITIONS) return null;
    const make = (conditions: Conditions) => this.variant(operation, new Selections(this.schema, fragments, conditions));
    const variants = new Map<string, Program>();
    try {
      // Whatever is not covered shows with some values or others; these are the most that can be asked for.
      make({});
    } catch (error) {
      if (error instanceof Unusual) return null;
      throw error;
    }
    return (given, context) => {
      const { coerced, errors } = getVariableValues(this.schema, operation.variableDefinitions ?? [], given);
      if (errors) throw new Unusual("wrong variables");
      const key = names.map((name) => Number(coerced[name])).join("");
      let variant = variants.get(key);
      if (!variant) variants.set(key, (variant = make(coerced as Conditions)));
      return variant(coerced, context);
    };
  }

  private variant(operation: OperationDefinitionNode, selections: Selections): Program {
    const type = this.schema.getQueryType()!;
    const compiler = new SelectionCompiler(this.schema, this.model, this.needs, this.itemTypes, selections);
    const fields = selections.of(type, [operation.selectionSet]).map((field) => ({ name: field.name, complete: compiler.root(type, field) }));
    return async (variables, context) => {
      const run = { variables, context };
      const values = await Promise.all(fields.map(({ complete }) => complete([null], run)));
      return Object.fromEntries(fields.map(({ name }, i) => [name, values[i]![0]]));
    };
  }
}

/** How a field of objects is answered: given their rows. */
type FieldPlan = (rows: readonly Row[], run: Run) => unknown[] | Promise<unknown[]>;

/** How objects of one type are answered, and which columns that needs. */
interface ObjectPlan {
  readonly keys: ReadonlySet<string>;
  readonly build: (rows: readonly Row[], run: Run) => Out[] | Promise<Out[]>;
}

class SelectionCompiler {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly model: Model,
    private readonly needs: Needs,
    private readonly itemTypes: ReadonlyMap<string, StoredList>,
    private readonly selections: Selections,
  ) {}

  // --- roots ---

  root(type: GraphQLObjectType, field: SelectedField): Completion {
    if (field.field === "__typename") return constant(type.name);
    const definition = definitionOf(type, field);
    if (field.field === "_entities") return this.entities(definition, field);
    for (const entity of this.model.entities.values()) {
      if (field.field === pluralOf(entity.type)) {
        const connection = getNamedType(definition.type) as GraphQLObjectType;
        const page = this.connection(connection, field, entity.type, definition, null);
        return (_, run) => page([{ __typename: type.name, id: ROOT }], run);
      }
      if (field.field === camelCase(entity.type)) return this.record(entity.type, definition, field);
    }
    throw new Unusual(`the field ${field.field}`);
  }

  private record(type: string, definition: GraphQLField<unknown, unknown>, field: SelectedField): Completion {
    const plan = this.objectPlan(getNamedType(definition.type) as GraphQLObjectType, field.sets);
    const { main, stored } = this.model.entities.get(type)!;
    return async (_, run) => {
      const { id, code } = argumentsOf(definition, field, run) as { id?: string | null; code?: string | null };
      if (!id && !(main && code)) throw new Unusual("no key");
      const keys = [...plan.keys, ...(stored.has("code") ? ["code"] : [])];
      const [column, key] = id ? ["id", id] : ["code", code!];
      const row = (await run.context.loaders.recordsOf(type, column, [key], keys)).get(key)?.[0];
      return !row || (id && code && row["code"] !== code) ? [null] : plan.build([row], run);
    };
  }

  private entities(definition: GraphQLField<unknown, unknown>, field: SelectedField): Completion {
    const complete = compileCompletion<Run>(definition.type, field.sets, (type, sets) => this.objects(type as GraphQLOutputType, sets));
    return (_, run) => {
      const { representations } = argumentsOf(definition, field, run) as { representations: readonly Partial<Row>[] };
      const rows = representations.map(({ __typename, id }) => {
        if (typeof __typename !== "string" || typeof id !== "string" || !this.model.directory.has(__typename)) throw new Unusual("a representation");
        return this.model.directory.typeOf(id) === __typename ? { __typename, id } : null;
      });
      return complete([rows], run);
    };
  }

  // --- objects ---

  /** Completes references, rows and value objects of a composite type. */
  private objects(type: GraphQLOutputType, sets: readonly SelectionSetNode[]): Completion {
    if (isAbstractType(type)) return this.records(this.schema.getPossibleTypes(type), sets);
    if (!isObjectType(type)) throw new Unusual("a type");
    if (this.model.directory.has(type.name)) return this.records([type], sets);
    return this.valueObjects(type, sets);
  }

  /** Completes records by what is known of them: what columns are missing is read, once for each type. */
  private records(types: readonly GraphQLObjectType[], sets: readonly SelectionSetNode[]): Completion {
    const plans = new Map(types.map((type) => [type.name, this.objectPlan(type, sets)]));
    return async (values, run) => {
      const answered = new Array<unknown>(values.length).fill(null);
      const places = new Map<string, Map<string, number[]>>();
      values.forEach((value, i) => {
        if (value === null || value === undefined) return;
        const { __typename, id } = value as Row;
        let ofType = places.get(__typename);
        if (!ofType) places.set(__typename, (ofType = new Map<string, number[]>()));
        const known = ofType.get(id);
        if (known) known.push(i);
        else ofType.set(id, [i]);
      });
      await Promise.all(
        [...places].map(async ([type, byId]) => {
          const plan = plans.get(type);
          if (!plan) throw new Unusual(`a ${type}`);
          const ids = [...byId.keys()];
          const rows = await this.rowsOf(type, plan.keys, ids, run);
          const built = await plan.build(rows, run);
          // One object for a record, however often it stands here.
          rows.forEach((row, i) => byId.get(row.id)!.forEach((place) => (answered[place] = built[i])));
        }),
      );
      return answered;
    };
  }

  /** The rows of those ids that exist; references where no column is needed or another portfolio keeps them. */
  private async rowsOf(type: string, keys: ReadonlySet<string>, ids: readonly string[], { context }: Run): Promise<Row[]> {
    if (!this.model.entities.has(type) || isReference(keys)) return ids.map((id) => ({ __typename: type, id }));
    const found = await context.loaders.recordsOf(type, "id", ids, [...keys]);
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  private objectPlan(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): ObjectPlan {
    const keys = new Set<string>();
    const fields = this.selections.of(type, sets).map((field) => {
      for (const key of this.needs.get(`${type.name}.${field.field}`) ?? []) keys.add(key);
      return { name: field.name, plan: this.fieldPlan(type, field) };
    });
    return { keys, build: builder(fields) };
  }

  private fieldPlan(type: GraphQLObjectType, field: SelectedField): FieldPlan {
    if (field.field === "__typename") return (rows) => rows.map(() => type.name);
    if (field.field === "id") return (rows) => rows.map(({ id }) => id);
    const definition = definitionOf(type, field);
    const named = getNamedType(definition.type);
    const complete = () => compileCompletion<Run>(definition.type, field.sets, (inner, sets) => this.objects(inner as GraphQLOutputType, sets));
    if (field.field === "history") throw new Unusual("a history");
    const computed = this.model.portfolio.fields[type.name]?.[field.field];
    if (computed) return this.computed(computed.resolve as never, definition, field, complete());
    const entity = this.model.entities.get(type.name);
    const followed = this.model.followed.get(`${type.name}.${field.field}`);
    if (followed && named.name.endsWith("Connection"))
      return this.connection(named as GraphQLObjectType, field, followed.local ? followed.target : null, definition, followed);
    const list = entity?.lists.get(field.field);
    if (list) return this.list(list, complete());
    if (followed) return this.plainReverse(followed, definition.type, field);
    const stored = entity?.stored.get(field.field) ?? entity?.stored.get(`${field.field}Id`);
    if (!stored) throw new Unusual(`the field ${type.name}.${field.field}`);
    const completion = complete();
    return (rows, run) =>
      completion(
        rows.map((row) => this.shown(row[stored.key], Boolean(stored.targets), stored.column.kind)),
        run,
      );
  }

  /** A stored value as the general path's resolvers show it. */
  private shown(value: unknown, isLink: boolean, kind: string): unknown {
    if (isLink) return this.reference(value as string | null);
    return kind === "money" ? showMoney((value ?? null) as MoneyValue | null) : value;
  }
  private reference(id: string | null | undefined): Row | null {
    const __typename = id ? this.model.directory.typeOf(id) : null;
    return __typename ? { __typename, id: id! } : null;
  }

  private computed(
    resolve: (row: Row, args: object, context: ReturnType<typeof fieldContextOf>) => unknown,
    definition: GraphQLField<unknown, unknown>,
    field: SelectedField,
    complete: Completion,
  ): FieldPlan {
    const isMoney = getNamedType(definition.type).name === "Money";
    const show = (value: unknown): unknown => (!isMoney ? value : Array.isArray(value) ? value.map(show) : showMoney((value ?? null) as MoneyValue | null));
    return async (rows, run) => {
      const context = fieldContextOf(run.context, this.model);
      const args = argumentsOf(definition, field, run);
      const values = await Promise.all(rows.map((row) => resolve(row, args, context)));
      return complete(values.map(show), run);
    };
  }

  private list(list: StoredList, complete: Completion): FieldPlan {
    return async (rows, run) => {
      const lists = await run.context.loaders.listsOf(
        list,
        rows.map(({ id }) => id),
      );
      const itemsOf = (id: string) => lists.get(id) ?? [];
      return complete(
        rows.map(({ id }) => (list.bare ? itemsOf(id).map((item) => this.reference(item as string)) : itemsOf(id))),
        run,
      );
    };
  }

  /** A reverse link that is a plain list, or at most one record. */
  private plainReverse(link: FollowedLink, type: GraphQLOutputType, field: SelectedField): FieldPlan {
    const { source } = link;
    if (source.kind !== "column") throw new Unusual("a list by pairs");
    const plan = this.objectPlan(getNamedType(type) as GraphQLObjectType, field.sets);
    const many = `${type}`.includes("[");
    return async (rows, run) => {
      const found = await run.context.loaders.recordsOf(
        link.target!,
        source.column,
        rows.map(({ id }) => id),
        [...plan.keys],
      );
      const lists = rows.map(({ id }) => (many ? (found.get(id) ?? []) : (found.get(id) ?? []).slice(0, 1)));
      const built = await plan.build(lists.flat() as Row[], run);
      let from = 0;
      return lists.map(({ length }) => (many ? built.slice(from, (from += length)) : length === 1 ? built[from++]! : null));
    };
  }

  /** Completes value objects: the items of stored lists, and whatever a value column or a computed field holds. */
  private valueObjects(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Completion {
    const list = this.itemTypes.get(type.name);
    const fields = this.selections.of(type, sets).map((field) => {
      if (field.field === "__typename") return { name: field.name, plan: constant<Run>(type.name) as FieldPlan };
      const definition = definitionOf(type, field);
      if (definition.resolve && !list) throw new Unusual(`the field ${type.name}.${field.field}`);
      const complete = compileCompletion<Run>(definition.type, field.sets, (inner, innerSets) => this.objects(inner as GraphQLOutputType, innerSets));
      const member = list?.members.find((each) => each.field === field.field);
      const plan: FieldPlan = (rows, run) =>
        complete(
          rows.map((row) => (member ? this.shown(row[member.key], Boolean(member.targets), member.column.kind) : row[field.field])),
          run,
        );
      return { name: field.name, plan };
    });
    const build = builder(fields);
    return (values, run) => {
      const present = values.filter((value) => value !== null && value !== undefined) as Row[];
      if (present.some((value) => typeof value !== "object")) throw new Unusual("a value");
      return after(build(present, run), (built) => {
        let next = 0;
        return values.map((value) => (value === null || value === undefined ? null : built[next++]!));
      });
    };
  }

  // --- connections ---

  /** A connection of the records a link leads to from each parent, or, without one, of all records of `target`. */
  private connection(
    type: GraphQLObjectType,
    field: SelectedField,
    target: string | null,
    definition: GraphQLField<unknown, unknown>,
    link: FollowedLink | null,
  ): FieldPlan {
    const parts = this.selections.of(type, field.sets);
    const nodeType = target && (this.schema.getType(target) as GraphQLObjectType);
    const keys = new Set<string>();
    const compiled = parts.map((part) => ({ name: part.name, plan: this.connectionPart(type, part, nodeType || null, link, keys) }));
    return async (rows, run) => {
      const args = argumentsOf(definition, field, run);
      const page: PageArguments = {
        keys,
        filter: (args["filter"] ?? {}) as PageArguments["filter"],
        orderBy: (args["orderBy"] ?? []) as OrderInput[],
        first: checkFirst(args["first"] as number | null),
        after: (args["after"] ?? null) as string | null,
      };
      const parents = rows.map(({ id }) => id);
      const { loaders } = run.context;
      const entity = target ? this.model.entities.get(target)! : null;
      const reading = new Pages(page, parents, {
        read: async () => (link ? loaders.pagesOf(link, parents, page) : new Map([[ROOT, await loaders.rootPage(entity!, page)]])),
        count: async () => (link ? loaders.countsOf(link, parents, page) : new Map([[ROOT, await loaders.rootCount(entity!, page)]])),
      });
      const values = await Promise.all(compiled.map(({ plan }) => plan(reading, run)));
      return parents.map((_, i) => Object.fromEntries(compiled.map(({ name }, part) => [name, values[part]![i]])));
    };
  }

  private connectionPart(
    type: GraphQLObjectType,
    part: SelectedField,
    nodeType: GraphQLObjectType | null,
    link: FollowedLink | null,
    keys: Set<string>,
  ): (pages: Pages, run: Run) => unknown[] | Promise<unknown[]> {
    switch (part.field) {
      case "__typename":
        return ({ parents }) => parents.map(() => type.name);
      case "totalCount":
        return (pages) => pages.counts();
      case "pageInfo":
        return this.pageInfo(definitionOf(type, part), part);
      case "nodes": {
        const complete = this.nodes(definitionOf(type, part), part.sets, nodeType, keys);
        return async (pages, run) => pages.split(await complete(await pages.all(), run));
      }
      case "edges":
        return this.edges(definitionOf(type, part), part, nodeType, link, keys);
      default:
        throw new Unusual(`the field ${type.name}.${part.field}`);
    }
  }

  private pageInfo(definition: GraphQLField<unknown, unknown>, part: SelectedField): ReturnType<SelectionCompiler["connectionPart"]> {
    const complete = compileCompletion<Run>(definition.type, part.sets, (inner, sets) => this.objects(inner as GraphQLOutputType, sets));
    return async (pages, run) => complete(await pages.infos(), run);
  }

  /** Completes the records of pages: rows where the portfolio keeps them, ids of another's where it does not. */
  private nodes(
    definition: GraphQLField<unknown, unknown>,
    sets: readonly SelectionSetNode[],
    nodeType: GraphQLObjectType | null,
    keys: Set<string>,
  ): (items: readonly PageItem[], run: Run) => Promise<unknown[]> {
    if (nodeType) {
      const plan = this.objectPlan(nodeType, sets);
      for (const key of plan.keys) keys.add(key);
      return async (items, run) =>
        plan.build(
          items.map(({ row }) => row as Row),
          run,
        );
    }
    const complete = this.objects(getNamedType(definition.type) as GraphQLOutputType, sets);
    return async (items, run) =>
      complete(
        items.map(({ row }) => this.reference(row as string)),
        run,
      );
  }

  private edges(
    definition: GraphQLField<unknown, unknown>,
    part: SelectedField,
    nodeType: GraphQLObjectType | null,
    link: FollowedLink | null,
    keys: Set<string>,
  ): ReturnType<SelectionCompiler["connectionPart"]> {
    const type = getNamedType(definition.type) as GraphQLObjectType;
    const fields = this.selections.of(type, part.sets).map((field) => {
      if (field.field === "__typename") return { name: field.name, complete: async (items: readonly PageItem[]) => items.map(() => type.name) as unknown[] };
      if (field.field === "cursor") return { name: field.name, complete: async (items: readonly PageItem[]) => items.map(({ cursor }) => cursor) as unknown[] };
      if (field.field === "node") return { name: field.name, complete: this.nodes(definitionOf(type, field), field.sets, nodeType, keys) };
      throw new Unusual(`the field ${type.name}.${field.field} of ${link?.field}`);
    });
    return async (pages, run) => {
      const items = await pages.all();
      const values = await Promise.all(fields.map(({ complete }) => complete(items, run)));
      return pages.split(items.map((_, i) => Object.fromEntries(fields.map(({ name }, field) => [name, values[field]![i]]))));
    };
  }
}

/** The pages of all parents of a connection, read once. */
class Pages {
  private reading: Promise<PageItem[][]> | undefined;

  constructor(
    private readonly page: PageArguments,
    readonly parents: readonly string[],
    private readonly source: { read(): Promise<ReadonlyMap<string, PageItem[]>>; count(): Promise<ReadonlyMap<string, number>> },
  ) {}

  /** The items of each parent and, where there are more, one beyond. */
  private read(): Promise<PageItem[][]> {
    return (this.reading ??= this.source.read().then((found) => this.parents.map((parent) => found.get(parent) ?? [])));
  }
  private async shown(): Promise<PageItem[][]> {
    return (await this.read()).map((items) => (items.length > this.page.first ? items.slice(0, this.page.first) : items));
  }

  /** The items of all parents, one after the other. */
  async all(): Promise<PageItem[]> {
    return (await this.shown()).flat();
  }
  /** What was made of `all`, by parent. */
  async split(made: readonly unknown[]): Promise<unknown[][]> {
    let from = 0;
    return (await this.shown()).map(({ length }) => made.slice(from, (from += length)));
  }
  async counts(): Promise<number[]> {
    const found = await this.source.count();
    return this.parents.map((parent) => found.get(parent) ?? 0);
  }
  async infos(): Promise<object[]> {
    const [read, shown] = [await this.read(), await this.shown()];
    return shown.map((items, i) => ({
      hasNextPage: read[i]!.length > this.page.first,
      hasPreviousPage: this.page.after !== null,
      startCursor: items[0]?.cursor ?? null,
      endCursor: items.at(-1)?.cursor ?? null,
    }));
  }
}

/** Builds objects whose fields stand in the order of the operation. */
function builder(fields: readonly { readonly name: string; readonly plan: FieldPlan }[]): (rows: readonly Row[], run: Run) => Out[] | Promise<Out[]> {
  return (rows, run) => {
    if (rows.length === 0) return [];
    const columns = fields.map(({ plan }) => plan(rows, run));
    const assemble = (values: readonly unknown[][]): Out[] =>
      rows.map((_, row) => {
        const out: Out = {};
        for (let i = 0; i < fields.length; i++) out[fields[i]!.name] = values[i]![row];
        return out;
      });
    return columns.some((column) => column instanceof Promise) ? Promise.all(columns).then(assemble) : assemble(columns as unknown[][]);
  };
}

const isReference = (keys: ReadonlySet<string>): boolean => keys.size === 0 || (keys.size === 1 && keys.has("id"));

function definitionOf(type: GraphQLObjectType, { field }: SelectedField): GraphQLField<unknown, unknown> {
  const definition = type.getFields()[field];
  if (!definition) throw new Unusual(`the field ${type.name}.${field}`);
  return definition;
}

const argumentsOf = (definition: GraphQLField<unknown, unknown>, { node }: SelectedField, { variables }: Run): Record<string, unknown> =>
  definition.args.length === 0 ? {} : getArgumentValues(definition, node, variables);
