import type { ProblemKind } from '../problem.ts';

/** A JSON Schema (draft 2020-12) as a plain value: the same object that validates may stand here. */
export type JsonSchema = boolean | Readonly<Record<string, unknown>>;

/** What the OpenAPI document says of a route. All texts are CommonMark. */
export interface RouteDoc {
  /** Unique among a service's routes; letters, digits, `_` and `-`. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Groups routes in what is made of the document. */
  readonly tags?: readonly string[];
  /** Of every parameter in the pattern, by its name. */
  readonly params?: Readonly<Record<string, ParameterDoc>>;
  readonly query?: Readonly<Record<string, ParameterDoc>>;
  /** Beside `correlationId`, which every route takes. */
  readonly headers?: Readonly<Record<string, ParameterDoc>>;
  /** Whether the route takes `Idempotency-Key`. Default false. */
  readonly isIdempotent?: boolean;
  readonly body?: BodyDoc;
  /** The answers but problems, by status. */
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Whether it answers of itself, and so is never unavailable. Default false. */
  readonly isSelfContained?: boolean;
  /** The kinds that the route itself answers with; what can happen to every request is added to them. */
  readonly problems?: readonly ProblemDoc[];
}

/** A kind of problem; with the schema of its further members where it has any. */
export type ProblemDoc = ProblemKind | { readonly kind: ProblemKind; readonly schema: JsonSchema };

/** A parameter of the path or of the query. */
export interface ParameterDoc {
  readonly description?: string;
  /** Default false; a pattern's parameter always is. */
  readonly isRequired?: boolean;
  readonly schema: JsonSchema;
  readonly example: unknown;
}

/** A body that a route takes. */
export interface BodyDoc {
  readonly description?: string;
  /** Default true. */
  readonly isRequired?: boolean;
  /** By media type. */
  readonly content: Readonly<Record<string, ContentDoc>>;
}

/** An answer that is no problem. */
export interface AnswerDoc {
  readonly description: string;
  /** By media type; none where the answer has no body. */
  readonly content?: Readonly<Record<string, ContentDoc>>;
  /** Beside `correlationId`, which every answer has. */
  readonly headers?: Readonly<Record<string, { readonly description?: string; readonly schema: JsonSchema }>>;
}

/** A body of one media type. */
export interface ContentDoc {
  readonly schema: JsonSchema;
  /** By name, each valid by the schema. At least one. */
  readonly examples: Readonly<Record<string, unknown>>;
}
