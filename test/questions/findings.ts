/** What sample/README.md says each question must find, and what it must not: the near misses. Names are the story's. */
export interface Finding {
  /** The part of the answer that is meant; all of it when left out. */
  readonly in?: (data: any) => unknown;
  readonly has: readonly string[];
  readonly lacks: readonly string[];
}

/** The records behind a key figure that add `amount` to its numerator. */
const behind =
  (wanted: string, amount: string | null) =>
  ({ keyFigures }: any) =>
    keyFigures.figures.find(({ name }: any) => name === wanted).records.nodes.filter(({ numerator }: any) => numerator === amount);
const some = (list: any[], field: string) => list.filter((item) => (item[field].nodes ?? item[field]).length > 0);

export const findings: Readonly<Record<number, readonly Finding[]>> = {
  1: [
    { in: ({ customer }) => [customer.realCustomers, customer.decisionMakers], has: ["ayu", "surya", "nilam"], lacks: ["reza", "lintang"] },
    { in: ({ customer }) => customer.primaryUsers, has: ["lintang", "anton", "wulan"], lacks: ["ayu"] },
    { in: ({ customer }) => customer.primaryUsers.nodes.filter(({ service }: any) => service.code === "SV-CARGO"), has: ["lintang"], lacks: ["anton"] },
    {
      in: ({ customer }) => customer.openNeeds,
      has: ["ned-weekly", "ned-freeze", "ned-docs", "ned-eta-desk", "ned-eta-bridge"],
      lacks: ["ned-horn", "ned-rest"],
    },
    {
      in: ({ customer }) => customer.openComplaints,
      has: ["fb-kembara-mobile", "fb-kembara-paper", "fb-kembara-october"],
      lacks: ["fb-kembara-slow", "fb-kembara-march", "fb-kembara-bill", "fb-kembara-bridge"],
    },
    {
      in: ({ customer }) => customer.promises.nodes.map(({ brokenByUs }: any) => brokenByUs),
      has: ["obl-kembara-mobile", "obl-kembara-fire"],
      lacks: ["obl-kembara-june", "obl-kembara-mobile-new"],
    },
    {
      in: ({ customer }) => customer.promises.nodes.map(({ brokenByThem }: any) => brokenByThem),
      has: ["obl-kembara-june", "obl-kembara-september"],
      lacks: ["obl-kembara-july", "obl-kembara-fire"],
    },
    { in: ({ customer }) => customer.nextRenewals, has: ["kembara-pay", "kembara-sla"], lacks: ["kembara-old", "padi-sla"] },
  ],
  2: [
    {
      has: ["cargo", "vessel", "archive", "desk", "crew", "payhub", "payroll", "off-cargo-kembara"],
      lacks: ["sms", "branch", "off-analytics-melati", "kembara-old", "padi-sla"],
    },
  ],
  3: [
    { has: ["obj-empty", "obj-online", "obj-crew", "obj-fuel", "obj-cold", "cargo", "payhub", "vessel", "coldchain"], lacks: ["obj-fax", "obj-trace"] },
    {
      in: ({ customer }) => customer.objectives.nodes.filter(({ supportedBy }: any) => supportedBy.length === 0),
      has: ["obj-empty"],
      lacks: ["obj-online", "obj-fuel", "obj-fax"],
    },
  ],
  4: [
    {
      has: [
        "opp-satellite",
        "opp-archive",
        "opp-berth",
        "req-cold-reefer",
        "req-offline",
        "bc-cargo",
        "bc-vault",
        "bc-satellite",
        "cargo-next",
        "coldbuild",
        "satellite",
        "vault",
        "invoices",
      ],
      lacks: ["opp-fuel", "opp-crew", "opp-mobile", "dev-crew-kembara", "dlv-weather", "tills", "req-crew-rest"],
    },
    {
      in: ({ customer }) => customer.serviceDevelopments,
      has: ["dev-cargo-kembara", "dev-coldchain-kembara"],
      lacks: ["dev-crew-kembara", "dev-openbank-padi"],
    },
  ],
  6: [
    {
      in: ({ answeredLate }) => answeredLate,
      has: ["change-retention", "vault", "change-centres"],
      lacks: ["change-mobile", "change-cold", "change-origin", "change-till"],
    },
  ],
  7: [
    {
      has: ["obl-kembara-september", "obl-kembara-june", "obl-kembara-deputies"],
      lacks: [
        "obl-kembara-july",
        "obl-kembara-october",
        "obl-kembara-printers",
        "obl-kembara-forecast",
        "obl-kembara-access",
        "obl-kembara-fire",
        "obl-ola-freeze",
      ],
    },
  ],
  8: [
    {
      has: ["drv-invoice", "drv-carbon", "kembara", "padi", "melati", "rimba", "opp-invoice", "opp-carbon"],
      lacks: ["halden", "drv-wallet", "drv-video", "ant-queue", "drv-cold", "cempaka"],
    },
  ],
  9: [
    {
      has: ["conflict-cargo", "kembara-commercial", "kembara-fleet", "cargo"],
      lacks: ["conflict-vessel", "conflict-papers", "conflict-melati", "conflict-night"],
    },
  ],
  10: [{ in: ({ customer }) => customer.complaintsSince, has: ["fb-kembara-mobile", "fb-kembara-october"], lacks: ["fb-kembara-slow", "fb-kembara-bridge"] }],
  13: [
    {
      in: ({ agreements }) => some(agreements.nodes, "underpinningGaps"),
      has: ["kembara-sla", "padi-sla", "melati-sla", "cempaka-sla", "padi-archive", "ola-platform", "uc-langit", "uc-purnama", "uc-nordlys"],
      lacks: ["ola-network", "ola-desk", "uc-kabel", "rimba-sla"],
    },
    {
      in: ({ agreements }) => agreements.nodes.filter(({ code }: any) => code === "AG-KEMBARA-2025"),
      has: ["ola-platform", "uc-langit"],
      lacks: ["uc-nordlys"],
    },
  ],
  14: [
    {
      in: ({ services }) => some(services.nodes, "requirements"),
      has: ["req-cold-alarm", "amelia", "req-cold-reefer", "nilam", "ayu", "req-open-consent", "hartati", "nadia", "req-offline"],
      lacks: ["req-carbon", "req-invoice", "req-cold-log", "req-cold-gold", "yudha", "lintang", "reza"],
    },
  ],
  15: [{ has: ["lontar", "fn-store", "fn-pages", "simpan", "fn-vault"], lacks: ["fn-findings", "nadi"] }],
  16: [
    {
      in: ({ nobodyHas }) => nobodyHas.nodes.map(({ code }: any) => code),
      has: ["sms", "kiosk", "bus"],
      lacks: ["permits", "scan", "faxgate", "openbank", "desk", "payroll"],
    },
    { in: ({ usedWithout }) => usedWithout, has: ["rimba", "vessel", "lumbung", "kiosk"], lacks: ["vanderwaal", "payroll", "melati-online", "payhub"] },
  ],
  17: [
    {
      in: ({ key }) => key.nodes.map(({ service, agreement }: any) => [service.code, agreement.code]),
      has: ["cargo", "kembara-sla", "archive", "branch", "padi-sla"],
      lacks: ["pos", "records", "hosting"],
    },
    {
      in: ({ key }) => key.nodes.filter(({ service }: any) => service.code === "SV-CARGO"),
      has: ["ola-platform", "uc-langit", "obl-langit-outage"],
      lacks: ["uc-nordlys", "obl-ola-freeze", "obl-kembara-september"],
    },
    { in: ({ strategic }) => strategic, has: ["analytics", "rimba-sla"], lacks: ["records", "cempaka-sla"] },
    { in: ({ standard }) => standard, has: ["halden-contract", "vessel"], lacks: ["corporate-sla"] },
  ],
  18: [
    {
      in: ({ inside }) => inside,
      has: ["padi-sla", "hartati", "fb-padi-price", "fb-padi-slow", "uc-langit"],
      lacks: ["vanderwaal-contract", "uc-purnama", "cempaka-mou", "cempaka-sla", "uc-kabel", "halden-contract", "kembara-sla", "melati-sla"],
    },
    {
      in: ({ ending }) => ending,
      has: ["kembara-pay", "uc-kabel", "halden-contract", "kembara-sla", "rimba-sla", "melati-sla", "padi-archive"],
      lacks: ["vanderwaal-contract", "uc-purnama", "cempaka-mou", "cempaka-sla"],
    },
  ],
  19: [
    {
      has: ["cargo-next", "coldbuild", "branch-next", "carbon-pilot", "signon", "intranet", "tokens", "satellite", "vault", "harbour"],
      lacks: ["video", "invoices", "workplace-refresh", "tills", "dlv-weather"],
    },
  ],
  21: [
    { has: ["intranet", "signon", "tokens", "video", "invoices"], lacks: ["workplace-refresh", "carbon-pilot", "tills", "cargo-next", "harbour", "vault"] },
    { in: ({ projects }) => projects.nodes.filter(({ businessCase }: any) => businessCase === null), has: ["tokens"], lacks: ["video", "invoices"] },
  ],
  22: [
    {
      in: ({ projects }) => some(projects.nodes, "clashes"),
      has: ["gerbang", "tokens", "cargo-next", "branch-next"],
      lacks: ["signon", "laris", "tills", "pinisi", "tembaga"],
    },
  ],
  23: [
    { has: ["fn-book", "fn-tariff", "cargo", "kembara", "ayu"], lacks: ["vessel", "fn-eta"] },
    { in: ({ application }) => application.developers, has: ["citra", "rangga"], lacks: ["dimitri", "yosef"] },
    { in: ({ application }) => application.formerDevelopers, has: ["dimitri"], lacks: ["rangga", "citra"] },
    { in: ({ application }) => [application.supporters, application.managers], has: ["yosef", "team-desk", "hendra"], lacks: ["gunadi", "citra"] },
  ],
  5: [
    {
      in: ({ found }) => found,
      has: ["kembara", "cargo", "archive", "padi", "branch", "melati", "payhub", "rimba", "analytics"],
      lacks: ["vessel", "halden", "melati-online", "corporate", "workplace", "pos", "records"],
    },
    { in: ({ found }) => found.nodes.filter(({ customer }: any) => customer.code === "C-MELATI"), has: ["payhub"], lacks: ["analytics"] },
    { in: ({ found }) => found.nodes.filter(({ customer }: any) => customer.code === "C-PADI"), has: ["branch"], lacks: ["payhub", "archive"] },
    {
      in: ({ unknown }) => unknown,
      has: ["cempaka", "records", "melati", "pos", "kembara", "crew", "rimba", "workplace", "vessel"],
      lacks: ["cargo", "branch"],
    },
    { in: ({ unknown }) => unknown.nodes.filter(({ customer }: any) => customer.code === "C-PADI"), has: ["archive"], lacks: ["payhub"] },
  ],
  24: [{ has: ["laris", "kerani", "melati"], lacks: ["pinisi", "tembaga", "lontar", "gaji", "balai", "coretan", "nadi", "gerbang"] }],
  27: [
    {
      in: ({ brokenByUs }) => brokenByUs,
      has: ["obl-kembara-mobile", "obl-kembara-fire", "obl-padi-second", "obl-vanderwaal-fax"],
      lacks: ["obl-langit-outage", "obl-ola-freeze", "obl-kembara-june"],
    },
    {
      in: ({ brokenByThem }) => brokenByThem,
      has: ["obl-kembara-june", "obl-kembara-september"],
      lacks: ["obl-melati-pay", "obl-ola-freeze", "obl-kembara-fire"],
    },
    { in: ({ risks }) => risks.nodes.slice(0, 4), has: ["risk-pinisi", "risk-lontar", "risk-sensor", "risk-scope"], lacks: ["risk-port", "risk-name"] },
    { in: ({ signals }) => signals.nodes.map(({ customer }: any) => customer), has: ["kembara", "padi"], lacks: ["anggrek"] },
  ],
  29: [
    {
      in: ({ pipeline }) => pipeline,
      has: ["telemed", "cempaka", "carbon", "rimba", "einvoice", "melati", "kembara", "coldchain", "openbank", "padi"],
      lacks: ["crew", "permits", "faxgate", "loyalty"],
    },
  ],
  32: [
    { in: ({ improvements }) => improvements, has: ["fb-kembara-march", "fb-melati-cards"], lacks: ["fb-rimba-late", "fb-cempaka-night", "fb-kembara-bill"] },
  ],
  33: [
    {
      in: ({ customers }) =>
        customers.nodes.find(({ code }: any) => code === "C-KEMBARA").surveys.nodes.filter(({ service }: any) => service.code === "SV-CARGO"),
      has: ["kembara-commercial", "cargo"],
      lacks: ["kembara-fleet", "kembara-booking"],
    },
  ],
  35: [
    {
      has: [
        "kembara-sla",
        "kembara-pay",
        "obl-kembara-deputies",
        "obl-kembara-forecast",
        "obl-kembara-access",
        "obl-kembara-june",
        "obl-kembara-september",
        "cargo-next",
        "opp-satellite",
      ],
      lacks: ["padi", "obl-kembara-july", "obl-kembara-fire", "ola-platform", "uc-langit", "pinisi", "ant-carbon-kembara"],
    },
  ],
  12: [
    {
      in: ({ service }) => service.impact.nodes,
      has: ["records", "scan", "telemed", "kembara", "padi", "cempaka", "vault", "lontar", "wayan"],
      lacks: ["hosting", "backup", "rimba", "kembara-old", "melati", "halden"],
    },
  ],
  20: [{ has: ["cargo-next", "kembara", "halden", "obl-kembara-mobile-new"], lacks: ["carbon-pilot", "branch-next", "padi"] }],
  25: [
    {
      in: ({ people }) => people.nodes[0].impact,
      has: ["mercusuar", "balai", "pinisi", "vessel", "cargo", "kiosk", "kembara", "halden", "lumbung"],
      lacks: ["lontar", "gerbang", "tembaga", "padi"],
    },
  ],
  26: [
    { has: ["uc-langit", "pinisi", "awan", "cargo", "payhub", "kembara", "halden", "padi"], lacks: ["anggrek", "kejora"] },
    {
      in: ({ findAgreements }) => findAgreements.nodes.map(({ code }: any) => ({ code })),
      has: ["uc-langit"],
      lacks: ["uc-purnama", "uc-kabel", "uc-nordlys", "uc-jempol"],
    },
  ],
  11: [
    { in: ({ found }) => found, has: ["halden"], lacks: ["kejora", "lumbung", "vanderwaal", "melati-online", "kembara"] },
    { in: ({ more }) => more, has: ["kejora"], lacks: ["halden"] },
    { in: ({ unknown }) => unknown, has: ["vanderwaal", "melati-online", "lumbung"], lacks: ["halden", "kejora"] },
  ],
  28: [
    { in: ({ services }) => services, has: ["cargo", "branch", "hosting", "payhub", "sms"], lacks: ["faxgate", "kiosk"] },
    {
      in: ({ aboveMarket }) => aboveMarket.nodes.filter(({ verdict }: any) => verdict !== "UNKNOWN"),
      has: ["archive", "branch", "payhub", "analytics", "halden", "melati-online", "corporate", "workplace"],
      lacks: ["cargo", "pos", "records", "sms"],
    },
  ],
  34: [
    {
      in: ({ records }) => records.nodes.filter(({ freshness }: any) => freshness.verdict === "UNKNOWN").map(({ record }: any) => record),
      has: ["carbon", "telemed", "coretan", "intranet", "rimba-sla", "cempaka-mou", "kejora-sla", "permits-mou", "anggrek-draft"],
      lacks: ["cargo", "pos", "padi", "loyalty"],
    },
    {
      in: ({ records }) => records.nodes.filter(({ freshness }: any) => ["FAIR", "POOR"].includes(freshness.verdict)).map(({ record }: any) => record),
      has: ["pos", "openbank", "hosting", "backup", "identity", "network", "bus", "desk", "sms", "kiosk", "padi", "halden", "rimba", "lumbung"],
      lacks: ["carbon", "faxgate", "loyalty", "vanderwaal"],
    },
    {
      in: ({ records }) => records.nodes.filter(({ completeness }: any) => completeness.verdict !== "GOOD").map(({ record }: any) => record),
      has: ["carbon", "merpati", "kerani", "permits", "invoices", "lontar", "padi"],
      lacks: ["cargo", "kembara", "melati"],
    },
  ],
  30: [
    {
      in: ({ customer }) => customer.diff.records.filter(({ change }: any) => change === "CHANGED"),
      has: ["dlv-mobile", "dlv-weather", "dlv-tariff", "cargo-next", "coldbuild", "kembara-sla", "obl-kembara-mobile"],
      lacks: ["dlv-satellite", "dlv-cold", "padi-sla", "branch-next"],
    },
    { in: ({ customer }) => customer.diff.records.filter(({ change }: any) => change === "CREATED"), has: ["dlv-cold"], lacks: ["dlv-mobile"] },
  ],
  31: [
    { in: behind("OBJECTIVES_AGREED", "1"), has: ["kembara", "padi", "melati", "cempaka", "rimba"], lacks: ["corporate", "lumbung", "vanderwaal", "anggrek"] },
    { in: behind("OBJECTIVES_AGREED", "0"), has: ["corporate"], lacks: ["kembara", "lumbung", "vanderwaal", "anggrek"] },
    { in: behind("REQUIREMENTS_SIGNED_OFF", "1"), has: ["req-cold-log", "req-crew-rest"], lacks: ["req-cold-gold", "req-cold-alarm"] },
    {
      in: behind("PROJECTS_WITH_APPROVED_CASE", "1"),
      has: ["harbour", "cargo-next", "coldbuild", "branch-next", "vault", "satellite"],
      lacks: ["carbon-pilot", "video", "invoices", "tills"],
    },
    { in: behind("CHANGED_NEEDS_ANSWERED_IN_TIME", "0"), has: ["change-till", "change-centres"], lacks: ["change-mobile", "change-origin"] },
    { in: behind("OPPORTUNITIES_ASSESSED", null), has: ["opp-fuel", "opp-tills"], lacks: ["opp-satellite", "opp-berth"] },
    { in: behind("SERVICES_USED_UNDER_AGREEMENT", "0"), has: ["rimba", "vessel", "lumbung", "kiosk"], lacks: ["desk", "melati-online", "payroll"] },
    { in: behind("SURVEY_UNITS_HEARD", "0"), has: ["kembara-fleet", "cargo"], lacks: ["kembara-legal"] },
    { in: behind("OBLIGATIONS_MET_BY_CUSTOMERS", "1"), has: ["obl-kembara-july", "obl-melati-pay", "obl-padi-openings"], lacks: ["obl-ola-freeze"] },
    { in: behind("OBLIGATIONS_MET_BY_CUSTOMERS", "0"), has: ["obl-kembara-september"], lacks: ["obl-ola-freeze", "obl-kembara-fire"] },
    { in: behind("COMPLAINTS_ESCALATED", "1"), has: ["fb-kembara-mobile", "fb-padi-price"], lacks: ["fb-kembara-bill"] },
    { in: behind("IMPROVEMENTS_FROM_FEEDBACK", "1"), has: ["fb-kembara-march", "fb-melati-cards"], lacks: ["fb-rimba-late"] },
  ],
  36: [{ has: ["fb-kembara-october", "cargo-next"], lacks: ["fb-kembara-paper", "coldbuild", "cargo", "pinisi", "kembara-sla"] }],
};

/** Figures that sample/README.md works out by hand, by path of the answer. */
export const figures: Readonly<Record<number, Readonly<Record<string, unknown>>>> = {
  5: { "found.totalCount": 5, "found.nodes.0.verdict": "POOR", "found.nodes.4.verdict": "VALUE_GOOD_PRICE_HIGH" },
  10: {
    "customer.relationship.ourViewThen.nodes.0.level": "SERVICE_PROVIDER",
    "customer.relationship.ourViewNow.nodes.0.level": "TRUSTED_ADVISOR",
    "customer.relationship.theirViewThen.nodes.0.level": "ORDER_TAKER",
    "customer.relationship.theirViewNow.nodes.0.level": "SERVICE_PROVIDER",
    "customer.complaintsSince.totalCount": 5,
  },
  11: { "found.totalCount": 1, "found.nodes.0.value": "141.176471" },
  17: {
    "key.totalCount": 3,
    "strategic.totalCount": 1,
    "standard.totalCount": 1,
    "judgedBefore.totalCount": 57,
    "missedBefore.totalCount": 7,
  },
  19: { "projects.nodes.0.code": "PR-CARGO-NEXT", "projects.nodes.0.slipDays": 241, "projects.nodes.1.slipDays": 120 },
  16: { "nobodyHas.totalCount": 3, "usedWithout.totalCount": 2 },
  27: { "brokenByUs.totalCount": 4, "brokenByThem.totalCount": 2, "risks.nodes.0.exposure": 20, "risks.nodes.1.exposure": 16, "risks.nodes.2.exposure": 15 },
  31: {
    "keyFigures.figures.0.numerator": "5",
    "keyFigures.figures.0.denominator": "9",
    "keyFigures.figures.1.numerator": "2",
    "keyFigures.figures.2.denominator": "14",
  },
  32: {
    "received.totalCount": 5,
    "accepted.totalCount": 4,
    "closed.totalCount": 4,
    "receivedBefore.totalCount": 3,
    "acceptedBefore.totalCount": 3,
    "closedBefore.totalCount": 1,
  },
};
