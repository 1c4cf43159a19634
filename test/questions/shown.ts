/** How records of the story look in an answer. */
import type { Story, Told } from "./story.js";

type Variables = Record<string, any>;
/** Stands for any cursor. */
export const CURSOR = "a cursor";
export type Expected = (story: Story, variables: Variables, today: string) => object;

export const pick = (record: Told, ...keys: string[]) => Object.fromEntries(keys.map((key) => [key, record[key] ?? null]));
export const money = (text: string | null | undefined) => {
  const [currency, amount] = (text ?? "").split(" ");
  return amount ? { amount: Number(amount).toFixed(2), currency } : null;
};
export const decimal = (value: string | number | null | undefined) => (value === null || value === undefined ? null : String(Number(value)));
export const nodes = (list: unknown[]) => ({ nodes: list });
export const onlyPage = (list: unknown[]) => ({ pageInfo: { hasNextPage: false, endCursor: list.length > 0 ? CURSOR : null } });
/** How a story shows a linked record: `show` of it, or null where there is none. */
export const linked = <T>(story: Story, ref: string | null | undefined, show: (record: Told) => T) => (ref ? show(story.get(ref)) : null);
export const named = (story: Story, ref: string | null | undefined) => linked(story, ref, (record) => pick(record, "code", "name"));
export const name = (story: Story, ref: string | null | undefined) => linked(story, ref, (record) => pick(record, "name"));
export const allNamed = (story: Story, refs: readonly string[] = []) => nodes([...new Set(refs)].map((ref) => named(story, ref)));
export const unique = <T>(items: readonly T[]) => [...new Set(items)];
export const newest = (list: Told[], key: string, count: number) => [...list].sort((a, b) => (a[key] < b[key] ? 1 : -1)).slice(0, count);

export const isValid = (record: Told, day: string) => (record["validFrom"] ?? day) <= day && (record["validTo"] ?? day) >= day;
const isPartyOf = (agreement: Told, customer: Told) => (agreement["parties"] ?? []).some(({ partyId }: any) => partyId === customer.ref);
export const agreementsOf = (story: Story, customer: Told, ...states: string[]) =>
  story.all("Agreement", (agreement) => isPartyOf(agreement, customer) && (states.length === 0 || states.includes(agreement["state"])));
export const ofCustomer = (story: Story, type: string, customer: Told, is: (record: Told) => unknown = () => true) =>
  story.all(type, (record) => record["customerId"] === customer.ref && is(record));

export const target = (story: Story, record: Told) => ({
  ...pick(record, "metric", "comparator", "unit"),
  value: decimal(record["value"]),
  service: named(story, record["serviceId"]),
});
const achievement = (record: Told) => ({ ...pick(record, "periodFrom", "periodTo"), measured: decimal(record["measured"]) });
export const missesOf = (story: Story, ref: string, count: number) =>
  nodes(
    newest(
      story.all("ServiceLevelAchievement", ({ targetId, met }) => targetId === ref && met === false),
      "periodTo",
      count,
    ).map(achievement),
  );
export const lastOf = (story: Story, ref: string) =>
  nodes(
    newest(
      story.all("ServiceLevelAchievement", ({ targetId }) => targetId === ref),
      "periodTo",
      1,
    ).map((last) => ({ ...achievement(last), met: last["met"] ?? null })),
  );
export const price = (story: Story, record: Told) => ({
  ...pick(record, "package", "per"),
  price: money(record["price"]),
  service: named(story, record["serviceId"]),
});
export const standardPrices = (story: Story, service: string) =>
  nodes(
    story
      .all("ServiceOffering", ({ serviceId, tailoredForId }) => serviceId === service && !tailoredForId)
      .map((record) => ({ ...pick(record, "package", "per"), price: money(record["price"]) })),
  );
export const benchmarks = (story: Story, service: string, ...keys: string[]) =>
  nodes(
    newest(
      story.all("CompetitorBenchmark", ({ serviceId }) => serviceId === service),
      "observedOn",
      10,
    ).map((record) => ({ ...pick(record, "competitor", "offering", "per", "observedOn", ...keys), unitPrice: money(record["unitPrice"]) })),
  );

const DAY = 86_400_000;
export const daysLater = (day: string, days: number) => new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
export const daysBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / DAY;
