/** The signals of the sample story: those that sample/README.md says must appear, and none of its near misses. Names are the story's. */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { loadStory, storyIds } from "../../sample/replay.js";
import { TIMERS } from "../support/clocks.js";
import { World } from "./world.js";

let world: World;
let names: ReadonlyMap<string, string>;
beforeAll(async () => {
  world = await World.open("SQLite");
  await loadStory(world.portfolios);
  names = new Map([...(await storyIds(world.portfolios))].map(([name, id]) => [id, name]));
  onNov23 = await signalsOn("2026-11-23");
}, 120_000);
afterAll(() => world.close());

interface Shown {
  readonly severity: string;
  readonly state: string;
  readonly call: string | null;
}
let onNov23: ReadonlyMap<string, Shown>;

/** All signals of a day, acknowledged ones too, by kind and names: "VALUE_FALLING branch padi". */
async function signalsOn(day: string): Promise<Map<string, Shown>> {
  const nameOf = (id: string) => names.get(id) ?? id;
  jest.useFakeTimers({
    now: new Date(`${day}T12:00:00Z`),
    doNotFake: [...TIMERS],
  });
  try {
    const { nodes } = await world.signals({ states: ["OPEN", "ACKNOWLEDGED", "REOPENED"] });
    return new Map(nodes.map(({ key, severity, state, call }) => [key.split(":").map(nameOf).join(" "), { severity, state, call: call && nameOf(call.id) }]));
  } finally {
    jest.useRealTimers();
  }
}

/** The signals of a kind on 2026-11-23; the records that the story does not name are left out. */
const ofKind = (kind: string): string[] =>
  [...onNov23.keys()]
    .filter((each) => each.startsWith(`${kind} `))
    .map((each) =>
      each
        .slice(kind.length + 1)
        .replaceAll(/[a-z]{3}_[0-9A-Z]{26} ?/g, "")
        .trim(),
    )
    .sort();

test.each([
  ["AGREEMENT_IN_NOTICE_PERIOD", ["padi-sla padi", "uc-langit"]],
  ["REVIEW_OVERDUE", ["rel-padi padi"]],
  ["OBLIGATION_OVERDUE", ["obl-kembara-deputies kembara"]],
  ["TARGET_MISSED_REPEATEDLY", ["cargo-avail kembara"]],
  ["VALUE_FALLING", ["analytics rimba", "archive kembara", "branch padi", "cargo kembara"]],
  ["VALUE_BELOW_FLOOR", ["kembara-sla archive kembara", "kembara-sla cargo kembara", "padi-sla payhub padi"]],
  [
    "OBLIGATION_BROKEN",
    [
      "obl-kembara-fire kembara",
      "obl-kembara-june kembara",
      "obl-kembara-mobile kembara",
      "obl-kembara-september kembara",
      "obl-langit-outage",
      "obl-ola-freeze",
      "obl-padi-second padi",
    ],
  ],
  ["BREACH_NOT_DISCLOSED", ["breach-fire kembara", "breach-september kembara"]],
  [
    "PROMISE_SLIPPING",
    ["dlv-intranet corporate-sla corporate", "dlv-mobile halden-contract halden", "dlv-mobile kembara-sla kembara", "dlv-video cempaka-mou cempaka"],
  ],
  ["APPLICATION_ENDING", ["laris melati", "lontar cempaka", "lontar kembara", "lontar padi"]],
  ["DECISION_MAKER_LEFT", ["stk-hartati padi"]],
  // Reza's and Dimitri's roles on Lontar for each of its three customers, Rangga's on Pinisi for Kembara.
  ["APPLICATION_ROLE_LEFT", ["cempaka", "cempaka", "kembara", "kembara", "kembara", "padi", "padi"]],
  ["SERVICE_WITHOUT_AGREEMENT", ["kiosk lumbung", "vessel rimba"]],
  ["UNDERPINNING_GAP", ["cempaka", "kembara", "kembara", "melati", "melati", "melati-online", "melati-online", "padi", "padi"]],
  ["REVENUE_CONCENTRATION", ["kembara IDR"]],
])("%s", (kind, expected) => {
  expect(ofKind(kind)).toEqual(expected);
});

test("whom to call, and what somebody has taken note of", () => {
  expect(onNov23.get("DECISION_MAKER_LEFT stk-hartati padi")).toEqual({ severity: "CRITICAL", state: "OPEN", call: "bagas" });
  expect(onNov23.get("APPLICATION_ENDING laris melati")).toEqual({ severity: "CRITICAL", state: "REOPENED", call: "ines" });
  expect(onNov23.get("APPLICATION_ENDING lontar padi")).toEqual({ severity: "MEDIUM", state: "ACKNOWLEDGED", call: "bagas" });
});

test.each([
  ["AGREEMENT_IN_NOTICE_PERIOD", "padi-sla padi", "2026-10-03", "2027-01-31"],
  ["AGREEMENT_IN_NOTICE_PERIOD", "kembara-pay kembara", "2026-12-01", "2026-12-31"],
  ["AGREEMENT_IN_NOTICE_PERIOD", "uc-kabel", "2026-12-30", "2027-02-28"],
  ["AGREEMENT_IN_NOTICE_PERIOD", "kembara-sla kembara", "2027-01-01", "2027-06-30"],
  ["REVIEW_OVERDUE", "rel-padi padi", "2026-10-16", null],
  ["REVIEW_OVERDUE", "rel-kembara kembara", "2026-12-11", null],
  ["OBLIGATION_OVERDUE", "obl-kembara-deputies kembara", "2026-11-01", "2027-06-30"],
  ["OBLIGATION_OVERDUE", "obl-kembara-forecast kembara", "2027-02-01", "2027-06-30"],
])("%s %s from %s until %s", async (kind, key, from, until) => {
  const dayAfter = (day: string, days: number) => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
  const isFoundOn = async (day: string) => (await signalsOn(day)).has(`${kind} ${key}`);
  expect([await isFoundOn(dayAfter(from, -1)), await isFoundOn(from)]).toEqual([false, true]);
  if (until) expect([await isFoundOn(until), await isFoundOn(dayAfter(until, 1))]).toEqual([true, false]);
});
