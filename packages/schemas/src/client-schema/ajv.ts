import { Ajv, type CodeKeywordDefinition, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { AjvForm } from './ajv-form.ts';
import type { SchemaGraph, SchemaNode } from './graph.ts';
import { COUNTING, OWN_KEYWORDS, ownKeywords, trackingKeywords } from './keywords.ts';
import type { SchemaPatterns } from './patterns.ts';

/**
 * The documents that are made of the schema have been checked, and are not the client's words any more. `optimize` costs
 * as much as all the rest of compiling; inlining multiplies what is referred to often.
 */
const OPTIONS: Options = {
  strict: false,
  logger: false,
  meta: false,
  validateSchema: false,
  validateFormats: false,
  addUsedSchema: false,
  inlineRefs: false,
  messages: false,
  ownProperties: true,
  passContext: true,
  loopRequired: 8,
};

/** Ajv with one client's schema in it, and no other's. */
export class AjvSchemas {
  readonly #form: AjvForm;
  readonly #patterns: SchemaPatterns;
  readonly #root: SchemaNode;
  #first: Ajv | Ajv2019 | undefined;

  constructor(graph: SchemaGraph, patterns: SchemaPatterns) {
    this.#form = new AjvForm(graph);
    this.#patterns = patterns;
    this.#root = graph.root;
  }

  /** Ends at the first fault. */
  compile(node: SchemaNode = this.#root): ValidateFunction {
    this.#first ??= this.#ajv(false);
    const name = this.#form.nameOf(node);
    if (!this.#first.schemas[name]) this.#first.addSchema(this.#form.documentOf(node), name);
    return compiled(this.#first, name);
  }

  /** Of the whole: finds all faults, and counts its steps. */
  compileReporting(): ValidateFunction {
    return compiled(this.#ajv(true), this.#form.nameOf(this.#root));
  }

  /** With all that anything refers to compiled: each apart, however long the way from one to the next goes on. */
  #ajv(allErrors: boolean): Ajv | Ajv2019 {
    const options: Options = { ...OPTIONS, allErrors, code: { optimize: false, regExp: this.#regExp() } };
    const ajv = this.#form.asksWhatIsLeft ? new Ajv2019(options) : new Ajv(options);
    for (const definition of ownKeywords()) replace(ajv, definition);
    if (this.#form.asksWhatIsLeft) {
      const properties = ajv.getKeyword('properties') as CodeKeywordDefinition;
      for (const definition of trackingKeywords(properties)) replace(ajv, definition);
    }
    ajv.addKeyword(allErrors ? COUNTING : OWN_KEYWORDS.steps);
    const documents = [...this.#form.documents()];
    for (const [name, document] of documents) ajv.addSchema(document, name);
    // What is compiled already is called for less than what is still to come; the first is the whole.
    for (const [name] of documents.toReversed()) compiled(ajv, name);
    return ajv;
  }

  #regExp(): RegExpEngine {
    const patternOf = (source: string): ReturnType<RegExpEngine> => {
      const { test } = this.#patterns.of(source);
      // Ajv keeps one of those that print alike.
      const pattern = { test, toString: () => source };
      return pattern;
    };
    return Object.assign(patternOf, { code: 'the patterns of a schema' });
  }
}

type RegExpEngine = NonNullable<NonNullable<Options['code']>['regExp']>;

/** In place of ajv's own of the same name, if it has one. */
function replace(ajv: Ajv | Ajv2019, definition: CodeKeywordDefinition): void {
  ajv.removeKeyword(definition.keyword as string).addKeyword(definition);
}

function compiled(ajv: Ajv | Ajv2019, name: string): ValidateFunction {
  const validate = ajv.getSchema(name);
  if (!validate) throw new Error('a schema is given to ajv before it is compiled');
  return validate;
}
