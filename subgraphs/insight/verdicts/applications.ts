/** Verdicts on what stands on few people, or on one supplier. */
import { groupBy } from "../../kernel/groups.js";
import type { Sql } from "../../kernel/reads/conditions.js";
import { VERDICTS } from "../rules.js";
import { type Row, type Search, ids, text, textOrNull } from "../search.js";
import { inForce, listOf, sqlOf, validOn, verbatim } from "../sql.js";
import { type Input, type Level, type Verdict, type VerdictKind, below, fromOn, judgeShare, levelBetween } from "./verdict.js";

const { keyPersons, suppliers } = VERDICTS;

// --- people ---

/** Beyond so many applications, roles are read of all rather than of those. */
const MOST_NAMED = 5_000;

/** The level of several: one that is poor makes the whole so, whatever is not known of the others. */
const WORST_FIRST = ["POOR", "UNKNOWN", "FAIR", "GOOD"] as const;

interface Known {
  readonly level: Level;
  readonly people: number;
  /** What is missing to say so; null where nothing is. */
  readonly missing: string | null;
}

/** How many people know each application, of those. */
async function knowledgeOf({ rows, today }: Search, applications: readonly string[]): Promise<ReadonlyMap<string, Known>> {
  if (applications.length === 0) return new Map();
  const among = applications.length > MOST_NAMED ? verbatim("") : sqlOf` AND r.applicationId IN (${listOf(applications)})`;
  const found = await rows(sqlOf`
    SELECT r.applicationId, r.holderId, CASE WHEN ${validOn("r", today)} THEN 1 ELSE 0 END, COALESCE(w.id, m.id)
    FROM \`application_role\` r
    LEFT JOIN \`person\` w ON w.id = r.holderId AND w.active = 1
    LEFT JOIN \`team\` t ON t.id = r.holderId AND t.active = 1
    LEFT JOIN \`person_teams\` b ON b.toId = t.id
    LEFT JOIN \`person\` m ON m.id = b.recordId AND m.active = 1
    WHERE r.role IN ('DEVELOPER', 'SUPPORTER')${among}`);
  const roles = groupBy(found, ([application]) => text(application));
  return new Map(
    applications.map((application): [string, Known] => {
      const own = roles.get(application);
      if (!own) return [application, { level: "UNKNOWN", people: 0, missing: "who develops and supports it" }];
      const current = own.filter(([, , valid]) => Number(valid) === 1);
      const people = new Set(ids(current.map(([, , , person]) => person))).size;
      const teams = new Set(ids(current.map(([, holder]) => holder)).filter((holder) => holder.startsWith("tea_")));
      const staffed = new Set(ids(current.map(([, holder, , person]) => (person === null ? null : holder))));
      const empty = [...teams].filter((team) => !staffed.has(team)).length;
      const level = empty > 0 ? levelBetween(fromOn(keyPersons), people, Infinity) : fromOn(keyPersons)(people);
      return [application, { level, people, missing: empty > 0 ? "who is in a team that develops or supports it" : null }];
    }),
  );
}

/** Key-person concentration of records of `type`, each with the applications under it, as rows of its id, what lies between, and the application or null. */
const keyPersonsOf = (type: string, of: string, applicationsOf: (search: Search) => Sql, nothing: string): VerdictKind => ({
  type,
  rule: `How many people who are still there develop or support ${of}, themselves or in a team: GOOD from ${keyPersons.good}, FAIR from ${keyPersons.fair} on, else POOR. UNKNOWN where it is not recorded who they are, and that makes a difference.`,
  async find(search) {
    const found = groupBy(await search.rows(applicationsOf(search)), ([id]) => text(id));
    const known = await knowledgeOf(search, ids([...found.values()].flat().map(([, , application]) => application)));
    return [...found].map(([recordId, under]): Verdict => {
      const applications = ids(under.map(([, , application]) => application));
      const each = applications.map((id) => ({ id, ...known.get(id)! }));
      const bare = ids(under.map(([, between, application]) => (application === null ? between : null)));
      const missing = [
        ...each.flatMap(({ missing: what }) => (what === null ? [] : [`Of an application, ${what}.`])),
        ...bare.map(() => "Of a service, the applications that deliver it."),
        ...(each.length === 0 && bare.length === 0 ? [nothing] : []),
      ];
      const levels = [...each.map(({ level }) => level), ...(bare.length > 0 || each.length === 0 ? (["UNKNOWN"] as const) : [])];
      const level = WORST_FIRST.find((one) => levels.includes(one))!;
      return {
        recordId,
        level,
        value: missing.length > 0 ? null : String(Math.min(...each.map(({ people }) => people))),
        inputs: each.map(({ id, people }): Input => ({ name: "people who know the application", value: String(people), recordId: id })),
        missing: [...new Set(missing)],
      };
    });
  },
});

export const applicationKeyPersons = keyPersonsOf(
  "Application",
  "it",
  ({ within }) => sqlOf`SELECT a.id, NULL, a.id FROM \`application\` a WHERE 1 = 1${within("a.id")} ORDER BY a.id`,
  "",
);

/** The applications under the service whose id is the column. */
const under = (service: string): Sql =>
  verbatim(`LEFT JOIN \`application_function_supports\` g ON g.toId = ${service} LEFT JOIN \`application_function\` f ON f.id = g.recordId`);

export const serviceKeyPersons = keyPersonsOf(
  "Service",
  "the application under it that fewest do",
  ({ within }) => sqlOf`SELECT DISTINCT s.id, s.id, f.applicationId FROM \`service\` s ${under("s.id")} WHERE 1 = 1${within("s.id")} ORDER BY s.id`,
  "Of a service, the applications that deliver it.",
);

export const customerKeyPersons = keyPersonsOf(
  "Customer",
  "the application, under the services its business stands on today, that fewest do",
  ({ within, today }) => sqlOf`
    SELECT DISTINCT c.id, d.serviceId, f.applicationId
    FROM \`customer\` c LEFT JOIN \`service_dependency\` d ON d.customerId = c.id AND ${validOn("d", today)} ${under("d.serviceId")}
    WHERE 1 = 1${within("c.id")} ORDER BY c.id`,
  "The services its business stands on.",
);

// --- suppliers ---

/** The supplier of the contract in force that the application `a` runs under, to be joined as `p`. */
const supplied = (today: string): Sql => sqlOf`
  LEFT JOIN \`agreement\` k ON k.id = a.contractId AND ${inForce("k", today)}
  LEFT JOIN \`agreement_parties\` p ON p.recordId = k.id AND substr(p.partyId, 1, 4) = 'sup_'`;

export const serviceSuppliers: VerdictKind = {
  type: "Service",
  rule: `The largest share of the service's applications that one supplier runs under a contract in force: GOOD below ${suppliers.ofService.fair} %, FAIR below ${suppliers.ofService.poor} %, else POOR. An application in a public cloud without such a contract may be of that supplier too. UNKNOWN where that makes a difference, and where no application is recorded.`,
  async find({ rows, within, today }) {
    const found = await rows(sqlOf`
      SELECT DISTINCT s.id, a.id, a.hosting, p.partyId
      FROM \`service\` s ${under("s.id")} LEFT JOIN \`application\` a ON a.id = f.applicationId ${supplied(today)}
      WHERE 1 = 1${within("s.id")} ORDER BY s.id, a.id, p.partyId`);
    return [...groupBy(found, ([id]) => text(id))].map(([recordId, own]): Verdict => {
      const applications = ids(own.map(([, application]) => application));
      const bySupplier = groupBy(
        own.filter(([, , , supplier]) => supplier !== null),
        ([, , , supplier]) => text(supplier),
      );
      const largest = Math.max(0, ...[...bySupplier.values()].map((some) => some.length));
      const unknown = own.filter(([, application, hosting, supplier]) => application !== null && hosting === "PUBLIC_CLOUD" && supplier === null).length;
      return {
        recordId,
        ...judgeShare({ part: largest, whole: applications.length, unknown }, below(suppliers.ofService)),
        inputs: [...bySupplier].map(([supplier, some]) => ({
          name: "applications of the supplier",
          value: `${some.length} of ${applications.length}`,
          recordId: supplier,
        })),
        missing: [
          ...(applications.length === 0 ? ["Of a service, the applications that deliver it."] : []),
          ...(unknown > 0 ? ["Of an application in a public cloud, the contract it runs under."] : []),
        ],
      };
    });
  },
};

export const supplierWeight: VerdictKind = {
  type: "Supplier",
  rule: `The share of the catalogue's services that have an application which runs under a contract in force with the supplier: GOOD below ${suppliers.ofCatalogue.fair} %, FAIR below ${suppliers.ofCatalogue.poor} %, else POOR. A service without a recorded application may stand on it too; UNKNOWN where that makes a difference.`,
  async find({ rows, within, today }) {
    const [asked, standing] = await Promise.all([
      rows(sqlOf`SELECT s.id FROM \`supplier\` s WHERE 1 = 1${within("s.id")} ORDER BY s.id`),
      rows(sqlOf`
        SELECT DISTINCT s.id, a.id IS NULL, p.partyId
        FROM \`service\` s ${under("s.id")} LEFT JOIN \`application\` a ON a.id = f.applicationId ${supplied(today)}
        WHERE s.section = 'CATALOGUE' ORDER BY s.id, p.partyId`),
    ]);
    const whole = ids(standing.map(([service]) => service)).length;
    const bare = (row: Row) => Number(row[1]) === 1;
    const unknown = standing.filter(bare).length;
    const servicesOf = groupBy(
      standing.filter(([, , supplier]) => textOrNull(supplier) !== null),
      ([, , supplier]) => text(supplier),
    );
    return asked.map(([id]): Verdict => {
      const own = servicesOf.get(text(id)) ?? [];
      return {
        recordId: text(id),
        ...judgeShare({ part: own.length, whole, unknown }, below(suppliers.ofCatalogue)),
        inputs: [
          { name: "services in the catalogue", value: String(whole), recordId: null },
          ...own.map(([service]): Input => ({ name: "service that stands on it", value: null, recordId: text(service) })),
        ],
        missing: [
          ...(whole === 0 ? ["Services in the catalogue."] : []),
          ...(unknown > 0 ? [`Of ${unknown} of the services, the applications that deliver them.`] : []),
        ],
      };
    });
  },
};
