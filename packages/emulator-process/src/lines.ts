export type Level = 'info' | 'warn' | 'error' | 'fatal';

export type WriteLine = (level: Level, msg: string, details?: Readonly<Record<string, unknown>>) => void;

/** Writes lines of JSON to the standard output, in the form that the services' logger gives its lines. */
export function lineWriter(service: string): WriteLine {
  return (level, msg, details = {}) => {
    const line = { level, time: new Date().toISOString(), service, ...details, msg };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}

/** An error as a logger shows it. */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  return { type: name, message, stack, ...('code' in error && { code: error.code }) };
}
