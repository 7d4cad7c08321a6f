import { z } from "zod";

/** A file's name; a relative one is meant from the folder of the config. */
export const file: z.ZodString = z.string().min(1);

/** An address with http or https. */
export const url: z.ZodType<string> = z.url({ protocol: /^https?$/ });

/** Whether something can be made of a text; if not, what its maker says. */
export function tried(
  make: (text: string) => unknown,
): [check: (text: string) => boolean, options: { error: (issue: { input?: unknown }) => string }] {
  const problem = (text: unknown): string | undefined => {
    try {
      make(String(text));
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  return [
    (text) => problem(text) === undefined,
    { error: ({ input }) => problem(input) ?? "it cannot be used" },
  ];
}
