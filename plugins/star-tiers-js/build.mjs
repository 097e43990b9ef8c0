// node build.mjs RULE.js WIT-FOLDER WORLD OUT.wasm: a rule in JavaScript with its engine, as a component without WASI.
import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

const [source, witPath, worldName, out] = process.argv.slice(2);
const { component, imports } = await componentize(await readFile(source, "utf8"), {
  witPath,
  worldName,
  disableFeatures: ["random", "stdio", "clocks", "http", "fetch-event"],
});
await writeFile(out, component);
console.log(`${out}: ${component.length} bytes`, imports);
