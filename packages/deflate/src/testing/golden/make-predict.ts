/** Makes predict.json: codes of tokens, which have to be understood for ever: node make-predict.ts */
import { writeFileSync } from "node:fs";
import { codeTokensWith } from "../../predict/token-codec.ts";
import { PREDICT_VECTORS } from "./predict-vectors.ts";

const codes = PREDICT_VECTORS.map(({ name, part, tokens, parameters }) => [
  name,
  Buffer.from(codeTokensWith(part, tokens, parameters)).toString("base64"),
]);
const target = new URL("./predict.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(Object.fromEntries(codes), undefined, 2)}\n`);
