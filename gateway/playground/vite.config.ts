import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const ui = resolve(import.meta.dirname, "ui");

export default defineConfig({
  root: ui,
  // Relative addresses, so that the files work under any path a proxy gives them.
  base: "./",
  plugins: [react()],
  worker: { format: "es" },
  build: {
    outDir: resolve(import.meta.dirname, "public"),
    emptyOutDir: true,
    // Monaco's editor and workers are this big and are loaded after the page shows.
    chunkSizeWarningLimit: 6000,
    rolldownOptions: {
      input: [resolve(ui, "index.html"), resolve(ui, "schema.html")],
      // GraphiQL's packages carry directives of the React compiler, which mean nothing in a bundle.
      onLog: (level, log, handle) => log.code !== "MODULE_LEVEL_DIRECTIVE" && handle(level, log),
    },
  },
});
