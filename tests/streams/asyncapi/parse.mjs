// Reads an AsyncAPI document as other programs do; prints what is wrong with it, and what it holds.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const faults = diagnostics.filter((one) => one.severity === 0);
const messages = document ? document.allMessages().all().map((one) => one.id()) : [];
console.log(JSON.stringify({ faults, messages }));
process.exit(document && faults.length === 0 ? 0 : 1);
