import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

import { ahead, groups } from "./chunks.ts";

/** Beside each file that shrinks, the same packed: the server hands out bytes, it packs nothing. */
function packed(): Plugin {
  const worth = /\.(js|css|html|svg)$/;
  return {
    name: "packed",
    apply: "build",
    // When all is written: before that, the names of what is loaded later are not in it yet.
    writeBundle({ dir }) {
      for (const name of readdirSync(dir!, { recursive: true, encoding: "utf8" })) {
        const path = join(dir!, name);
        if (!worth.test(name) || statSync(path).size < 1024) continue;
        const bytes = readFileSync(path);
        const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, best));
      }
    },
  };
}

/** KaTeX names each font in three formats; every browser we serve reads the first. */
function oneFontFormat(): Plugin {
  return {
    name: "one-font-format",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("katex.min.css")) return null;
      return code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, "");
    },
  };
}

export default defineConfig({
  plugins: [oneFontFormat(), react(), ahead(), packed()],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: { groups: groups() } } },
  },
  server: {
    proxy: { "/api": { target: process.env["LIVOS"] ?? "http://127.0.0.1:8080", ws: true } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
