/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that breaks its rule. */
export interface SettingFault {
  readonly variable: string;
  /** Completes the sentence "VARIABLE must …". */
  readonly rule: string;
  /** As it may be shown: quoted and bounded, a secret masked. Undefined where nothing was received. */
  readonly received: string | undefined;
}

export type SettingResult<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'faulty'; readonly faults: readonly SettingFault[] };

/** A part of a configuration: how it is read from the environment. Settings compose, and so do their faults. */
export interface Setting<T> {
  read(environment: Environment): SettingResult<T>;
}

export type SettingValue<S> = S extends Setting<infer T> ? T : never;

export const valid = <T>(value: T): SettingResult<T> => ({ kind: 'value', value });

/** What no variable changes. */
export const always = <T>(value: T): Setting<T> => ({ read: () => valid(value) });

export const faulty = (...faults: readonly SettingFault[]): SettingResult<never> => ({ kind: 'faulty', faults });

/** One setting out of several. It has the faults of all of them, not of the first. */
export function settings<S extends Readonly<Record<string, Setting<unknown>>>>(
  parts: S,
): Setting<{ readonly [K in keyof S]: SettingValue<S[K]> }> {
  return {
    read(environment) {
      const values: Record<string, unknown> = {};
      const faults: SettingFault[] = [];
      for (const [key, part] of Object.entries(parts)) {
        const result = part.read(environment);
        if (result.kind === 'value') values[key] = result.value;
        else faults.push(...result.faults);
      }
      return faults.length > 0 ? faulty(...faults) : valid(values as { [K in keyof S]: SettingValue<S[K]> });
    },
  };
}

/** Makes something else of a setting's value, or finds a fault that only several variables together can have. */
export function refined<T, U>(setting: Setting<T>, refine: (value: T) => SettingResult<U>): Setting<U> {
  return {
    read(environment) {
      const result = setting.read(environment);
      return result.kind === 'value' ? refine(result.value) : result;
    },
  };
}

/** The configuration cannot be used. The message names every fault, a line each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly faults: readonly SettingFault[];

  constructor(faults: readonly SettingFault[]) {
    super(
      faults.map(({ variable, rule, received }) => `${variable} must ${rule}, got ${received ?? 'nothing'}`).join('\n'),
    );
    this.faults = faults;
  }
}

/** @throws SettingsError with all faults at once. */
export function readSettings<T>(setting: Setting<T>, environment: Environment): T {
  const result = setting.read(environment);
  if (result.kind === 'faulty') throw new SettingsError(result.faults);
  return result.value;
}
