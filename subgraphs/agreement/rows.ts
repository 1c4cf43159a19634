import type { Row } from "../kernel/declare.js";
import type { entities } from "./entities.js";
import type { links } from "./links.js";

export type AgreementRow = Row<typeof entities.Agreement, typeof links.Agreement>;
export type ServiceLevelTargetRow = Row<typeof entities.ServiceLevelTarget, typeof links.ServiceLevelTarget>;
export type ServiceLevelAchievementRow = Row<typeof entities.ServiceLevelAchievement, typeof links.ServiceLevelAchievement>;
export type UnderpinningRow = Row<typeof entities.Underpinning, typeof links.Underpinning>;
export type ObligationRow = Row<typeof entities.Obligation, typeof links.Obligation>;
export type ObligationBreachRow = Row<typeof entities.ObligationBreach, typeof links.ObligationBreach>;
