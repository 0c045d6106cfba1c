/** Where and how a subscription's messages are pushed: `google.pubsub.v1.PushConfig`. */
export interface PushConfig {
  /** An absolute URL of http or https. */
  readonly endpoint: string;
  /** `x-goog-version`: v1beta1 has a body of its own, all others that of v1. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly oidcToken?: OidcToken;
  /** Set: the data alone is the body. */
  readonly noWrapper?: { readonly writeMetadata: boolean };
}

export interface OidcToken {
  readonly serviceAccountEmail: string;
  /** Empty: the endpoint's URL. */
  readonly audience: string;
}
