/** What the files say that settings name. They are read before anything is opened or begun, so that one that cannot be used leaves nothing behind. */
import { Policy } from "../transport/access/policy.js";
import type { Log } from "../transport/logs.js";
import type { Settings } from "./config.js";
import { TrustedDocuments } from "./security/documents.js";
import { type Callers, openCallers } from "./security/identity/callers.js";
import type { Supergraph } from "./supergraph.js";

export interface SettingFiles {
  /** Who may read and write what. */
  readonly policy: Policy;
  /** What callers are told apart by. */
  readonly callers: Callers;
  /** What clients may ask by id. */
  readonly documents: TrustedDocuments;
}

/** Reads the files, and looks whether callers can be told apart; what cannot be used is a SettingError. */
export async function readFiles(settings: Omit<Settings, "supergraph">, supergraph: Supergraph, log: Log): Promise<SettingFiles> {
  const policy = Policy.load(settings.policy);
  return { policy, callers: await openCallers(settings, policy, log), documents: await TrustedDocuments.load(settings.documents, supergraph, log) };
}
