import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTemplate } from "./template.ts";

const DATA = {
  ID: "0123456789ab",
  Names: ["b", "a"],
  Config: { Env: ["A=1", "B=2"], Labels: { "org.x": "y", z: "" }, User: "" },
  Size: 3,
};

test.each([
  ["", ""],
  ["plain", "plain"],
  ["{{.ID}}\\t{{ .Size }}\\n", "0123456789ab\t3\n"],
  ["{{json .Names}} {{json .Nothing}}", '["b","a"] null'],
  [
    "{{.}}",
    "map[Config:map[Env:[A=1 B=2] Labels:map[org.x:y z:] User:] ID:0123456789ab Names:[b a] Size:3]",
  ],
  ["{{.Nothing}}", "<no value>"],
  ['{{join .Names ", "}}|{{.Names | len}}', "b, a|2"],
  ["{{upper (truncate .ID 3)}} {{.ID | truncate}}", "012 "],
  ["{{range .Config.Env}}[{{.}} {{$.Size}}]{{else}}none{{end}}", "[A=1 3][B=2 3]"],
  ["{{range $.Nothing}}x{{else}}none{{end}}", "none"],
  ["{{range .Config.Labels}}{{.}};{{end}}", "y;;"],
  ["{{if .Config.User}}u{{else}}root{{end}}", "root"],
  ["{{with .Config}}{{.Env}}{{end}}", "[A=1 B=2]"],
  ['{{index .Config.Labels "org.x"}} {{index .Names 1}}', "y a"],
  ["a {{- .Size -}} b{{/* no */}}", "a3b"],
  ["{{if eq .Size 3}}three{{end}}{{if and .Size (not .Config.User)}}!{{end}}", "three!"],
  ["{{println .Size `x`}}", "3 x\n"],
  ['{{pad .Size 1 2}}{{split "a,b" ","}}{{lower "A"}}{{title "a b"}}', " 3  [a b]aA B"],
  ['{{"}}"}}', "}}"],
])("%s", (source, expected) => {
  expect(parseTemplate(source)(DATA)).toBe(expected);
});

test.each([
  "{{",
  "{{.ID",
  "{{range .Names}}",
  "{{end}}",
  "{{nope .ID}}",
  "{{}}",
  "{{(.ID}}",
  "{{.ID)}}",
  "{{if}}x{{end}}",
  "{{.ID | }}",
  "{{#}}",
  "{{if .ID}}x{{else}}",
])("%s is refused", (source) => {
  expect(() => parseTemplate(source)(DATA)).toThrow(expect.objectContaining({ code: "USAGE" }));
});

test("any text is a template, or is refused", () => {
  const text = fc.stringMatching(/^[ {}.|()"$a-zA-Z\\-]{0,40}$/);
  fc.assert(
    fc.property(text, (source) => {
      try {
        expect(typeof parseTemplate(source)(DATA)).toBe("string");
      } catch (error) {
        expect(error).toMatchObject({ code: "USAGE" });
      }
    }),
    { numRuns: 500 },
  );
});
