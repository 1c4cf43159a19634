import type { ServerResponse } from "node:http";

/** The playground's editor writes style elements, runs workers from blobs and inlines icons; nothing comes from elsewhere. */
const pagePolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** What browsers are told of an answer that is no page: they load nothing for it, guess no type, and let no page frame it or read it. Names and values in turn, as `writeHead` takes them. */
export const answerHeaders: readonly string[] = [
  ...["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ...["x-content-type-options", "nosniff"],
  ...["x-frame-options", "DENY"],
  ...["cross-origin-resource-policy", "same-origin"],
];

/** Tells browsers that an answer is no page. */
export function secureAnswer(response: ServerResponse): void {
  for (let i = 0; i < answerHeaders.length; i += 2) response.setHeader(answerHeaders[i]!, answerHeaders[i + 1]!);
}

/** Tells browsers that what comes is one of our pages after all, which loads nothing from elsewhere and tells nobody where it is. */
export function allowPage(response: ServerResponse): void {
  response.setHeader("content-security-policy", pagePolicy);
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("cross-origin-opener-policy", "same-origin");
}
