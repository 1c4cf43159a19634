/** Random conditions and groupings across portfolios, as the API takes them: ids and codes in them are of records the asker may not see as well. */
import { type GraphQLEnumType, type GraphQLInputField, getNamedType, isInputObjectType } from "graphql";
import { api } from "../schema/graph.js";
import type { Random } from "../support/random.js";
import { isHidden } from "./cells.js";

type Where = Record<string, unknown>;

export class ConditionMaker {
  constructor(
    private readonly random: Random,
    private readonly role: string,
    private readonly ids: readonly string[],
    private readonly codes: readonly string[],
  ) {}

  /** A value of the input type of that name ("CustomerWhere"), links followed so deep. */
  where(input: string, depth: number): Where {
    const fields = this.fieldsOf(input).filter((field) => depth > 0 || !/(Where|Comparison)$/.test(typeOf(field)));
    const where: Where = {};
    for (let i = this.random.between(1, 2); i > 0 && fields.length > 0; i--) {
      // Links are what conditions across portfolios are for.
      const links = fields.filter((field) => /Where$/.test(typeOf(field)) && typeOf(field) !== input);
      const field = this.random.pick(links.length > 0 && this.random.chance(0.6) ? links : fields);
      const condition = this.condition(field, depth);
      if (condition !== null) where[field.name] = condition;
    }
    return where;
  }

  private condition(field: GraphQLInputField, depth: number): unknown {
    const type = typeOf(field);
    const inner = (name = type) => this.where(name, depth - 1);
    if (field.name === "and" || field.name === "or") return [inner(), inner()];
    if (type.endsWith("DateComparison")) return this.comparison(type);
    if (type.endsWith("ManyWhere")) {
      const of = () => inner(type.replace("ManyWhere", "Where"));
      return this.random.pick([
        () => ({ some: of() }),
        () => ({ none: of() }),
        () => ({ every: of() }),
        () => ({ count: { of: of(), gte: this.random.between(0, 2) } }),
      ])();
    }
    if (type.endsWith("Where")) return inner();
    if (type === "IDFilter")
      return this.random.pick([{ in: [this.random.pick(this.ids), this.random.pick(this.ids)] }, { not: this.random.pick(this.ids) }, { isNull: false }]);
    if (type === "StringFilter" && field.name === "code") return { [this.random.pick(["eq", "gte"])]: this.random.pick(this.codes) };
    return "isNull" in inputOf(type).getFields() ? { isNull: this.random.chance(0.3) } : null;
  }

  /** Days of the record that lie to each other as they will. */
  private comparison(type: string): unknown {
    const owner = type.replace("DateComparison", "");
    const days = api.getType(`${owner}DateField`) as GraphQLEnumType | undefined;
    const open = (days?.getValues() ?? []).map(({ name }) => name).filter((name) => !isHidden(this.role, owner, name));
    if (open.length === 0) return null;
    const day = () => ({ fields: [this.random.pick(open)] });
    return [{ date: day(), with: day(), daysAfter: { gte: this.random.between(-400, 400) } }];
  }

  /** The arguments of the root field that groups records of the type, as text. */
  grouping(type: string): string {
    const choice = (name: string) => {
      const values = (api.getType(`${type}${name}`) as GraphQLEnumType | undefined)?.getValues().map(({ name: value }) => value) ?? [];
      const open = values.filter((value) => !isHidden(this.role, type, value));
      return open.length > 0 ? this.random.pick(open) : null;
    };
    const [field, link] = [choice("GroupField"), choice("GroupLink")];
    const key = link !== null && this.random.chance(0.5) ? `link: ${link}` : `field: ${field!}`;
    const measured = link !== null && this.random.chance(0.5) ? `link: ${link}` : `field: ${choice("MeasureField")!}`;
    return `by: [{ ${key} }], measures: [{ function: COUNT_DISTINCT, ${measured} }]`;
  }

  /** What may be asked about: what is hidden refuses the whole operation, which test/access/matrix.test.ts tells. */
  private fieldsOf(input: string): GraphQLInputField[] {
    const owner = input.replace(/Where$/, "");
    return Object.values(inputOf(input).getFields()).filter(
      ({ name }) =>
        name !== "hasFindings" && [name, name.replace(/Id$/, ""), name.replace(/Is[A-Z]\w*$/, "")].every((each) => !isHidden(this.role, owner, each)),
    );
  }
}

const typeOf = ({ type }: GraphQLInputField): string => getNamedType(type).name;
function inputOf(name: string) {
  const input = api.getType(name);
  if (!isInputObjectType(input)) throw new Error(`${name} is no input`);
  return input;
}
