/** A place at which a newer version of a schema may refuse what the older accepted. */
export interface Breach {
  readonly kind: 'breaks';
  /** RFC 6901, into the newer schema unless the detail says otherwise; the nearest that is not overlong. */
  readonly pointer: string;
  /** What the older schema allows and the newer may not; escaped and bounded. */
  readonly detail: string;
}

export type Compatibility = { readonly kind: 'compatible' } | Breach;
