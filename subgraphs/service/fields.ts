import { field, type Fields } from "../kernel/fields.js";
import { internalRateOfReturn, netPresentValue, paybackYears } from "./cashFlow.js";
import type { BusinessCaseRow, ServiceRow } from "./rows.js";

export const fields = {
  Service: {
    daysInStatus: field<ServiceRow>(["statusHistory"], ({ statusHistory }, _, { today }) => {
      const since = statusHistory.at(-1)?.since;
      return since === undefined ? null : (Date.parse(today) - Date.parse(since)) / 86_400_000;
    }),
  },
  BusinessCase: {
    npv: field<BusinessCaseRow>(["cashFlow", "discountRate"], ({ cashFlow, discountRate }) => netPresentValue(cashFlow, discountRate)),
    irr: field<BusinessCaseRow>(["cashFlow"], ({ cashFlow }) => internalRateOfReturn(cashFlow)),
    paybackYears: field<BusinessCaseRow>(["cashFlow"], ({ cashFlow }) => paybackYears(cashFlow)),
  },
} satisfies Fields;
