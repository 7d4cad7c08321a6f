/** For an option that may come several times; one that took all words behind it would take arguments, too. */
export function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
