/** Figures of what customers see in services, and of how far those who were asked stand for all. */
import { sqlOf } from "../sql.js";
import { VALUE_RULE, findValues } from "../verdicts/value.js";
import { customersWithin } from "../scopes.js";
import type { ListedFigure, SummedFigure } from "./figure.js";

export const valueVerdicts: ListedFigure = {
  unit: "PERCENT",
  definition: `Customers and services they have whose verdict on value is VALUE_AND_PRICE_GOOD ÷ those whose verdict is not UNKNOWN. ${VALUE_RULE}`,
  segmented: true,
  missing: "Of no service that a customer has can anybody say what it is worth.",
  async list({ reading, period, segments }) {
    const verdicts = await findValues(reading, customersWithin(null, segments), period);
    return verdicts.map(({ customerId, serviceId, segment, verdict }) => ({
      id: customerId,
      withId: serviceId,
      amount: verdict === "UNKNOWN" ? null : verdict === "VALUE_AND_PRICE_GOOD" ? 1 : 0,
      base: 1,
      segment,
    }));
  },
};

export const perceivedValue: SummedFigure = {
  unit: "POINTS",
  definition: "Sum of the perceived values, 0 to 100 each, of the assessments whose period ends in the period ÷ how many there are.",
  segmented: true,
  byService: true,
  missing: "No assessment with a perceived value ends in the period.",
  rows: ({ period: { from, to } }) => sqlOf`
    SELECT w.id AS id, w.serviceId AS withId, w.perceivedValue AS amount, 1 AS base, w.customerId AS customerId
    FROM \`value_assessment\` w WHERE w.perceivedValue IS NOT NULL AND w.periodTo >= ${from} AND w.periodTo <= ${to}`,
};

export const surveyReturn: SummedFigure = {
  unit: "PERCENT",
  definition: "People who answered the surveys whose period ends in the period ÷ people who were asked. A survey without one of the two numbers is unknown.",
  segmented: true,
  missing: "No survey whose period ends in the period says how many were asked.",
  rows: ({ period: { from, to } }) => sqlOf`
    SELECT w.id AS id, w.serviceId AS withId, w.sampleSize AS amount, w.sampleFrame AS base, w.customerId AS customerId
    FROM \`value_assessment\` w WHERE w.basis = 'SURVEY' AND w.periodTo >= ${from} AND w.periodTo <= ${to}`,
};

export const surveyUnits: SummedFigure = {
  unit: "PERCENT",
  definition:
    "Units of a customer and services they use, in the period, that a survey of the service heard: its assessor is of the unit ÷ units and services they use that the customer was surveyed about in the period. Where no assessor of the surveys is of a unit, that is unknown.",
  segmented: true,
  missing: "No service that units of a customer use, by what is recorded, was surveyed in the period.",
  rows: ({ period: { from, to } }) => {
    const surveys = sqlOf`\`value_assessment\` w LEFT JOIN \`stakeholder\` k ON k.id = w.assessorId
      WHERE w.customerId = u.customerId AND w.serviceId = u.serviceId AND w.basis = 'SURVEY' AND w.periodTo >= ${from} AND w.periodTo <= ${to}`;
    return sqlOf`
    SELECT u.unitId AS id, u.serviceId AS withId,
      CASE WHEN EXISTS (SELECT 1 FROM ${surveys} AND k.unitId = u.unitId) THEN 1 WHEN EXISTS (SELECT 1 FROM ${surveys} AND k.unitId IS NOT NULL) THEN 0 END AS amount,
      1 AS base, u.customerId AS customerId
    FROM (SELECT DISTINCT x.customerId, x.unitId, x.serviceId FROM \`service_usage\` x WHERE x.unitId IS NOT NULL AND x.periodFrom <= ${to} AND x.periodTo >= ${from}) u
    WHERE EXISTS (SELECT 1 FROM ${surveys})`;
  },
};
