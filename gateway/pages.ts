import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import express, { type Express } from "express";
import { allowPage } from "./security/headers.js";

/** Where the playground is built to, seen from the sources and from dist/. */
const candidates = ["./playground/public/", "../../gateway/playground/public/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** Serves the playground at `/`, or, where it is not built, a line that tells how to build it. */
export function servePages(app: Express): void {
  const folder = candidates.find((candidate) => existsSync(`${candidate}index.html`));
  if (folder !== undefined) {
    app.use(express.static(folder, { index: "index.html", redirect: false, setHeaders: allowPage }));
    return;
  }
  app.get("/", (_request, response) => {
    response.type("text").send("The graph is at /graphql. The playground is not built: npm run build builds it.\n");
  });
}
