import * as across from "./across.js";
import * as customers from "./customers.js";
import * as figures from "./figures.js";
import * as overviews from "./overviews.js";
import * as portfolios from "./portfolios.js";
import { recordsToTrust } from "./quality.js";
import * as promises from "./promises.js";
import type { Expected } from "./shown.js";
import * as verdicts from "./verdicts.js";

/** What each question must answer, by its number. */
export const answers: Readonly<Record<number, Expected>> = {
  1: customers.beforeIMeetACustomer,
  2: customers.whatACustomerConsumes,
  3: customers.objectivesAndTheServicesBehindThem,
  4: customers.whatIsComingForACustomer,
  5: verdicts.valueBelowCost,
  6: customers.needsAnsweredTooLate,
  7: customers.whatACustomerOwesUs,
  8: overviews.needsForeseenBySeveral,
  9: customers.unitsThatWantOpposingThings,
  10: customers.hasTheRelationshipImproved,
  11: verdicts.effortAgainstRevenue,
  12: across.ifAServiceIsRetired,
  13: portfolios.slasThatRestOnLess,
  14: portfolios.requirementsNotSignedOff,
  15: portfolios.applicationsBehindMyService,
  16: overviews.servicesWithoutAnAgreement,
  17: promises.targetsMissedBySegment,
  18: promises.agreementsInsideTheirNoticePeriod,
  19: portfolios.projectsAndTheirSlip,
  21: promises.projectsNobodyStandsBehind,
  20: across.redProjectsAndPromises,
  22: portfolios.projectsThatChangeTheSameApplication,
  23: portfolios.whoAndWhatStandsOnAnApplication,
  24: promises.applicationsThatEndUnderKeyCustomers,
  25: across.ifAPersonLeaves,
  26: across.aSuppliersContractEnds,
  27: overviews.theCiosOnePage,
  28: verdicts.spendAgainstValue,
  29: portfolios.pipeline,
  30: across.whatWeToldACustomer,
  31: figures.keyFigures,
  32: portfolios.complaintsAndWhatCameOfThem,
  33: portfolios.howRepresentativeTheSurveyIs,
  34: recordsToTrust,
  35: customers.whatIPayAndWhatIGet,
  36: across.everythingThatChanged,
};

/** What is compared of an answer, where that is not all of it. */
export const views: Readonly<Record<number, (data: unknown) => unknown>> = {
  12: across.retiredIn,
  16: overviews.withoutAgreementIn,
  20: across.heldUpIn,
  25: across.leftIn,
  26: across.standsOnIn,
  27: overviews.onThePage,
  30: across.toldIn,
  31: figures.figuresIn,
};
