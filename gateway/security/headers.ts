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

const headers = new Map([
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
]);

/** Tells browsers that an answer is no page: they load nothing for it, guess no type, and let no page frame it or read it. */
export function secureAnswer(response: ServerResponse): void {
  response.setHeaders(headers);
}

/** Tells browsers that what comes is one of our pages after all, which loads nothing from elsewhere. */
export const allowPage = (response: ServerResponse): void => void response.setHeader("content-security-policy", pagePolicy);
