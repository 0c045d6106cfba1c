/** What is wrong with one part of a value. */
export interface Violation {
  /** RFC 6901. */
  readonly pointer: string;
  /** `must …, got …`; escaped and bounded. */
  readonly detail: string;
}
