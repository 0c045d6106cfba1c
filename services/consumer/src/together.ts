/** Does all of the works at once. The first that fails ends the others, and is what is thrown once they have. */
export async function together(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const ending = new AbortController();
  const all = AbortSignal.any([signal, ending.signal]);
  const failures: unknown[] = [];
  await Promise.all(
    works.map((work) =>
      work(all).catch((error) => {
        failures.push(error);
        ending.abort();
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
