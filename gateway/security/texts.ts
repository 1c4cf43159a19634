/** Whether the text of an operation keeps within the limits: told in time linear in the text, before anything else looks at it. */
import { type DocumentNode, Lexer, Source, TokenKind, parse } from "graphql";
import { Recent } from "../../transport/recent.js";
import { limits } from "./limits.js";
import { measureDocument } from "./measures.js";

/** Texts whose answer is remembered. Clients send the same few over and over. */
const MOST_TEXTS = 1_000;
const known = new Recent<string | null>(MOST_TEXTS);

/** What is too much about an operation's text and what to do, or null. Text that is no GraphQL keeps within the limits. */
export function explainExcess(text: string): string | null {
  if (text.length > limits.characters) return `The operation has ${text.length} characters; send at most ${limits.characters}.`;
  const before = known.get(text);
  if (before !== undefined) return before;
  const excess = explainTokens(text) ?? explainDocument(text);
  known.set(text, excess);
  return excess;
}

/** Whether a text would have to be measured first. */
export const isNewText = (text: unknown): boolean => typeof text === "string" && text.length <= limits.characters && known.get(text) === undefined;

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** Parsers call themselves for each bracket, and keep each token: both are counted without one. */
function explainTokens(text: string): string | null {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let nesting = 0;
  try {
    for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
      if (++tokens > limits.tokens) return `The operation has more than ${limits.tokens} names, values and punctuators; ask in several requests.`;
      if (OPENING.has(kind) && ++nesting > limits.nesting) return `The operation nests more than ${limits.nesting} brackets; ask for less at a time.`;
      if (CLOSING.has(kind)) nesting--;
    }
  } catch {
    // The parser says what is wrong, and where.
  }
  return null;
}

function explainDocument(text: string): string | null {
  let document: DocumentNode;
  try {
    document = parse(text, { noLocation: true });
  } catch {
    return null;
  }
  return measureDocument(document);
}
