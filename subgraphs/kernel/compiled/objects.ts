import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
  getNamedType,
  getNullableType,
  isAbstractType,
  isListType,
  isObjectType,
} from "graphql";
import { showMoney } from "../decimals.js";
import type { MoneyValue } from "../declare.js";
import type { FollowedLink, Model, StoredList } from "../model.js";
import { LARGEST_PAGE } from "../pages.js";
import type { Loaders } from "../reads/loaders.js";
import type { Needs } from "../reads/selections.js";
import { fieldContextOf } from "../resolvers.js";
import { after, compileCompletion, constant } from "./completers.js";
import { ConnectionCompiler } from "./connections.js";
import { type Completion, type FieldPlan, type ObjectPlan, type Row, type Run, argumentReader, builder, definitionOf } from "./run.js";
import { type SelectedField, type Selections, Unusual } from "./selections.js";

/** Compiles the selections of records and value objects. */
export class ObjectCompiler {
  private readonly connections = new ConnectionCompiler(this);

  constructor(
    readonly schema: GraphQLSchema,
    readonly model: Model,
    private readonly needs: Needs,
    /** The stored lists by the types of their items. */
    private readonly itemTypes: ReadonlyMap<string, StoredList>,
    readonly selections: Selections,
  ) {}

  /** Completes references, rows and value objects of a composite type. */
  objects(type: GraphQLOutputType, sets: readonly SelectionSetNode[]): Completion {
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
      // Most records stand in one place: a list of one for each would be for nothing.
      const places = new Map<string, Map<string, number | number[]>>();
      values.forEach((value, i) => {
        if (value === null || value === undefined) return;
        const { __typename, id } = value as Row;
        let ofType = places.get(__typename);
        if (!ofType) places.set(__typename, (ofType = new Map<string, number | number[]>()));
        const known = ofType.get(id);
        if (known === undefined) ofType.set(id, i);
        else if (typeof known === "number") ofType.set(id, [known, i]);
        else known.push(i);
      });
      await Promise.all(
        [...places].map(async ([type, byId]) => {
          const plan = plans.get(type);
          if (!plan) throw new Unusual(`a ${type}`);
          const ids = [...byId.keys()];
          const rows = await this.rowsOf(type, plan.keys, ids, run);
          const built = await plan.build(rows, run);
          // One object for a record, however often it stands here.
          rows.forEach((row, i) => {
            const known = byId.get(row.id)!;
            if (typeof known === "number") answered[known] = built[i];
            else for (const place of known) answered[place] = built[i];
          });
        }),
      );
      return answered;
    };
  }

  /**
   * The rows of those ids that exist; references where no column is needed or another portfolio keeps them. To those who are limited
   * only what they may see: a record that is named only is looked for, and another portfolio's asked of its owner.
   */
  private async rowsOf(type: string, keys: ReadonlySet<string>, ids: readonly string[], { context: { loaders } }: Run): Promise<Row[]> {
    const isOwn = this.model.entities.has(type);
    if (isOwn && (loaders.isLimited || !isReference(keys))) {
      const found = await loaders.recordsOf(type, "id", ids, [...keys]);
      const rows: Row[] = [];
      for (const id of ids) for (const row of found.get(id) ?? []) rows.push(row);
      return rows;
    }
    const references = ids.map((id) => ({ __typename: type, id }));
    return loaders.isLimited ? seenOf(references, loaders) : references;
  }

  objectPlan(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): ObjectPlan {
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
    if (field.field === "history") return this.connections.history(type, field);
    const computed = this.model.portfolio.fields[type.name]?.[field.field];
    if (computed) return this.computed(computed.resolve as never, definition, field, complete());
    const entity = this.model.entities.get(type.name);
    const followed = this.model.followed.get(`${type.name}.${field.field}`);
    if (followed && named.name.endsWith("Connection")) return this.connections.compile(type, field, followed);
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
  reference(id: string | null | undefined): Row | null {
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
    const read = argumentReader(definition, field);
    return async (rows, run) => {
      const context = fieldContextOf(run.context, this.model);
      const args = read(run);
      const values = await Promise.all(rows.map((row) => resolve(row, args, context)));
      const { loaders } = run.context;
      // Of a list only what may be seen is left.
      const seen = loaders.isLimited ? await Promise.all(values.map((value) => (Array.isArray(value) ? seenOf(value, loaders) : value))) : values;
      return complete(seen.map(show), run);
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
    const plan = this.objectPlan(getNamedType(type) as GraphQLObjectType, field.sets);
    const many = isListType(getNullableType(type));
    const page = { keys: plan.keys, filter: {}, orderBy: [], first: LARGEST_PAGE, after: null };
    return async (rows, run) => {
      const { loaders } = run.context;
      const parents = rows.map(({ id }) => id);
      const found =
        source.kind === "column"
          ? await loaders.recordsOf(link.target!, source.column, parents, [...plan.keys])
          : await loaders.pagesOf(link, parents, page).then((pages) => new Map([...pages].map(([id, items]) => [id, items.map(({ row }) => row as Row)])));
      const lists = rows.map(({ id }) => (many ? (found.get(id) ?? []) : (found.get(id) ?? []).slice(0, 1)));
      const built = await plan.build(lists.flat(), run);
      let from = 0;
      return lists.map(({ length }) => (many ? built.slice(from, (from += length)) : length === 1 ? built[from++]! : null));
    };
  }

  /** Completes value objects: the items of stored lists, and whatever a value column or a computed field holds. */
  private valueObjects(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Completion {
    const list = this.itemTypes.get(type.name);
    const fields = this.selections.of(type, sets).map((field) => {
      if (field.field === "__typename") return { name: field.name, plan: constant<Run>(type.name) };
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
}

/** Of items, those that name no record, or one that may be seen. */
async function seenOf<Item>(items: readonly Item[], loaders: Loaders): Promise<Item[]> {
  const seen = await Promise.all(
    items.map(async (item) => {
      const { __typename, id } = (item ?? {}) as Partial<Row>;
      return __typename && id ? loaders.isSeen(id) : item !== null;
    }),
  );
  return items.filter((_, i) => seen[i]);
}

const isReference = (keys: ReadonlySet<string>): boolean => keys.size === 0 || (keys.size === 1 && keys.has("id"));
