import { daysBetween } from "../kernel/dates.js";
import { field, type Fields } from "../kernel/fields.js";
import { internalRateOfReturn, netPresentValue, paybackYears } from "./cashFlow.js";
import type { BusinessCaseRow, ServiceRow } from "./rows.js";

export const fields = {
  Service: {
    daysInStatus: field<ServiceRow>(["statusHistory"], ({ statusHistory }, _, { today }) => {
      const since = statusHistory.at(-1)?.since;
      return since === undefined ? null : daysBetween(since, today);
    }),
    daysByStatus: field<ServiceRow>(["statusHistory"], ({ statusHistory }, _, { today }) => {
      const days = new Map<string, number>();
      for (const { status, since, until } of statusHistory) days.set(status, (days.get(status) ?? 0) + daysBetween(since, until ?? today));
      return [...days].map(([status, spent]) => ({ status, days: spent }));
    }),
  },
  BusinessCase: {
    npv: field<BusinessCaseRow>(["cashFlow", "discountRate"], ({ cashFlow, discountRate }) => netPresentValue(cashFlow, discountRate)),
    irr: field<BusinessCaseRow>(["cashFlow"], ({ cashFlow }) => internalRateOfReturn(cashFlow)),
    paybackYears: field<BusinessCaseRow>(["cashFlow"], ({ cashFlow }) => paybackYears(cashFlow)),
  },
} satisfies Fields;
