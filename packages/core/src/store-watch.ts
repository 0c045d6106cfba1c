import type { CommandOutcome } from './store-reader.ts';

/**
 * What a store tells of its own accord, across processes, so that nobody asks it over and over. Telling is best effort
 * and quick; what it misses is found by one question a second for all who wait.
 */
export interface StoreWatch {
  /**
   * Resolves when the command has an outcome, at once where it has one; with undefined when the signal aborts before.
   * @throws SluiceError `overloaded` where too many wait already, `unavailable` while the store is out of reach,
   * `closed` where it is closed before there is one
   */
  outcome(commandId: string, signal: AbortSignal): Promise<CommandOutcome | undefined>;
  /** Calls back when the registry may have changed; the callback must return at once and never throw. */
  onRegistryChange(callback: () => void): Disposable;
}
