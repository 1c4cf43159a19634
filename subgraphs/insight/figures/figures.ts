/** The key figures there are. A new one is a file or a line of one, a line here, a value of the enum KeyFigureName and a row of docs/figures.md. */
import { complaintsAccepted, complaintsClosed, complaintsEscalated, complaintsReceived, daysToClose, improvements } from "./complaints.js";
import { lostCustomers, newCustomers, objectivesAgreed, reviewsOnTime } from "./customers.js";
import type { Figure } from "./figure.js";
import { changedNeedsAnswered, opportunitiesAssessed, requirementsSignedOff } from "./needs.js";
import { newServices, projectSlip, projectsWithCase, recordsVerified } from "./portfolios.js";
import { obligationsMetByCustomers, obligationsMetByProvider, targetsMet, targetsUnderpinned, usedUnderAgreement } from "./promises.js";
import { perceivedValue, surveyReturn, surveyUnits, valueVerdicts } from "./value.js";

export const KEY_FIGURES = {
  OBJECTIVES_AGREED: objectivesAgreed,
  REQUIREMENTS_SIGNED_OFF: requirementsSignedOff,
  PROJECTS_WITH_APPROVED_CASE: projectsWithCase,
  CHANGED_NEEDS_ANSWERED_IN_TIME: changedNeedsAnswered,
  OPPORTUNITIES_ASSESSED: opportunitiesAssessed,
  VALUE_VERDICTS: valueVerdicts,
  PERCEIVED_VALUE: perceivedValue,
  SURVEY_RETURN: surveyReturn,
  SURVEY_UNITS_HEARD: surveyUnits,
  COMPLAINTS_RECEIVED: complaintsReceived,
  COMPLAINTS_ACCEPTED: complaintsAccepted,
  COMPLAINTS_ESCALATED: complaintsEscalated,
  COMPLAINTS_CLOSED: complaintsClosed,
  COMPLAINT_DAYS_TO_CLOSE: daysToClose,
  IMPROVEMENTS_FROM_FEEDBACK: improvements,
  TARGETS_MET: targetsMet,
  SERVICES_USED_UNDER_AGREEMENT: usedUnderAgreement,
  SLA_TARGETS_UNDERPINNED: targetsUnderpinned,
  OBLIGATIONS_MET_BY_PROVIDER: obligationsMetByProvider,
  OBLIGATIONS_MET_BY_CUSTOMERS: obligationsMetByCustomers,
  NEW_CUSTOMERS: newCustomers,
  LOST_CUSTOMERS: lostCustomers,
  NEW_SERVICES_WITH_OBJECTIVE: newServices,
  PROJECT_SLIP: projectSlip,
  REVIEWS_ON_TIME: reviewsOnTime,
  RECORDS_VERIFIED: recordsVerified,
} as const satisfies Record<string, Figure>;
export type FigureName = keyof typeof KEY_FIGURES;
