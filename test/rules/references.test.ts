/** What holds for every link of every portfolio: what it names must exist, and it reads in both directions. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ReverseLink } from "../../subgraphs/kernel/declare.js";
import { type EntityModel, resolveModel } from "../../subgraphs/kernel/model.js";
import { portfolios } from "../../subgraphs/list.js";
import { expectRefusal, expectSuccess } from "./cases.js";
import { type Values, World, unknownId } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

/** A stored link: where its id stands in an input, and the input that has it. */
interface Place {
  readonly portfolio: string;
  readonly type: string;
  /** As in `reverse("Type.field.member")`. */
  readonly name: string;
  readonly path: readonly string[];
  readonly targets: readonly string[];
  readonly inputWith: (id: string) => Promise<Values>;
}

const models = portfolios.map((portfolio) => resolveModel(portfolio, portfolios));
const entities = models.flatMap(({ portfolio, entities: own }) => [...own.values()].map((entity) => ({ portfolio: portfolio.name, entity })));
const portfolioOf = (type: string): string => entities.find(({ entity }) => entity.type === type)!.portfolio;

/** What an input needs beside a link: with the first of a list of links, or with a link on its own. */
const BESIDE: Readonly<Record<string, (world: World, id: string) => Promise<Values>>> = {
  "Underpinning.target": async (w) => ({ upperId: await w.the("Agreement") }),
  "UnitConflict.units": async (w, id) => ({ unitIds: [id, await w.new("CustomerUnit")] }),
};
/** What an item of a list needs beside its link. */
const IN_ITEM: Readonly<Record<string, (world: World) => Promise<Values>>> = {
  "BusinessObjective.supportedBy.service": () => Promise.resolve({ contribution: "Half of it" }),
  "Interaction.actions.owner": () => Promise.resolve({ text: "Call back" }),
  "Agreement.parties.party": () => Promise.resolve({ side: "PROVIDER" }),
  "Agreement.parties.signatory": async (w) => ({ side: "PROVIDER", partyId: await w.the("Team") }),
  "Deliverable.applications.application": () => Promise.resolve({ effect: "CHANGES" }),
};

function placesOf(portfolio: string, { type, stored, lists }: EntityModel): Place[] {
  const place = (name: string, path: readonly string[], targets: readonly string[], inputOf: (id: string) => Values | Promise<Values>): Place => {
    const inputWith = async (id: string) => ({ ...(await inputOf(id)), ...(await BESIDE[name]?.(world, id)) });
    return { portfolio, type, name, path, targets, inputWith };
  };
  const columns = [...stored.values()].filter(({ targets }) => targets);
  const members = [...lists.values()].flatMap((list) => list.members.filter(({ targets }) => targets).map((member) => ({ list, member })));
  return [
    ...columns.map(({ key, field, targets }) => place(`${type}.${field}`, [key], targets!, (id) => ({ [key]: id }))),
    ...members.map(({ list: { key, field, bare }, member }) => {
      if (bare) return place(`${type}.${field}`, [key, "0"], member.targets!, (id) => ({ [key]: [id] }));
      const name = `${type}.${field}.${member.field}`;
      return place(name, [key, "0", member.key], member.targets!, async (id) => ({ [key]: [{ ...(await IN_ITEM[name]!(world)), [member.key]: id }] }));
    }),
  ];
}
const places = entities.flatMap(({ portfolio, entity }) => placesOf(portfolio, entity));
/** One case for each type a link may name: for one that may name any, one of its own portfolio and one of another. */
const cases = places.flatMap((place) =>
  (place.targets.includes("*") ? ["BusinessDriver", "Deliverable"] : place.targets).map((target): [string, string, Place] => [place.name, target, place]),
);

test("links are many", () => {
  expect(places.length).toBeGreaterThan(90);
});

describe("what a link names must exist", () => {
  test.each(cases)("%s names %s", async (_, target, place) => {
    const key = place.path.find((step) => /Ids?$/.test(step))!;
    const expected = { code: "UNKNOWN_REFERENCE", rule: null, path: place.path, message: `${key} names ${unknownId(target)}, which does not exist.` };
    await expectRefusal(world, place.type, "create", { input: () => place.inputWith(unknownId(target)) }, expected);
  });

  test.each(places.map((place): [string, Place] => [place.name, place]))("%s is no id of another type, and no other text", async (_, place) => {
    const other = ["Team", "Supplier", "Service"].find((type) => !place.targets.includes(type))!;
    const invalid = { code: "INVALID_INPUT", rule: null, path: place.path };
    if (!place.targets.includes("*")) await expectRefusal(world, place.type, "create", { input: async (w) => place.inputWith(await w.the(other)) }, invalid);
    await expectRefusal(world, place.type, "create", { input: () => place.inputWith("C-001") }, invalid);
  });
});

describe("a link reads in both directions", () => {
  test.each(cases)("%s to %s", async (_, target, place) => {
    const to = await world.the(target);
    const id = (await expectSuccess(world, place.type, "create", { input: () => place.inputWith(to), then: {} }))["id"];
    const [field = "", member] = place.name.split(".").slice(1);
    if (member === undefined) expect(await world.linked(place.portfolio, place.type, id, field)).toContain(to);
    else expect((await world.read(place.type, id))![field][0][member]).toEqual({ id: to });
    const declared = portfolios.find(({ name }) => name === place.portfolio)!.links[target] ?? {};
    const back = Object.entries(declared).find(([, link]) => link instanceof ReverseLink && link.of === place.name)?.[0];
    if (field === "verifiedBy" || place.targets.includes("*")) return;
    expect(back).toBeDefined();
    expect(await world.linked(place.portfolio, target, to, back!)).toContain(id);
  });

  test.each(
    portfolios.flatMap(({ entities: own }) =>
      Object.entries(own)
        .filter(([, { main }]) => main)
        .map(([type]) => [type]),
    ),
  )("a %s reads the interactions that were about it", async (type) => {
    const about = await world.the(type);
    const id = await world.new("Interaction", { aboutIds: [about] });
    expect(await world.linked("customer", type, about, "interactions")).toContain(id);
  });
});

describe("while a portfolio is out of reach", () => {
  const foreign = cases.filter(([, target, place]) => portfolioOf(target) !== place.portfolio);
  const pairs = [...new Set(foreign.map(([, target, { portfolio }]) => `${portfolio} ${portfolioOf(target)}`))].map(
    (pair) => pair.split(" ") as [string, string],
  );
  test.each(pairs)("nothing of %s is written that links to %s, and the refusal names each link", async (name, out) => {
    const byPath = (a: Values, b: Values) => String(a["path"]).localeCompare(String(b["path"]));
    const problem = {
      code: "PORTFOLIO_UNREACHABLE",
      rule: null,
      retryable: true,
      message: `Nothing was written: The ${out} portfolio is out of reach; try again.`,
    };
    const links = foreign.filter(([, target, { portfolio }]) => portfolio === name && portfolioOf(target) === out);
    const inputs = await Promise.all(links.map(async ([, target, place]) => world.inputOf(place.type, await place.inputWith(await world.the(target)))));
    const look = async () => ({ heads: await world.heads(), counts: await Promise.all(links.map(([, , { type }]) => world.count(type))) });
    const before = await look();
    await world.whileOut([out], links[0]![2].type, async (send) => {
      for (const [i, [link, , { type }]] of links.entries()) {
        const lost = entityPlaces(type).filter(({ path }) => portfolioOfId(valueAt(inputs[i]!, path)) === out);
        const { record, problems } = await send("create", type, inputs[i]!);
        expect({ link, record, problems: [...problems].sort(byPath) }).toEqual({
          link,
          record: null,
          problems: lost.map(({ path }) => ({ ...problem, path })).sort(byPath),
        });
      }
    });
    expect(await look()).toEqual(before);
  });

  test("a change that links to it is refused, one that does not is written", async () => {
    const id = await world.new("Project");
    await world.whileOut(["customer", "service", "people"], "Project", async (send) => {
      await expectRefusal(
        world,
        "Project",
        "update",
        { on: {}, input: async (w) => ({ name: "Renamed", parentId: await w.the("Project"), managerId: await w.the("Person") }) },
        { code: "PORTFOLIO_UNREACHABLE", rule: null, path: ["managerId"], retryable: true },
        send,
      );
      expect((await send("update", "Project", { id, version: 1, name: "Renamed", parentId: await world.the("Project") })).record).toMatchObject({
        name: "Renamed",
        version: 2,
      });
    });
  });

  const entityPlaces = (type: string) => places.filter((place) => place.type === type);
  const valueAt = (input: Values, path: readonly string[]): unknown => path.reduce<any>((value, step) => value?.[step], input);
  const portfolioOfId = (id: unknown) => (typeof id === "string" ? entities.find(({ entity }) => id.startsWith(`${entity.prefix}_`))?.portfolio : undefined);
});

describe("deletion", () => {
  test("what another portfolio can point to is ended, not deleted", () => {
    const deletable = Object.fromEntries(
      models.map(({ portfolio, entities: own }) => [portfolio.name, [...own.values()].filter((entity) => entity.deletable).map(({ type }) => type)]),
    );
    expect(deletable).toEqual({
      customer: [
        "CustomerUnit",
        "Relationship",
        "MaturityAssessment",
        "EngagementAssessment",
        "BusinessDriver",
        "BusinessObjective",
        "NeedChange",
        "Anticipation",
        "UnitConflict",
        "Interaction",
        "Feedback",
        "Expectation",
        "ServiceUsage",
        "ServiceDependency",
        "ValueAssessment",
        "SignalAcknowledgement",
      ],
      agreement: ["ServiceLevelTarget", "ServiceLevelAchievement", "Underpinning", "Obligation", "ObligationBreach"],
      service: ["ServiceOffering", "ServiceCost", "CompetitorBenchmark", "Requirement", "ServiceEvaluation", "ServiceDevelopment"],
      project: ["Deliverable", "Milestone", "StatusReport", "ProjectRisk", "ProjectDependency"],
      application: ["ApplicationFunction", "ApplicationInterface", "ApplicationRole"],
      people: [],
    });
    for (const { portfolio, entities: own } of models) {
      const mutations = [...world.graph.subgraph(portfolio.name).typeDefs.matchAll(/\bdelete([A-Z]\w+)\(/g)].map(([, type]) => type);
      expect(mutations.sort()).toEqual(
        [...own.values()]
          .filter((entity) => entity.deletable)
          .map(({ type }) => type)
          .sort(),
      );
    }
  });

  const deletable = entities.filter(({ entity }) => entity.deletable);
  test.each(deletable.map(({ entity: { type } }) => [type]))("a %s that nothing points to is deleted, at the version named", async (type) => {
    const id = await world.new(type);
    const [heads, portfolio] = [await world.heads(), portfolioOf(type)];
    expect(await world.remove(type, id, 2)).toEqual({ deletedId: null, problems: [expect.objectContaining({ code: "CONFLICT", path: ["version"] })] });
    expect(await world.heads()).toEqual(heads);
    expect(await world.remove(type, id)).toEqual({ deletedId: id, problems: [] });
    expect(await world.heads()).toEqual({ ...heads, [portfolio]: heads[portfolio] + 1 });
    expect(await world.read(type, id)).toBeNull();
    expect(await world.remove(type, id)).toEqual({ deletedId: null, problems: [expect.objectContaining({ code: "NOT_FOUND", path: ["id"] })] });
  });

  const kept = deletable.flatMap(({ portfolio, entity: { type } }) =>
    places
      .filter((place) => place.portfolio === portfolio && (place.targets.includes(type) || place.targets.includes("*")))
      .map((place): [string, string, Place] => [type, place.name, place]),
  );
  test.each(kept)("a %s is kept while %s names it", async (type, _, place) => {
    const id = await world.new(type, place.name === "Underpinning.target" ? async (w) => ({ agreementId: await w.the("Agreement") }) : {});
    const by = await world.new(place.type, () => place.inputWith(id));
    const before = { heads: await world.heads(), record: await world.read(type, id) };
    const message = `${place.type} ${by} still points to this record; change or delete that one first.`;
    expect(await world.remove(type, id)).toEqual({
      deletedId: null,
      problems: [{ code: "STILL_REFERENCED", rule: null, path: ["id"], retryable: false, message }],
    });
    expect({ heads: await world.heads(), record: await world.read(type, id) }).toEqual(before);
    if (deletable.some(({ entity }) => entity.type === place.type)) expect((await world.remove(place.type, by)).problems).toEqual([]);
    else expect((await world.change("update", place.type, by, { [place.path[0]!]: null })).problems).toEqual([]);
    expect(await world.remove(type, id)).toEqual({ deletedId: id, problems: [] });
  });

  test("a record that points to itself alone is deleted", async () => {
    const id = await world.new("Interaction");
    const { record } = await world.change("update", "Interaction", id, { aboutIds: [id, await world.the("Customer")] });
    expect(await world.remove("Interaction", id, record!["version"])).toEqual({ deletedId: id, problems: [] });
  });
});
