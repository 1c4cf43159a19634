import { type GraphQLField, type GraphQLObjectType, type GraphQLOutputType, type SelectionSetNode, getNamedType } from "graphql";
import type { FollowedLink } from "../model.js";
import { checkFirst } from "../pages.js";
import { type Change, historyCursor } from "../reads/history.js";
import type { PageArguments } from "../reads/loaders.js";
import type { OrderInput } from "../reads/orders.js";
import { type PageItem, ROOT } from "../reads/statements.js";
import { compileCompletion, together } from "./completers.js";
import type { ObjectCompiler } from "./objects.js";
import { type FieldPlan, type Row, type Run, argumentReader, assembler, builder, definitionOf } from "./run.js";
import { type SelectedField, Unusual } from "./selections.js";

/** Compiles connections: the pages of all parents together. */
export class ConnectionCompiler {
  constructor(private readonly objects: ObjectCompiler) {}

  /** The connection `field` of `type`: of the records that `link` leads to from each parent, or, without one, of all records of `target`. */
  compile(type: GraphQLObjectType, field: SelectedField, link: FollowedLink | null, target = link?.local ? link.target : null): FieldPlan {
    const definition = definitionOf(type, field);
    const connection = getNamedType(definition.type) as GraphQLObjectType;
    const parts = this.objects.selections.of(connection, field.sets);
    const nodeType = target && (this.objects.schema.getType(target) as GraphQLObjectType);
    const keys = new Set<string>();
    const compiled = parts.map((part) => ({ name: part.name, plan: this.connectionPart(connection, part, nodeType || null, link, keys) }));
    const assemble = assembler(parts.map(({ name }) => name));
    const cursors = this.asks(connection, parts, (name) => name === "cursor" || name.endsWith("Cursor"));
    const beyond = this.asks(connection, parts, (name) => name === "hasNextPage");
    const readPage = pageReader(argumentReader(definition, field), { keys, cursors, beyond });
    return async (rows, run) => {
      const page = readPage(run);
      const parents = rows.map(({ id }) => id);
      const { loaders } = run.context;
      const entity = target ? this.objects.model.entities.get(target)! : null;
      const reading = new Pages(page, parents, {
        read: async () => (link ? loaders.pagesOf(link, parents, page) : new Map([[ROOT, await loaders.rootPage(entity!, page)]])),
        count: async () => (link ? loaders.countsOf(link, parents, page) : new Map([[ROOT, await loaders.rootCount(entity!, page)]])),
      });
      const values = await together(compiled.map(({ plan }) => plan(reading, run)));
      return assemble(values, parents.length);
    };
  }

  /** The history of each record: its changes are value objects, newest first. */
  history(type: GraphQLObjectType, field: SelectedField): FieldPlan {
    const definition = definitionOf(type, field);
    const connection = getNamedType(definition.type) as GraphQLObjectType;
    const compiled = this.objects.selections
      .of(connection, field.sets)
      .map((part) => ({ name: part.name, plan: this.connectionPart(connection, part, null, null, new Set()) }));
    const assemble = assembler(compiled.map(({ name }) => name));
    const read = argumentReader(definition, field);
    return async (rows, run) => {
      const args = read(run);
      const page = { first: checkFirst(args["first"] as number | null), after: (args["after"] ?? null) as string | null };
      const parents = rows.map(({ id }) => id);
      const { loaders } = run.context;
      const ofEach = async <T>(read: (id: string) => Promise<T>) => new Map(await Promise.all(parents.map(async (id) => [id, await read(id)] as const)));
      const reading = new Pages(page, parents, {
        read: () => ofEach(async (id) => (await loaders.history(id, page)).map((change) => ({ row: change, cursor: historyCursor(change) }))),
        count: () => ofEach((id) => loaders.historyCount(id)),
      });
      const values = await together(compiled.map(({ plan }) => plan(reading, run)));
      return assemble(values, parents.length);
    };
  }

  /** Whether a field of the connection's edges or page info is asked for. */
  private asks(connection: GraphQLObjectType, parts: readonly SelectedField[], isMeant: (name: string) => boolean): boolean {
    return parts.some((part) => {
      if (part.field !== "edges" && part.field !== "pageInfo") return false;
      const type = getNamedType(definitionOf(connection, part).type) as GraphQLObjectType;
      return this.objects.selections.of(type, part.sets).some(({ field }) => isMeant(field));
    });
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

  private pageInfo(definition: GraphQLField<unknown, unknown>, part: SelectedField): ReturnType<ConnectionCompiler["connectionPart"]> {
    const complete = compileCompletion<Run>(definition.type, part.sets, (inner, sets) => this.objects.objects(inner as GraphQLOutputType, sets));
    return async (pages, run) => complete(await pages.infos(), run);
  }

  /** Completes the records of pages: rows where the portfolio keeps them, ids of another's where it does not. */
  private nodes(
    definition: GraphQLField<unknown, unknown>,
    sets: readonly SelectionSetNode[],
    nodeType: GraphQLObjectType | null,
    keys: Set<string>,
  ): (items: readonly Item[], run: Run) => Promise<unknown[]> {
    if (nodeType) {
      const plan = this.objects.objectPlan(nodeType, sets);
      for (const key of plan.keys) keys.add(key);
      return async (items, run) =>
        plan.build(
          items.map(({ row }) => row as Row),
          run,
        );
    }
    const complete = this.objects.objects(getNamedType(definition.type) as GraphQLOutputType, sets);
    return async (items, run) =>
      complete(
        items.map(({ row }) => (typeof row === "string" ? this.objects.reference(row) : row)),
        run,
      );
  }

  private edges(
    definition: GraphQLField<unknown, unknown>,
    part: SelectedField,
    nodeType: GraphQLObjectType | null,
    link: FollowedLink | null,
    keys: Set<string>,
  ): ReturnType<ConnectionCompiler["connectionPart"]> {
    const type = getNamedType(definition.type) as GraphQLObjectType;
    const fields = this.objects.selections.of(type, part.sets).map((field) => ({ name: field.name, plan: this.edgeField(type, field, nodeType, link, keys) }));
    const build = builder(fields);
    return async (pages, run) => pages.split(await build(await pages.placed(), run));
  }

  private edgeField(
    type: GraphQLObjectType,
    field: SelectedField,
    nodeType: GraphQLObjectType | null,
    link: FollowedLink | null,
    keys: Set<string>,
  ): (items: readonly PlacedItem[], run: Run) => unknown[] | Promise<unknown[]> {
    if (field.field === "__typename") return (items) => items.map(() => type.name);
    if (field.field === "cursor") return (items) => items.map(({ cursor }) => cursor);
    if (field.field === "node") return this.nodes(definitionOf(type, field), field.sets, nodeType, keys);
    if (field.field !== "because" || !link?.because) throw new Unusual(`the field ${type.name}.${field.field}`);
    const complete = compileCompletion<Run>(definitionOf(type, field).type, field.sets, (inner, sets) =>
      this.objects.objects(inner as GraphQLOutputType, sets),
    );
    return async (items, run) => {
      const pairs = items.map(({ parent, row }) => `${parent} ${typeof row === "string" ? row : (row as Row).id}`);
      const found = await run.context.loaders.becauseOf(link, pairs);
      return complete(
        pairs.map((pair) => (found.get(pair) ?? []).map((id) => this.objects.reference(id))),
        run,
      );
    };
  }
}

/** How a connection's page is read of its arguments: one object for all requests where the arguments are. */
function pageReader(read: ReturnType<typeof argumentReader>, wanted: Pick<PageArguments, "keys" | "cursors" | "beyond">): (run: Run) => PageArguments {
  let known: { readonly args: unknown; readonly page: PageArguments } | undefined;
  return (run) => {
    const args = read(run);
    if (known?.args === args) return known.page;
    const page: PageArguments = {
      ...wanted,
      filter: (args["filter"] ?? {}) as PageArguments["filter"],
      orderBy: (args["orderBy"] ?? []) as OrderInput[],
      first: checkFirst(args["first"] as number | null),
      after: (args["after"] ?? null) as string | null,
    };
    known = { args, page };
    return page;
  };
}

/** An item of a page: a record, its id where another portfolio keeps it, or a change. */
type Item = Pick<PageItem, "cursor"> & { readonly row: PageItem["row"] | Change };
/** An item of a page and the parent whose page it is. */
type PlacedItem = Item & { readonly parent: string };

/** The pages of all parents of a connection, read once. */
class Pages {
  private reading: Promise<Item[][]> | undefined;
  private showing: Promise<Item[][]> | undefined;

  constructor(
    private readonly page: Pick<PageArguments, "first" | "after">,
    readonly parents: readonly string[],
    private readonly source: { read(): Promise<ReadonlyMap<string, Item[]>>; count(): Promise<ReadonlyMap<string, number>> },
  ) {}

  /** The items of each parent and, where there are more, one beyond. */
  private read(): Promise<Item[][]> {
    return (this.reading ??= this.source.read().then((found) => this.parents.map((parent) => found.get(parent) ?? [])));
  }
  private shown(): Promise<Item[][]> {
    const { first } = this.page;
    return (this.showing ??= this.read().then((lists) => lists.map((items) => (items.length > first ? items.slice(0, first) : items))));
  }

  /** The items of all parents, one after the other. */
  async all(): Promise<Item[]> {
    const lists = await this.shown();
    return lists.length === 1 ? lists[0]! : lists.flat();
  }
  /** The same, each with its parent. */
  async placed(): Promise<PlacedItem[]> {
    return (await this.shown()).flatMap((items, i) => items.map(({ row, cursor }) => ({ row, cursor, parent: this.parents[i]! })));
  }
  /** What was made of them, by parent. */
  async split(made: readonly unknown[]): Promise<(readonly unknown[])[]> {
    if (this.parents.length === 1) return [made];
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
