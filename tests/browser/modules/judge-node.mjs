// Vectors on stdin as JSON, answers out: see judge.mjs.
import { readFileSync } from "node:fs";
import { judge } from "./judge.mjs";

const base = new URL("../../../src/zhilu/browser/", import.meta.url).href;
process.stdout.write(JSON.stringify(await judge(base, JSON.parse(readFileSync(0, "utf8")))));
