/** Each kind of signal with its near misses, what acknowledging does to them, and how they are asked for. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { databaseKinds } from "../support/graph.js";
import { countStatements } from "../support/statements.js";
import { type Signal, World, day, TODAY } from "./world.js";

type Values = Record<string, any>;
/** A made-up situation around a customer: what is found of the kind, most severe first. */
interface Case {
  readonly kind: string;
  readonly name: string;
  readonly make: (world: World, customer: string) => Promise<readonly Expected[] | void>;
}
interface Expected {
  readonly severity: string;
  readonly since: string;
  readonly records: readonly string[];
  readonly why?: RegExp;
}

const month = (n: number) => ({ periodFrom: day(-30 * n - 29), periodTo: day(-30 * n) });
async function missing(world: World, customer: string, met: readonly (boolean | null)[], agreement: Values = {}, oldest = 0) {
  const serviceId = await world.service();
  const agreementId = await world.agreement([customer], { serviceIds: [serviceId], ...agreement });
  const promise = { aspect: "WARRANTY", metric: "AVAILABILITY", comparator: "AT_LEAST", value: "99.5", unit: "percent" };
  const targetId = await world.make("ServiceLevelTarget", { agreementId, serviceId, ...promise });
  for (const [n, each] of met.entries()) await world.make("ServiceLevelAchievement", { targetId, ...month(n + oldest), measured: "99.1", met: each });
  return { targetId, agreementId, serviceId };
}
/** Assessments of a service, newest first: means of what is named for each quarter. */
async function assess(world: World, customerId: string, serviceId: string, quarters: readonly (readonly number[])[], newest = -10) {
  for (const [n, values] of quarters.entries())
    for (const perceivedValue of values) {
      const period = { periodFrom: day(newest - 90 * n - 89), periodTo: day(newest - 90 * n) };
      await world.make("ValueAssessment", { customerId, serviceId, basis: "SURVEY", perceivedValue, ...period });
    }
}
async function slipping(world: World, customer: string, { project = {}, deliverable = {}, agreement = {} }: Record<string, Values> = {}) {
  const serviceId = await world.service();
  const agreementId = await world.agreement([customer], { serviceIds: [serviceId], ...agreement });
  const projectId = await world.make("Project", { name: "Faster", status: "UNDERWAY", approvedEnd: day(-10), ...project });
  const id = await world.make("Deliverable", { projectId, serviceId, change: "CHANGED", customerIds: [customer], dueOn: day(20), ...deliverable });
  return { id, agreementId, projectId, serviceId };
}
async function application(world: World, customer: string, values: Values, dependency: Values = {}, service: Values = {}) {
  const serviceId = await world.service(service);
  const id = await world.make("Application", { name: "Lama", kind: "COTS", endReason: "Old", ...values });
  await world.make("ApplicationFunction", { applicationId: id, name: "Book", supportIds: [serviceId] });
  await world.make("ServiceDependency", { customerId: customer, serviceId, businessActivity: "Pay", criticality: "BUSINESS_CRITICAL", ...dependency });
  return { id, serviceId };
}
const ending = { lifecycle: "END_OF_LIFE", phases: [{ lifecycle: "END_OF_LIFE", startedOn: day(-33) }] };
async function projectFor(world: World, applicationId: string, serviceId: string, status: string, state: string) {
  const projectId = await world.make("Project", { name: "Renew", status });
  const applications = [{ applicationId, effect: "RETIRES" }];
  await world.make("Deliverable", { projectId, serviceId, change: "CHANGED", customerIds: [], applications, state, dropReason: "x" });
}
async function underpinned(world: World, customer: string, upper: Values, lower: Values, promised?: string) {
  const a = await world.agreement([customer], { startOn: day(-300), ...upper });
  const b = await world.agreement([], { kind: "OLA", ...lower });
  const promise = { aspect: "WARRANTY", metric: "AVAILABILITY", comparator: "AT_LEAST", unit: "percent", window: "month" };
  const targetId = promised ? await world.make("ServiceLevelTarget", { ...promise, agreementId: a, value: "99.5" }) : null;
  if (promised) await world.make("ServiceLevelTarget", { ...promise, agreementId: b, value: promised });
  const id = await world.make("Underpinning", { upperId: a, lowerId: b, targetId });
  return { id, a, b, targetId };
}

const cases: readonly Case[] = [
  // --- notice ---
  {
    kind: "AGREEMENT_IN_NOTICE_PERIOD",
    name: "from the last day to give notice on",
    make: async (world, customer) => {
      const id = await world.agreement([customer], { endOn: day(60), noticeDays: 60, renewal: "EXPRESS" });
      return [{ severity: "HIGH", since: TODAY, records: [id], why: /ends on .*, in 60 days; the last day to give notice was/ }];
    },
  },
  {
    kind: "AGREEMENT_IN_NOTICE_PERIOD",
    name: "until the last day, and worse from 30 days before it on",
    make: async (world, customer) => {
      const last = await world.agreement([customer], { endOn: TODAY, noticeDays: 30, renewal: "NEVER", state: "UNDER_REVIEW" });
      const near = await world.agreement([customer], { endOn: day(30), noticeDays: 90 });
      const far = await world.agreement([customer], { endOn: day(31), noticeDays: 90 });
      const tacit = await world.agreement([customer], { endOn: day(5), noticeDays: 90, renewal: "TACIT" });
      return [
        { severity: "CRITICAL", since: day(-60), records: [near] },
        { severity: "CRITICAL", since: day(-30), records: [last] },
        { severity: "HIGH", since: day(-59), records: [far] },
        { severity: "MEDIUM", since: day(-85), records: [tacit], why: /It renews by itself/ },
      ];
    },
  },
  {
    kind: "AGREEMENT_IN_NOTICE_PERIOD",
    name: "not the day before, after the end, without end or notice, ended, or not begun",
    make: async (world, customer) => {
      await world.agreement([customer], { endOn: day(61), noticeDays: 60 });
      await world.agreement([customer], { endOn: day(-1), noticeDays: 60 });
      await world.agreement([customer], { endOn: day(10) });
      await world.agreement([customer], { noticeDays: 60 });
      await world.agreement([customer], { endOn: day(10), noticeDays: 60, state: "TERMINATED", terminatedOn: day(-5), terminationReason: "x" });
      await world.agreement([customer], { endOn: day(10), noticeDays: 60, state: "AGREED", startOn: day(1) });
    },
  },
  // --- targets ---
  {
    kind: "TARGET_MISSED_REPEATEDLY",
    name: "twice in a row, thrice being worse; a period nobody judged changes nothing",
    make: async (world, customer) => {
      const twice = await missing(world, customer, [false, null, false, true, false]);
      const thrice = await missing(world, customer, [false, false, false]);
      const shown = (each: typeof twice) => [each.targetId, each.agreementId, each.serviceId];
      return [
        {
          severity: "CRITICAL",
          since: month(2).periodFrom,
          records: shown(thrice),
          why: /availability at least 99.5 percent, promised by X\d+, was missed 3 times in a row/,
        },
        { severity: "HIGH", since: month(2).periodFrom, records: shown(twice) },
      ];
    },
  },
  {
    kind: "TARGET_MISSED_REPEATEDLY",
    name: "not once, with one kept between, kept since, long ago, or under an agreement that has ended",
    make: async (world, customer) => {
      await missing(world, customer, [false]);
      await missing(world, customer, [false, true, false]);
      await missing(world, customer, [true, false, false]);
      await missing(world, customer, [false, false], {}, 7);
      await missing(world, customer, [false, false], { state: "EXPIRED", endOn: day(-1) });
    },
  },
  // --- value ---
  {
    kind: "VALUE_FALLING",
    name: "by five points, or twice in a row by five together; by fifteen it is worse",
    make: async (world, customer) => {
      const [five, twice, steep] = [await world.service(), await world.service(), await world.service()];
      await assess(world, customer, five, [[60, 70], [70]]);
      await assess(world, customer, twice, [[65], [68], [70]]);
      await assess(world, customer, steep, [[40], [55]]);
      return [
        { severity: "HIGH", since: day(-10), records: [steep] },
        { severity: "MEDIUM", since: day(-10), records: [five], why: /fell from 70 \(until .*\) to 65/ },
        { severity: "MEDIUM", since: day(-10), records: [twice], why: /fell twice in a row, from 70/ },
      ];
    },
  },
  {
    kind: "VALUE_FALLING",
    name: "not by less, once, rising, with one period, or long ago",
    make: async (world, customer) => {
      await assess(world, customer, await world.service(), [[66], [70]]);
      await assess(world, customer, await world.service(), [[67], [71], [60]]);
      await assess(world, customer, await world.service(), [[68], [69], [72]]);
      await assess(world, customer, await world.service(), [[80], [60]]);
      await assess(world, customer, await world.service(), [[20]]);
      await assess(world, customer, await world.service(), [[40], [60]], -366);
    },
  },
  {
    kind: "VALUE_BELOW_FLOOR",
    name: "below what the agreement promises; fifteen below is worse",
    make: async (world, customer) => {
      const [low, lower] = [await world.service(), await world.service()];
      const agreement = await world.agreement([customer], { serviceIds: [low, lower], satisfactionFloor: 65 });
      await assess(world, customer, low, [[52, 76], [90]]);
      await assess(world, customer, lower, [[50]]);
      return [
        { severity: "CRITICAL", since: day(-10), records: [agreement, lower] },
        { severity: "HIGH", since: day(-10), records: [agreement, low], why: /is 64 \(until .*\); X\d+ promises 65 at least/ },
      ];
    },
  },
  {
    kind: "VALUE_BELOW_FLOOR",
    name: "not at it, of another service, without a floor, long ago, or once the agreement has ended",
    make: async (world, customer) => {
      const agreed = async (agreement: Values, values: readonly number[], newest?: number) => {
        const service = await world.service();
        await world.agreement([customer], { serviceIds: [service], satisfactionFloor: 65, ...agreement });
        await assess(world, customer, service, [values], newest);
      };
      await agreed({}, [65]);
      await agreed({ serviceIds: [await world.service()] }, [20]);
      await agreed({ satisfactionFloor: null }, [20]);
      await agreed({}, [20], -366);
      await agreed({ state: "EXPIRED", endOn: day(-1) }, [20]);
    },
  },
  // --- obligations ---
  {
    kind: "OBLIGATION_OVERDUE",
    name: "of either side from the day after, and worse after thirty days",
    make: async (world, customer) => {
      const agreementId = await world.agreement([customer]);
      const due = async (obligor: string, dueOn: string) => world.make("Obligation", { agreementId, obligor, statement: "Pay.", state: "PENDING", dueOn });
      const ours = [await due("PROVIDER", day(-31)), await due("PROVIDER", day(-30))] as const;
      const theirs = [await due("CUSTOMER", day(-31)), await due("CUSTOMER", day(-1))] as const;
      return [
        { severity: "CRITICAL", since: day(-31), records: [ours[0], agreementId], why: /What the provider owes by X\d+ was due on .*, 31 days ago/ },
        { severity: "HIGH", since: day(-31), records: [theirs[0], agreementId] },
        { severity: "HIGH", since: day(-30), records: [ours[1], agreementId] },
        { severity: "MEDIUM", since: day(-1), records: [theirs[1], agreementId], why: /the customer side owes .*, 1 day ago/ },
      ];
    },
  },
  {
    kind: "OBLIGATION_OVERDUE",
    name: "not on its day, without one, done, waived, broken, or under an agreement that has ended",
    make: async (world, customer) => {
      await world.obligation([customer], { dueOn: TODAY });
      await world.obligation([customer], {});
      await world.obligation([customer], { dueOn: day(-9), state: "MET", metOn: day(-1) });
      await world.obligation([customer], { dueOn: day(-9), state: "WAIVED", waivedReason: "x" });
      await world.obligation([customer], { dueOn: day(-9), state: "BREACHED" });
      await world.obligation([customer], { dueOn: day(-9) }, { state: "EXPIRED", endOn: day(-1) });
    },
  },
  {
    kind: "OBLIGATION_BROKEN",
    name: "from its newest breach, until it is made good",
    make: async (world, customer) => {
      const agreementId = await world.agreement([customer]);
      const broken = async (values: Values, ...days: number[]) => {
        const obligationId = await world.make("Obligation", { agreementId, obligor: "PROVIDER", statement: "Pay.", state: "BREACHED", ...values });
        for (const each of days) await world.make("ObligationBreach", { obligationId, detectedOn: day(each) });
        return obligationId;
      };
      const [again, fresh, unfound] = [await broken({}, -90, -31), await broken({}, -30), await broken({ obligor: "CUSTOMER", dueOn: day(-8) })];
      await broken({ state: "MET", metOn: day(-1) }, -20);
      return [
        { severity: "CRITICAL", since: day(-31), records: [again, agreementId] },
        { severity: "HIGH", since: day(-30), records: [fresh, agreementId] },
        { severity: "MEDIUM", since: day(-8), records: [unfound, agreementId] },
      ];
    },
  },
  {
    kind: "BREACH_NOT_DISCLOSED",
    name: "of either side, until the customer is told or it is made good",
    make: async (world, customer) => {
      const agreementId = await world.agreement([customer]);
      const broken = async (obligation: Values, breach: Values) => {
        const obligationId = await world.make("Obligation", { agreementId, obligor: "PROVIDER", statement: "Pay.", state: "BREACHED", ...obligation });
        return { obligationId, id: await world.make("ObligationBreach", { obligationId, detectedOn: day(-5), ...breach }) };
      };
      const [ours, theirs] = [await broken({}, {}), await broken({ obligor: "CUSTOMER" }, { detectedOn: TODAY })];
      await broken({}, { disclosedToCustomerOn: day(-5) });
      await broken({ state: "MET", metOn: day(-1) }, {});
      return [
        { severity: "HIGH", since: day(-5), records: [ours.id, ours.obligationId, agreementId], why: /5 days ago, and the customer has not been told/ },
        { severity: "MEDIUM", since: TODAY, records: [theirs.id, theirs.obligationId, agreementId] },
      ];
    },
  },
  // --- projects ---
  {
    kind: "PROMISE_SLIPPING",
    name: "past the approved end; worse when red or ninety days late, worst when something is owed before",
    make: async (world, customer) => {
      const shown = ({ id, agreementId, projectId, serviceId }: Awaited<ReturnType<typeof slipping>>) => [id, agreementId, projectId, serviceId];
      const little = await slipping(world, customer, { project: { approvedEnd: day(19), status: "PLANNED" } });
      const red = await slipping(world, customer, { project: { health: "RED", status: "ON_HOLD" } });
      const late = await slipping(world, customer, { project: { approvedEnd: day(-70) } });
      const almost = await slipping(world, customer, { project: { approvedEnd: day(-69) } });
      const owed = await slipping(world, customer);
      const obligation = { agreementId: owed.agreementId, statement: "Deliver.", state: "PENDING" };
      const promise = await world.make("Obligation", { ...obligation, obligor: "PROVIDER", dueOn: day(19) });
      for (const each of [
        { obligor: "PROVIDER", dueOn: day(20) },
        { obligor: "CUSTOMER", dueOn: day(5) },
      ])
        await world.make("Obligation", { ...obligation, ...each });
      return [
        {
          severity: "CRITICAL",
          since: day(-10),
          records: [...shown(owed), promise],
          why: /30 days later; X\d+ promises the service, and the provider owes something by it on/,
        },
        { severity: "HIGH", since: day(-70), records: shown(late) },
        { severity: "HIGH", since: day(-10), records: shown(red) },
        { severity: "MEDIUM", since: day(-69), records: shown(almost) },
        { severity: "MEDIUM", since: day(19), records: shown(little), why: /1 day later/ },
      ];
    },
  },
  {
    kind: "PROMISE_SLIPPING",
    name: "not on the day, done, dropped, of a project that has ended, for others, or promised by nothing in force",
    make: async (world, customer) => {
      await slipping(world, customer, { project: { approvedEnd: day(20) } });
      await slipping(world, customer, { project: { approvedEnd: null } });
      await slipping(world, customer, { deliverable: { state: "DONE", doneOn: TODAY } });
      await slipping(world, customer, { deliverable: { state: "DROPPED", dropReason: "x" } });
      await slipping(world, customer, { project: { status: "CANCELLED", cancelReason: "x" } });
      await slipping(world, customer, { deliverable: { customerIds: [await world.customer()] } });
      await slipping(world, customer, { agreement: { serviceIds: [await world.service()] } });
      await slipping(world, customer, { agreement: { state: "EXPIRED", endOn: day(-1) } });
    },
  },
  // --- applications ---
  {
    kind: "APPLICATION_ENDING",
    name: "under a live service; worse where it is mission critical and no project changes it",
    make: async (world, customer) => {
      const critical = { criticality: "MISSION_CRITICAL" };
      const old = await application(world, customer, ending, critical);
      const planned = await application(world, customer, ending, critical);
      const dropped = await application(
        world,
        customer,
        { ...ending, lifecycle: "PHASE_OUT", phases: [{ lifecycle: "PHASE_OUT", startedOn: day(-20) }] },
        critical,
      );
      const ordinary = await application(world, customer, { ...ending, lifecycle: "PHASE_OUT", phases: [] });
      await projectFor(world, planned.id, planned.serviceId, "PLANNED", "OPEN");
      await projectFor(world, dropped.id, dropped.serviceId, "UNDERWAY", "DROPPED");
      await projectFor(world, dropped.id, dropped.serviceId, "CANCELLED", "OPEN");
      const shown = ({ id, serviceId }: typeof old) => [id, serviceId];
      return [
        { severity: "CRITICAL", since: day(-33), records: shown(old), why: /mission critical for the customer; no project changes it/ },
        { severity: "HIGH", since: day(-33), records: shown(planned), why: /a project changes it/ },
        { severity: "HIGH", since: day(-20), records: shown(dropped) },
        { severity: "MEDIUM", since: TODAY, records: shown(ordinary) },
      ];
    },
  },
  {
    kind: "APPLICATION_ENDING",
    name: "not while active, under a service that is not live, or a dependency that has ended or not begun",
    make: async (world, customer) => {
      await application(world, customer, { lifecycle: "ACTIVE" });
      await application(world, customer, ending, {}, { status: "RETIRED", retiredReason: "x" });
      await application(world, customer, ending, { validTo: day(-1) });
      await application(world, customer, ending, { validFrom: day(1) });
    },
  },
  {
    kind: "APPLICATION_ROLE_LEFT",
    name: "of a developer, manager or owner who left; worse where nobody else holds the role",
    make: async (world, customer) => {
      const { id: applicationId, serviceId } = await application(world, customer, { lifecycle: "ACTIVE" });
      const [first, second] = [await world.leaver(day(-50)), await world.leaver(day(-40))];
      const role = async (holderId: string, kind: string, values: Values = {}) =>
        world.make("ApplicationRole", { applicationId, holderId, role: kind, ...values });
      const alone = await role(first, "DEVELOPER", { validTo: TODAY });
      const shared = await role(second, "IT_OWNER");
      await role(await world.person(), "IT_OWNER");
      await role(await world.person(), "DEVELOPER", { validTo: day(-1) });
      await role(second, "SUPPORTER");
      await role(first, "BUSINESS_OWNER", { validTo: day(-1) });
      return [
        {
          severity: "HIGH",
          since: day(-50),
          records: [alone, first, applicationId, serviceId],
          why: /Dewi, developer of X\d+ \(Lama\), has left.*nobody else holds it/,
        },
        { severity: "MEDIUM", since: day(-40), records: [shared, second, applicationId, serviceId], why: /others hold it too/ },
      ];
    },
  },
  {
    kind: "APPLICATION_ROLE_LEFT",
    name: "a team counts as somebody else, and those who are active have not left",
    make: async (world, customer) => {
      const { id: applicationId, serviceId } = await application(world, customer, { lifecycle: "ACTIVE" });
      const person = await world.leaver(day(-50));
      const gone = await world.make("ApplicationRole", { applicationId, holderId: person, role: "DEVELOPER" });
      await world.make("ApplicationRole", { applicationId, holderId: await world.make("Team", { name: "t" }), role: "DEVELOPER" });
      await world.make("ApplicationRole", { applicationId, holderId: await world.person(), role: "BUSINESS_OWNER" });
      return [{ severity: "MEDIUM", since: day(-50), records: [gone, person, applicationId, serviceId] }];
    },
  },
  // --- relationships ---
  {
    kind: "REVIEW_OVERDUE",
    name: "from the day after",
    make: async (world, customerId) => {
      const id = await world.make("Relationship", { customerId, nextReviewDue: day(-60) });
      return [{ severity: "MEDIUM", since: day(-60), records: [id], why: /60 days ago/ }];
    },
  },
  {
    kind: "REVIEW_OVERDUE",
    name: "worse after sixty days",
    make: async (world, customerId) => [
      { severity: "HIGH", since: day(-61), records: [await world.make("Relationship", { customerId, nextReviewDue: day(-61) })] },
    ],
  },
  {
    kind: "REVIEW_OVERDUE",
    name: "not on the day",
    make: async (world, customerId) => void (await world.make("Relationship", { customerId, nextReviewDue: TODAY })),
  },
  { kind: "REVIEW_OVERDUE", name: "not without a day", make: async (world, customerId) => void (await world.make("Relationship", { customerId })) },
  {
    kind: "REVIEW_OVERDUE",
    name: "not of a customer who left",
    make: async (world, customerId) => {
      await world.make("Relationship", { customerId, nextReviewDue: day(-9) });
      await world.change("Customer", customerId, { lifecycle: "FORMER" });
    },
  },
  {
    kind: "DECISION_MAKER_LEFT",
    name: "while the part is on record, and worst when nobody else decides",
    make: async (world, customerId) => {
      const personId = await world.leaver(day(-12));
      const id = await world.make("Stakeholder", { customerId, personId, role: "DECISION_MAKER", validTo: TODAY });
      await world.make("Stakeholder", { customerId, personId: await world.person(), role: "DECISION_MAKER", validFrom: day(1) });
      await world.make("Stakeholder", { customerId, personId: await world.person(), role: "SPONSOR" });
      return [{ severity: "CRITICAL", since: day(-12), records: [id, personId], why: /Dewi, who decides for the customer, has left/ }];
    },
  },
  {
    kind: "DECISION_MAKER_LEFT",
    name: "less so when somebody else decides; not one whose part has ended, or who plays another",
    make: async (world, customerId) => {
      const personId = await world.leaver(day(-12));
      const id = await world.make("Stakeholder", { customerId, personId, role: "DECISION_MAKER" });
      await world.make("Stakeholder", { customerId, personId: await world.leaver(day(-3)), role: "DECISION_MAKER", validTo: day(-1) });
      await world.make("Stakeholder", { customerId, personId: await world.leaver(day(-3)), role: "SPONSOR" });
      await world.make("Stakeholder", { customerId, personId: await world.person(), role: "DECISION_MAKER" });
      return [{ severity: "HIGH", since: day(-12), records: [id, personId] }];
    },
  },
  // --- coverage ---
  {
    kind: "SERVICE_WITHOUT_AGREEMENT",
    name: "used when none held; worse where it is mission critical",
    make: async (world, customerId) => {
      const used = async (dependency?: Values) => {
        const serviceId = await world.service();
        await world.make("ServiceUsage", { customerId, serviceId, periodFrom: day(-99), periodTo: day(-10) });
        await world.make("ServiceUsage", { customerId, serviceId, periodFrom: day(-60), periodTo: day(-5) });
        if (dependency)
          await world.make("ServiceDependency", { customerId, serviceId, businessActivity: "Pay", criticality: "MISSION_CRITICAL", ...dependency });
        return serviceId;
      };
      const [never, critical, over] = [await used(), await used({}), await used({ validTo: day(-1) })];
      await world.agreement([customerId], { serviceIds: [over], state: "EXPIRED", endOn: day(-6) });
      await world.agreement([await world.customer()], { serviceIds: [never] });
      await world.agreement([customerId], { serviceIds: [never], state: "NEGOTIATION" });
      return [
        { severity: "HIGH", since: day(-99), records: [critical] },
        { severity: "MEDIUM", since: day(-99), records: [never], why: /was used until .* without an agreement in force; there has been none/ },
        { severity: "MEDIUM", since: day(-5), records: [over], why: /the last one ended on/ },
      ];
    },
  },
  {
    kind: "SERVICE_WITHOUT_AGREEMENT",
    name: "not while one held, since one holds, long ago, or of a service that is not live",
    make: async (world, customerId) => {
      const used = async (agreement: Values | null, usage: Values = {}, service: Values = {}) => {
        const serviceId = await world.service(service);
        await world.make("ServiceUsage", { customerId, serviceId, periodFrom: day(-400), periodTo: day(-5), ...usage });
        if (agreement) await world.agreement([customerId], { serviceIds: [serviceId], ...agreement });
      };
      await used({ state: "EXPIRED", endOn: day(-5) });
      await used({ state: "TERMINATED", endOn: day(90), terminatedOn: day(-5), terminationReason: "x" });
      await used({ startOn: day(-1) });
      await used({ state: "UNDER_REVIEW" });
      await used(null, { periodTo: day(-366) });
      await used(null, {}, { status: "RETIRED", retiredReason: "x" });
    },
  },
  {
    kind: "UNDERPINNING_GAP",
    name: "resting on what ends sooner, has ended, or promises less",
    make: async (world, customer) => {
      const shown = ({ id, a, b, targetId }: Awaited<ReturnType<typeof underpinned>>) => [id, a, b, ...(targetId ? [targetId] : [])];
      const soon = await underpinned(world, customer, { endOn: day(200) }, { endOn: day(90) });
      const later = await underpinned(world, customer, {}, { endOn: day(91) });
      const over = await underpinned(
        world,
        customer,
        { endOn: day(200) },
        { state: "TERMINATED", terminatedOn: day(-3), terminationReason: "x", endOn: day(300) },
      );
      const weak = await underpinned(world, customer, {}, {}, "99.4");
      return [
        { severity: "HIGH", since: day(-2), records: shown(over), why: /on which it rests, ended on/ },
        { severity: "HIGH", since: day(91), records: shown(soon) },
        { severity: "MEDIUM", since: day(-300), records: shown(weak), why: /promises 99.4 where 99.5 percent are needed/ },
        { severity: "MEDIUM", since: day(92), records: shown(later), why: /has no end/ },
      ];
    },
  },
  {
    kind: "UNDERPINNING_GAP",
    name: "not with equal ends and promises, longer, better, or beneath an agreement that has ended",
    make: async (world, customer) => {
      await underpinned(world, customer, { endOn: day(90) }, { endOn: day(90) }, "99.5");
      await underpinned(world, customer, { endOn: day(90) }, {}, "99.9");
      await underpinned(world, customer, { state: "EXPIRED", endOn: day(-1) }, { endOn: day(-50) });
    },
  },
];

describe.each(databaseKinds)("signals on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
  });
  afterAll(() => world.close());

  describe("are found and near misses are not", () => {
    test.each(cases.map((each) => [each.kind, each.name, each] as const))("%s %s", async (name, _, { make }) => {
      const customer = await world.customer();
      const expected = (await make(world, customer)) ?? [];
      const { nodes, totalCount } = await world.signals({ customers: [customer], kinds: [name] });
      const shown = nodes.map(({ severity, since, records }) => ({ severity, since, records: records.map(({ id }) => id) }));
      expect(shown).toEqual(expected.map(({ severity, since, records }) => ({ severity, since, records })));
      expect(totalCount).toBe(expected.length);
      for (const [i, { why = /^\S.*\.$/ }] of expected.entries()) expect(nodes[i]!.why).toMatch(why);
      for (const signal of nodes) expect(signal).toMatchObject({ kind: name, customer: { id: customer }, call: null, state: "OPEN", acknowledgement: null });
      for (const { rule, rulesVersion } of nodes)
        expect([rule, rulesVersion]).toEqual([expect.stringMatching(/^[A-Z].*\.$/), expect.stringMatching(/^[0-9a-f]{12}$/)]);
    });
  });

  // --- revenue is a share of all there is: one test for all customers ---

  test("REVENUE_CONCENTRATION is a share of one currency in the newest year that enough customers have figures of", async () => {
    const year = Number(TODAY.slice(0, 4));
    const figure = (amount: string, currency: string, of = year - 1, what = "PAST") => ({ year: of, kind: what, amount: { amount, currency } });
    const large = await world.customer({ revenue: [figure("60", "SEK"), figure("499.99", "NOK"), figure("100", "DKK"), figure("70", "CHF", year - 2)] });
    const small = await world.customer({
      revenue: [figure("40", "SEK"), figure("300.01", "NOK"), figure("100", "CHF", year - 1, "PREDICTED"), figure("20", "CHF", year - 2)],
    });
    const others = await world.customer({ revenue: [figure("200", "NOK"), figure("1", "DKK"), figure("10", "CHF", year - 2), figure("5", "SEK", year)] });
    const gone = await world.customer({ lifecycle: "FORMER", revenue: [figure("900", "PLN"), figure("1", "DKK", year - 1)] });
    for (const share of ["50", "50"]) await world.customer({ revenue: [figure(share, "PLN")] });
    const { nodes } = await world.signals({ kinds: ["REVENUE_CONCENTRATION"] });
    expect(nodes.map(({ key, severity, since }) => [key, severity, since])).toEqual([
      [`REVENUE_CONCENTRATION:${large}:CHF`, "CRITICAL", `${year - 2}-12-31`],
      [`REVENUE_CONCENTRATION:${large}:DKK`, "CRITICAL", `${year - 1}-12-31`],
      [`REVENUE_CONCENTRATION:${large}:NOK`, "MEDIUM", `${year - 1}-12-31`],
    ]);
    expect(nodes[2]!.why).toBe(`The customer brought 49.9 % of the NOK of ${year - 1}, of 3 customers.`);
    expect((await world.signals({ kinds: ["REVENUE_CONCENTRATION"], customers: [small, others, gone] })).totalCount).toBe(0);
    expect((await world.signals({ kinds: ["REVENUE_CONCENTRATION"], customers: [large] })).totalCount).toBe(3);
  });

  // --- whom to call ---

  test("the manager of the relationship is called; without one, or when gone, whoever answers for the record", async () => {
    const [manager, signatory, gone] = [await world.person(), await world.person(), await world.leaver(day(-1))];
    const team = await world.make("Team", { name: "Payments" });
    const ends = { endOn: day(20), noticeDays: 60 };
    const of = async (managerId: string | null, signatoryId: string | null) => {
      const customerId = await world.customer();
      if (managerId) await world.make("Relationship", { customerId, managerId });
      const parties = [
        { partyId: customerId, side: "CUSTOMER", signatoryId: null },
        { partyId: team, side: "PROVIDER", signatoryId },
      ];
      await world.agreement([], { ...ends, parties });
      const { nodes } = await world.signals({ customers: [customerId] });
      expect(nodes).toHaveLength(1);
      return nodes[0]!.call;
    };
    expect(await of(manager, signatory)).toEqual({ id: manager });
    expect(await of(null, signatory)).toEqual({ id: signatory });
    expect(await of(gone, signatory)).toEqual({ id: signatory });
    expect(await of(null, gone)).toBeNull();
    expect(await of(null, null)).toBeNull();
  });

  test("an application that nobody depends on is signalled without a customer, and its manager called", async () => {
    const customer = await world.customer();
    const { id } = await application(world, customer, ending, { validTo: day(-1) });
    const manager = await world.person();
    await world.make("ApplicationRole", { applicationId: id, holderId: manager, role: "MANAGER" });
    const mine = ({ nodes }: { nodes: Signal[] }) => nodes.filter(({ key }) => key.includes(id));
    expect(mine(await world.signals({ kinds: ["APPLICATION_ENDING"] }))).toMatchObject([
      { key: `APPLICATION_ENDING:${id}`, customer: null, call: { id: manager }, severity: "HIGH" },
    ]);
    expect(mine(await world.signals({ kinds: ["APPLICATION_ENDING"], customers: [customer] }))).toEqual([]);
    expect(mine(await world.signals({ kinds: ["APPLICATION_ENDING"], managers: [manager] }))).toEqual([]);
    // Once somebody depends on one of its services, the signal is that customer's alone.
    const serviceId = await world.service();
    await world.make("ApplicationFunction", { applicationId: id, name: "Pay", supportIds: [serviceId] });
    await world.make("ServiceDependency", { customerId: customer, serviceId, businessActivity: "Pay", criticality: "ADMINISTRATIVE" });
    expect(mine(await world.signals({ kinds: ["APPLICATION_ENDING"] })).map(({ key }) => key)).toEqual([`APPLICATION_ENDING:${id}:${customer}`]);
  });

  test("an agreement with two customers is a signal for each, and one without any for nobody in particular", async () => {
    const [one, other] = [await world.customer(), await world.customer()];
    const agreement = await world.agreement([one, other, one], { endOn: day(20), noticeDays: 60 });
    const keys = async (customers: string[]) => (await world.signals({ customers })).nodes.map(({ key }) => key);
    expect(await keys([one])).toEqual([`AGREEMENT_IN_NOTICE_PERIOD:${agreement}:${one}`]);
    expect(await keys([one, other])).toEqual([one, other].sort().map((each) => `AGREEMENT_IN_NOTICE_PERIOD:${agreement}:${each}`));
    const ours = await world.agreement([], { kind: "OLA", endOn: day(20), noticeDays: 60 });
    const { nodes } = await world.signals({ kinds: ["AGREEMENT_IN_NOTICE_PERIOD"] });
    expect(nodes.filter(({ key }) => key.includes(ours))).toMatchObject([{ key: `AGREEMENT_IN_NOTICE_PERIOD:${ours}`, customer: null }]);
  });

  // --- how they are asked for ---

  test("by customers, managers, kinds, least severity and state, counted and in order", async () => {
    const [manager, another] = [await world.person(), await world.person()];
    const customerOf = async (managerId: string) => {
      const customerId = await world.customer();
      await world.make("Relationship", { customerId, managerId, nextReviewDue: day(-5) });
      return customerId;
    };
    const [a, b, c] = [await customerOf(manager), await customerOf(manager), await customerOf(another)];
    await world.obligation([b], { dueOn: day(-3) });
    const shown = async (variables: Values) => (await world.signals(variables)).nodes.map(({ kind: name, customer }) => `${name} ${customer!.id}`);
    const [ra, rb, rc, ob] = [`REVIEW_OVERDUE ${a}`, `REVIEW_OVERDUE ${b}`, `REVIEW_OVERDUE ${c}`, `OBLIGATION_OVERDUE ${b}`];
    expect(await shown({ managers: [manager] })).toEqual([ob, ra, rb]);
    expect(await shown({ managers: [manager, another] })).toEqual([ob, ra, rb, rc]);
    expect(await shown({ managers: [manager], customers: [b, c] })).toEqual([ob, rb]);
    expect(await shown({ managers: [manager], kinds: ["OBLIGATION_OVERDUE"] })).toEqual([ob]);
    expect(await shown({ managers: [manager], minSeverity: "HIGH" })).toEqual([ob]);
    expect(await shown({ managers: [manager], states: ["ACKNOWLEDGED"] })).toEqual([]);
    for (const nobody of [{ managers: [] }, { customers: [] }, { managers: [manager], kinds: [] }]) expect(await shown(nobody)).toEqual([]);
    const page = await world.signals({ managers: [manager], first: 1 });
    expect(page).toMatchObject({
      totalCount: 3,
      byKind: [
        { kind: "OBLIGATION_OVERDUE", count: 1 },
        { kind: "REVIEW_OVERDUE", count: 2 },
      ],
      bySeverity: [
        { severity: "HIGH", count: 1 },
        { severity: "MEDIUM", count: 2 },
      ],
    });
    const byCustomer = await world.ofCustomers([a, b, c], { minSeverity: "MEDIUM" });
    expect(byCustomer.map(({ nodes }) => nodes.map(({ kind: name, customer }) => `${name} ${customer!.id}`))).toEqual([[ra], [ob, rb], [rc]]);
    expect(byCustomer.map(({ totalCount }) => totalCount)).toEqual([1, 2, 1]);
  });

  test("page by page, each once, even when signals come and go between pages", async () => {
    const customer = await world.customer();
    const agreementId = await world.agreement([customer]);
    const due = (days: number) => world.make("Obligation", { agreementId, obligor: "CUSTOMER", statement: "Pay.", state: "PENDING", dueOn: day(days) });
    const ids = [await due(-9), await due(-8), await due(-7), await due(-6), await due(-5)];
    const read: string[] = [];
    let after: string | null = null;
    do {
      const page = await world.signals({ customers: [customer], first: 2, after });
      read.push(...page.nodes.map(({ records }) => records[0]!.id));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      if (read.length === 2) await Promise.all([world.carryOut("meetObligation", "Obligation", ids[0]!), due(-20)]);
    } while (after);
    expect(read).toEqual(ids);
  });

  test.each([
    ['customers: ["C-001"]', "no id of a Customer"],
    ['managers: ["cus_01KB0000000000000000000000"]', "no id of a Person"],
    ["first: 1001", "first must be from 0 to 1000"],
    ["first: -1", "first must be from 0 to 1000"],
    ['after: "WyJISUdIIl0"', "after is not a cursor of signals"],
    ['after: "%"', "after is not a cursor of signals"],
    [`customers: [${Array.from({ length: 1001 }, () => '"cus_01KB0000000000000000000000"').join()}]`, "1000 is the most"],
  ])("refuse %.60s", async (given, message) => {
    const { data, errors } = await world.ask(`{ signals(${given}) { totalCount nodes { key } } }`);
    expect(data).toEqual({ signals: null });
    expect(errors).toMatchObject([{ message: expect.stringContaining(message), extensions: { code: "BAD_USER_INPUT" } }]);
  });

  test("with as many statements for many as for few", async () => {
    const statements = (ask: () => Promise<unknown>) => countStatements(world.insight.store.database, ask);
    const customers = [await world.customer()];
    const fill = async (customerId: string) => {
      await world.make("Relationship", { customerId, nextReviewDue: day(-5), managerId: await world.person() });
      await world.obligation([customerId], { dueOn: day(-3) });
    };
    await fill(customers[0]!);
    await world.signals({ customers });
    const few = [await statements(() => world.signals({ customers })), await statements(() => world.ofCustomers(customers))];
    for (let i = 0; i < 10; i++) {
      customers.push(await world.customer());
      await fill(customers.at(-1)!);
    }
    await world.signals({ customers });
    const many = [await statements(() => world.signals({ customers })), await statements(() => world.ofCustomers(customers))];
    expect(many).toEqual(few);
    // The reading of six ledgers, twice, included.
    expect(Math.max(...many)).toBeLessThan(40);
  });

  // --- what acknowledging does ---

  describe("once acknowledged", () => {
    const acknowledge = async (signal: Signal, values: Values = {}): Promise<string> => {
      const input = {
        ...{ signal: signal.key, kind: signal.kind, severity: signal.severity, since: signal.since, customerId: signal.customer?.id },
        ...{ byId: await world.person(), note: "On the agenda", ...values },
      };
      const query = `mutation ($input: CreateSignalAcknowledgementInput!) { acknowledgeSignal(input: $input) { signalAcknowledgement { id } problems { message } } }`;
      const { acknowledgeSignal: done } = await world.portfolios.ask("customer", query, { input });
      expect(done.problems).toEqual([]);
      return done.signalAcknowledgement.id as string;
    };
    const EVERY = ["OPEN", "ACKNOWLEDGED", "REOPENED"];
    const theOne = async (customer: string, states = EVERY) => (await world.signals({ customers: [customer], states })).nodes;
    const overdue = async (values: Values = {}) => {
      const customer = await world.customer();
      const obligation = await world.obligation([customer], { obligor: "CUSTOMER", dueOn: day(-9), ...values });
      const [signal] = await theOne(customer);
      return { customer, obligation, signal: signal! };
    };

    test("they are left out unless asked for, name the acknowledgement, and stand open again when it is withdrawn", async () => {
      const { customer, signal } = await overdue();
      const id = await acknowledge(signal);
      expect(await theOne(customer, ["OPEN", "REOPENED"])).toEqual([]);
      expect(await theOne(customer)).toEqual([{ ...signal, state: "ACKNOWLEDGED", acknowledgement: { id } }]);
      await world.carryOut("withdrawAcknowledgement", "SignalAcknowledgement", id);
      expect(await theOne(customer)).toEqual([signal]);
    });

    test("they are reopened when more severe than acknowledged, not when less", async () => {
      const { customer, signal } = await overdue();
      const id = await acknowledge(signal, { severity: "LOW" });
      expect(await theOne(customer)).toEqual([{ ...signal, state: "REOPENED", acknowledgement: { id } }]);
      await acknowledge(signal, { severity: "HIGH" });
      expect(await theOne(customer)).toMatchObject([{ severity: "MEDIUM", state: "ACKNOWLEDGED" }]);
    });

    test("they are reopened when what is behind them grows worse", async () => {
      const { customer, obligation, signal } = await overdue();
      await acknowledge(signal);
      await world.change("Obligation", obligation, { obligor: "PROVIDER" });
      expect(await theOne(customer)).toMatchObject([{ key: signal.key, severity: "HIGH", since: signal.since, state: "REOPENED" }]);
    });

    test("they are reopened by a newer occurrence, not by an older", async () => {
      const { customer, obligation, signal } = await overdue();
      await acknowledge(signal);
      await world.change("Obligation", obligation, { dueOn: day(-10) });
      expect(await theOne(customer)).toMatchObject([{ key: signal.key, since: day(-10), state: "ACKNOWLEDGED" }]);
      await world.change("Obligation", obligation, { dueOn: day(-8) });
      expect(await theOne(customer)).toMatchObject([{ key: signal.key, since: day(-8), state: "REOPENED" }]);
    });

    test("they are reopened after its last day, not on it", async () => {
      const { customer, signal } = await overdue();
      await acknowledge(signal, { acknowledgedOn: day(-5), until: TODAY });
      expect(await theOne(customer)).toMatchObject([{ state: "ACKNOWLEDGED" }]);
      const other = await overdue();
      await acknowledge(other.signal, { acknowledgedOn: day(-5), until: day(-1) });
      expect(await theOne(other.customer)).toMatchObject([{ state: "REOPENED" }]);
    });

    test("the newest acknowledgement counts, whichever was recorded first", async () => {
      const { customer, signal } = await overdue();
      const newest = await acknowledge(signal, { acknowledgedOn: day(-1) });
      await acknowledge(signal, { acknowledgedOn: day(-4), severity: "LOW" });
      expect(await theOne(customer)).toMatchObject([{ state: "ACKNOWLEDGED", acknowledgement: { id: newest } }]);
    });

    test("a signal that is over is gone, acknowledged or not", async () => {
      const { customer, obligation, signal } = await overdue();
      await acknowledge(signal);
      await world.carryOut("meetObligation", "Obligation", obligation);
      expect(await theOne(customer)).toEqual([]);
    });

    test("so are signals about no customer", async () => {
      const agreement = await world.agreement([], { kind: "OLA", endOn: day(20), noticeDays: 60 });
      const mine = async () =>
        (await world.signals({ kinds: ["AGREEMENT_IN_NOTICE_PERIOD"], states: EVERY })).nodes.find(({ key }) => key.includes(agreement))!;
      await acknowledge(await mine(), { customerId: null });
      expect(await mine()).toMatchObject({ state: "ACKNOWLEDGED" });
    });
  });

  test("insight answers as of the portfolios it has read", async () => {
    const { data } = await world.ask("{ signals(first: 0) { nodes { key } asOf { portfolio stale } } }");
    expect(data.signals.nodes).toEqual([]);
    expect(data.signals.asOf).toEqual(
      ["customer", "agreement", "service", "project", "application", "people"].map((portfolio) => ({ portfolio, stale: false })),
    );
  });
});
