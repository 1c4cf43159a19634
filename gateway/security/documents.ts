/** Trusted documents: operations known beforehand, asked for by an id instead of their text, and where that is enforced the only ones answered. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { RequestHandler } from "express";
import type { Refusal } from "../../transport/bodies.js";
import type { Log } from "../../transport/logs.js";
import { SettingError } from "../../transport/settings.js";
import { Recent } from "../../transport/recent.js";
import { answerRefusal } from "../refusals.js";
import type { Supergraph } from "../supergraph.js";

/** Whether other texts are answered like any, answered and told to operators, or refused. */
export type Trust = "off" | "warn" | "enforce";

export interface DocumentSettings {
  readonly trust: Trust;
  /** Path of a further list of documents: JSON, their texts by the ids that clients send. */
  readonly file?: string;
}

/** What clients may ask by id. */
export class TrustedDocuments {
  private readonly texts: ReadonlySet<string>;
  /** Hashes of texts that operators were told of. */
  private readonly told = new Set<string>();

  private constructor(
    private readonly byId: ReadonlyMap<string, string>,
    private readonly trust: Trust,
    private readonly log: Log,
  ) {
    this.texts = new Set(byId.values());
  }

  /** The operations beside the supergraph, by `sha256:` and the hash of their text, and those of the file. One that cannot be used is a SettingError. */
  static async load({ trust, file }: DocumentSettings, supergraph: Supergraph, log: Log): Promise<TrustedDocuments> {
    const beside = (await supergraph.readOperations?.()) ?? [];
    const listed = file === undefined ? [] : Object.entries(await readList(file));
    return new TrustedDocuments(new Map([...listed, ...beside.map((text): [string, string] => [documentIdOf(text), text])]), trust, log);
  }

  /** The text that an id stands for. */
  find(id: string): string | undefined {
    return this.byId.get(id);
  }

  /** Whether a text is one of those that are known beforehand. */
  has(text: string): boolean {
    return this.texts.has(text);
  }

  /** Whether a text may be asked. Operators are told once of one that is not known. */
  permits(text: string): boolean {
    if (this.trust === "off" || this.texts.has(text)) return true;
    const id = documentIdOf(text);
    if (!this.told.has(id) && this.told.size < MOST_TOLD) {
      this.told.add(id);
      this.log(
        `A document that is not trusted was ${this.trust === "warn" ? "answered" : "refused"}: ${id}, which begins ${JSON.stringify(text.slice(0, 80))}`,
      );
    }
    return this.trust === "warn";
  }
}

/** Operators hear of so many texts at most until the next start. */
const MOST_TOLD = 1_000;

/** Ids of texts that are asked over and over. */
const ids = new Recent<string>(200);

/** The id of a text as a document: `sha256:` and its hash in hexadecimal. */
export function documentIdOf(text: string): string {
  let id = ids.get(text);
  if (id === undefined) ids.set(text, (id = `sha256:${createHash("sha256").update(text).digest("hex")}`));
  return id;
}

async function readList(file: string): Promise<Record<string, string>> {
  try {
    const list = JSON.parse(await readFile(file, "utf8")) as unknown;
    if (typeof list !== "object" || list === null || Array.isArray(list)) throw new Error("it is no object of texts by id");
    const wrong = Object.entries(list).find(([, text]) => typeof text !== "string");
    if (wrong) throw new Error(`what ${wrong[0]} stands for is no text`);
    return list as Record<string, string>;
  } catch (cause) {
    throw new SettingError("TRUSTED_DOCUMENTS_FILE", `names ${file}, which holds no documents (${(cause as Error).message}); write JSON of texts by id`, {
      cause,
    });
  }
}

/** Puts the text in the place of the id that a request names, and refuses texts that may not be asked. */
export function resolveDocuments(documents: TrustedDocuments): RequestHandler {
  return (request, response, next) => {
    const asked = request.method === "GET" ? searchOf(request.url) : ((request.body ?? {}) as Record<string, unknown>);
    const { documentId, ...rest } = asked;
    const refusal = explainDocument(asked, documents);
    if (refusal) return answerRefusal(response, refusal);
    if (isGiven(documentId)) {
      const query = documents.find(documentId as string)!;
      if (request.method === "GET") {
        request.url = `${request.url.split("?", 1)[0]}?${new URLSearchParams({ ...(rest as Record<string, string>), query }).toString()}`;
        // What is known beforehand may be asked by any page: it changes nothing, and pages of other origins do not see the answer.
        request.headers["apollo-require-preflight"] = "documentId";
      } else request.body = { ...rest, query };
    }
    next();
  };
}

/** Why a text, or an id in its place, may not be asked; null where it may. */
export const explainDocument = (asked: Readonly<Record<string, unknown>>, documents: TrustedDocuments): Refusal | null =>
  isGiven(asked["documentId"]) ? explainId(asked, documents) : explainText(asked["query"], documents);

/** The text that a body asks for, by itself or by an id; null where there is none that may be asked. */
export function textOf(body: Readonly<Record<string, unknown>>, documents: TrustedDocuments): string | null {
  const { documentId, query } = body;
  if (explainDocument(body, documents)) return null;
  if (isGiven(documentId)) return documents.find(documentId as string)!;
  return typeof query === "string" && query !== "" ? query : null;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

const searchOf = (url: string): Record<string, unknown> => {
  const start = url.indexOf("?");
  return start < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(start + 1)));
};

function explainId({ documentId, query }: Readonly<Record<string, unknown>>, documents: TrustedDocuments): Refusal | null {
  if (isGiven(query)) return { status: 400, code: "BAD_REQUEST", message: "The request has both query and documentId; send one of them." };
  if (typeof documentId === "string" && documents.find(documentId) !== undefined) return null;
  return { status: 404, code: "DOCUMENT_NOT_FOUND", message: "No document has this documentId; send the text as query, or have the document listed." };
}

function explainText(query: unknown, documents: TrustedDocuments): Refusal | null {
  if (typeof query !== "string" || documents.permits(query)) return null;
  return {
    status: 403,
    code: "DOCUMENT_NOT_TRUSTED",
    message: "Only documents known beforehand are answered here; ask by documentId, or have the document listed.",
  };
}
