/** Where a change to an agreement or a supplier goes: to its customers, to what stands on it, and to what is bought by it. */
import { type Carrier, hasPrefix, isAlive, isForCustomer, isInForce, isNamedIn } from "./carrier.js";

const IS_SUPPLY = "`kind` IN ('OLA', 'UNDERPINNING_CONTRACT')";

export const FROM_AGREEMENTS: readonly Carrier[] = [
  {
    from: "Agreement",
    to: "Customer",
    link: "Agreement.customers",
    portfolio: "agreement",
    why: "is a party of it",
    carries: { CHANGE: null, DELAY: null, EXPIRE: null },
    needs: [{ of: "from", condition: isNamedIn("agreement_parties", "recordId"), missing: "Its parties are not recorded." }],
    route: {
      from: "p.`recordId`",
      to: "p.`partyId`",
      tables: "`agreement_parties` p",
      where: `p.\`side\` = 'CUSTOMER' AND ${hasPrefix("p.`partyId`", "cus")}`,
    },
  },
  {
    from: "Agreement",
    to: "Obligation",
    link: "Agreement.obligations",
    portfolio: "agreement",
    why: "is promised in it by a day and not met yet",
    carries: { DELAY: null },
    route: {
      from: "o.`agreementId`",
      to: "o.`id`",
      tables: "`obligation` o",
      where: "o.`obligor` = 'PROVIDER' AND o.`state` = 'PENDING' AND o.`dueOn` IS NOT NULL",
    },
  },
  {
    from: "Agreement",
    to: "Agreement",
    link: "Agreement.underpins",
    portfolio: "agreement",
    why: "stands on it",
    carries: { EXPIRE: "CHANGE" },
    // What we promise each other, and what suppliers promise us, may well stand on nothing.
    needs: [{ of: "to", condition: `(NOT ${isForCustomer("t")} OR ${isNamedIn("underpinning", "upperId")})`, missing: "What it stands on is not recorded." }],
    route: {
      from: "u.`lowerId`",
      to: "u.`upperId`",
      record: "u.`id`",
      tables: "`underpinning` u JOIN `agreement` a ON a.`id` = u.`upperId`",
      where: isInForce("a"),
    },
  },
  {
    from: "Agreement",
    to: "Application",
    link: "Agreement.applications",
    portfolio: "application",
    why: "is bought by it",
    carries: { EXPIRE: "OUTAGE" },
    needs: [
      {
        of: "to",
        condition: "(t.`kind` IN ('IN_HOUSE', 'END_USER') OR t.`contractId` IS NOT NULL)",
        missing: "The contract it is bought by is not recorded.",
      },
    ],
    route: { from: "a.`contractId`", to: "a.`id`", tables: "`application` a", where: "a.`contractId` IS NOT NULL", criticality: "a.`criticality`" },
  },
  {
    from: "Agreement",
    to: "Service",
    link: "Agreement.services",
    portfolio: "agreement",
    why: "is supplied by it",
    carries: { EXPIRE: "OUTAGE" },
    needs: [
      {
        of: "to",
        condition: `(t.\`sourcing\` = 'INTERNAL' OR t.\`status\` = 'RETIRED' OR EXISTS (SELECT 1 FROM \`agreement_services\` n JOIN \`agreement\` a ON a.\`id\` = n.\`recordId\` WHERE n.\`toId\` = t.\`id\` AND a.${IS_SUPPLY}))`,
        missing: "Neither that we make it ourselves nor who supplies it is recorded.",
      },
    ],
    route: {
      from: "l.`recordId`",
      to: "l.`toId`",
      tables: "`agreement_services` l JOIN `agreement` a ON a.`id` = l.`recordId` JOIN `service` s ON s.`id` = l.`toId`",
      where: `a.${IS_SUPPLY} AND ${isAlive("s")}`,
    },
  },
  {
    from: "Supplier",
    to: "Agreement",
    link: "Supplier.agreements",
    portfolio: "agreement",
    why: "is a contract with it in force that day",
    carries: { RETIRE: "EXPIRE", OUTAGE: "EXPIRE", LEAVE: "EXPIRE", CHANGE: "CHANGE" },
    needs: [{ of: "to", condition: isNamedIn("agreement_parties", "recordId"), missing: "Its parties are not recorded." }],
    route: {
      from: "p.`partyId`",
      to: "p.`recordId`",
      tables: "`agreement_parties` p JOIN `agreement` a ON a.`id` = p.`recordId`",
      where: isInForce("a"),
    },
  },
];
