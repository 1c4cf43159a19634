/** Signed calls: who calls a subgraph shows with each call that it holds a key, for what it asks and for nothing else. */
import { type KeyObject, createHmac, hash, randomUUID, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { TemporaryFailure } from "./deadlines.js";
import { type ContextHeaders, contextHeaders } from "./headers.js";
import type { Caller, Keyring } from "./keys.js";
import { Nonces, TOLERANCE_MS } from "./nonces.js";
import { SettingError } from "./settings.js";

/** The header of a signature: caller, epoch milliseconds, nonce, SHA-256 of the body and HMAC-SHA-256 of the call. */
const SIGNATURE = "x-signature";
const SIGNATURE_TEXT = /^(([\w.-]{1,100}) (\d{13}) ([\w-]{16,64}) ([\w-]{43})) ([\w-]{43})$/;

/** What is signed of a call beside its signature's own words. */
interface SignedParts {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly subgraph: string;
  readonly headers: ContextHeaders;
}

/** A call is not signed by somebody who may make it. The message is for operators only. */
export class Unsigned extends Error {}

/** Signs calls in one caller's name. */
export class Signer {
  private constructor(
    private readonly keyring: Keyring,
    private readonly name: string,
  ) {}

  /** The signer of a name, or none where there are no keys at all. A name that has none is a SettingError. */
  static async open(keyring: Keyring | undefined, name: string): Promise<Signer | undefined> {
    if (!keyring) return undefined;
    const signer = new Signer(keyring, name);
    await signer.caller();
    return signer;
  }

  /** The headers that sign a call with that body. */
  async sign(parts: SignedParts, body: string): Promise<{ readonly [SIGNATURE]: string }> {
    const { name, keys } = await this.caller();
    const words = `${name} ${Date.now()} ${randomUUID()} ${hash("sha256", body, "base64url")}`;
    return { [SIGNATURE]: `${words} ${authenticate(keys[0]!, parts, words).toString("base64url")}` };
  }

  private async caller(): Promise<Caller> {
    const caller = await this.keyring.find(this.name);
    if (!caller) throw new SettingError("SUBGRAPH_KEYS", `names a file without keys of ${this.name}; add them`);
    return caller;
  }
}

/** A call whose signature is good, its body not yet compared. */
export interface SignedCall {
  readonly caller: Caller;
  readonly nonce: string;
  /** Throws Unsigned unless the body is the one that was signed. */
  checkBody(body: Buffer): void;
}

/** Tells calls apart that reach one subgraph. */
export class Verifier {
  constructor(
    private readonly keyring: Keyring,
    private readonly subgraph: string,
    private readonly nonces = new Nonces(),
  ) {}

  /** Throws Unsigned for a call that is not signed, or was here before; a TemporaryFailure when too many came to remember this one. */
  async verify({ headers, ...call }: Omit<SignedParts, "subgraph" | "headers"> & { readonly headers: IncomingHttpHeaders }): Promise<SignedCall> {
    const signature = headers[SIGNATURE];
    if (signature === undefined) throw new Unsigned("it is not signed");
    const [, words = "", name = "", time = "", nonce = "", bodyHash = "", mac = ""] = (typeof signature === "string" && SIGNATURE_TEXT.exec(signature)) || [];
    if (words === "") throw new Unsigned("its signature is no signature");
    const caller = await this.keyring.find(name).catch((error: SettingError) => {
      throw new Unsigned(error.message.replace(/\.$/, ""));
    });
    if (!caller) throw new Unsigned(`SUBGRAPH_KEYS names no caller ${name}`);
    const parts = { ...call, headers: headers as ContextHeaders, subgraph: this.subgraph };
    const given = Buffer.from(mac, "base64url");
    if (!caller.keys.some((key) => timingSafeEqual(authenticate(key, parts, words), given)))
      throw new Unsigned(`it is signed by no key of ${name}, or was changed`);
    this.checkTime(caller, Number(time), nonce);
    return {
      caller,
      nonce,
      checkBody(body) {
        if (hash("sha256", body, "base64url") !== bodyHash) throw new Unsigned(`its body is not the one that ${name} signed`);
      },
    };
  }

  private checkTime({ name }: Caller, signedAt: number, nonce: string): void {
    const now = Date.now();
    const age = now - signedAt;
    if (Math.abs(age) > TOLERANCE_MS) throw new Unsigned(`${name} signed it ${Math.abs(age)} ms ${age > 0 ? "ago" : "from now"}; set the clocks of both right`);
    const taken = this.nonces.take(nonce, signedAt, now);
    if (taken === "full") throw new TemporaryFailure("OVERLOADED", "More calls came than can be told from calls that were here before; try again.");
    if (!taken) throw new Unsigned(`it was here before, signed by ${name}`);
  }
}

/** HMAC of all that a subgraph acts on. Nothing in it can hold a line break, and a header that is missing is told from one that is empty. */
function authenticate(key: KeyObject, { method, path, subgraph, headers }: SignedParts, words: string): Buffer {
  let text = `${method}\n${path}\n${subgraph}\n${words}`;
  for (const name of contextHeaders) text += headers[name] === undefined ? "\n" : `\n=${String(headers[name])}`;
  return createHmac("sha256", key).update(text).digest();
}
