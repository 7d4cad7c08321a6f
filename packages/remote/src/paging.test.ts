import { expect, test } from "vitest";
import { nextPage } from "./paging.ts";

const PAGE = new URL("https://r.example/v2/a/tags/list?n=2");
const next = (link: string | undefined) => nextPage(link, PAGE)?.href;

test("the next page is relative, or of the same registry", () => {
  expect(next(undefined)).toBeUndefined();
  expect(next('</v2/a/tags/list?last=b>; rel="next"')).toBe(
    "https://r.example/v2/a/tags/list?last=b",
  );
  expect(next("<https://r.example/x>; rel=next")).toBe("https://r.example/x");
  expect(next('<?last=b>; title="a, <b>"; rel="next"')).toBe(
    "https://r.example/v2/a/tags/list?last=b",
  );
  expect(next('</x>; rel="prev", </y>; rel="next"')).toBe("https://r.example/y");
  expect(next('</x>; rel="prev"')).toBeUndefined();
  expect(next("rubbish")).toBeUndefined();
});

test.each([
  "<https://evil.example/>",
  "<http://r.example/>",
  "<https://r.example:444/>",
  "<//evil.example/>",
])("a page elsewhere is not followed (GHSA-h7vf-4x9w-h99v): %s", (target) => {
  expect(() => next(`${target}; rel="next"`)).toThrow(
    expect.objectContaining({ code: "NOT_A_REGISTRY" }),
  );
});
