import { _, type CodeKeywordDefinition, type JSONType, type KeywordCxt, type KeywordErrorDefinition, Name } from 'ajv';
import { callRef, getValidate } from 'ajv/dist/vocabularies/core/ref.js';
import { canonicalText } from '../json/canonical-json.ts';
import { isMultipleOf } from '../json/decimal.ts';
import type { JsonIdentities } from '../json/json-identities.ts';
import type { JsonValue } from '../json/strict-json.ts';

/** Keywords that only `AjvForm` writes. */
export const OWN_KEYWORDS = { nothing: 'nothing', steps: 'steps', track: 'track' } as const;

/** What the keywords of one validation share; ajv passes it to each as `this`. */
export interface RunContext {
  readonly identities: JsonIdentities;
  /** @throws when there have been too many */
  countSteps(steps: number): void;
}

const RUN = new Name('this');
const ITEM_INDEX = 0;

const paramsOf = (params: NonNullable<KeywordErrorDefinition['params']>): KeywordErrorDefinition => ({
  message: '',
  params,
});

/**
 * A keyword that a function of the value alone decides, made once from what the schema says.
 * @param decisions of one ajv: a name for each in its code would take time that is quadratic in their number
 */
function decidedBy<Asked, Value>(
  decisions: ((value: never) => boolean)[],
  types: { readonly keyword: string; readonly type?: JSONType; readonly schemaType?: JSONType },
  make: (asked: Asked) => (value: Value) => boolean,
): CodeKeywordDefinition {
  return {
    ...types,
    error: paramsOf(({ schemaCode }) => _`{asked: ${schemaCode}}`),
    code: (cxt: KeywordCxt) => {
      const all = cxt.gen.scopeValue('keyword', { ref: decisions });
      const index = decisions.push(make(cxt.schema as Asked)) - 1;
      cxt.pass(_`${all}[${index}](${cxt.data})`);
    },
  };
}

/** Ajv's own compiles what it refers to within what refers to it, as deep as the references go on. */
const refKeyword: CodeKeywordDefinition = {
  keyword: '$ref',
  before: 'not',
  schemaType: 'string',
  code: (cxt) => {
    const document = cxt.it.self.schemas[cxt.schema as string];
    if (!document) throw new Error('ajv is given all documents before it compiles one');
    callRef(cxt, getValidate(cxt, document), document);
  },
};

/** Time does not grow with the number of values that are allowed, nor beyond the size of the largest. */
function isOneOf(values: readonly JsonValue[]): (value: JsonValue) => boolean {
  const plain = new Set<JsonValue>();
  const compound = new Set<string>();
  let longest = 0;
  for (const value of values) {
    if (typeof value !== 'object' || value === null) {
      plain.add(value);
      continue;
    }
    const text = canonicalText(value) ?? '';
    longest = Math.max(longest, text.length);
    compound.add(text);
  }
  return (value) => {
    if (typeof value !== 'object' || value === null) return plain.has(value);
    const text = longest === 0 ? undefined : canonicalText(value, longest);
    return text !== undefined && compound.has(text);
  };
}

/** Ajv's own compares each item with each. */
const uniqueItemsKeyword: CodeKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  code: (cxt) => {
    if (cxt.schema !== true) return;
    const hasRepeat = cxt.gen.scopeValue('keyword', { ref: repeats });
    cxt.pass(_`!${hasRepeat}.call(${RUN}, ${cxt.data})`);
  },
};

function repeats(this: RunContext, items: readonly JsonValue[]): boolean {
  return this.identities.repeatIn(items) !== undefined;
}

/**
 * Ajv's own takes an empty array by the verdict on an earlier one, keeps the faults of all items that are not contained,
 * and counts every item as evaluated. Here none is; what 2020-12 wants is written into `unevaluatedItems`.
 */
const containsKeyword: CodeKeywordDefinition = {
  keyword: 'contains',
  type: 'array',
  schemaType: ['object', 'boolean'],
  trackErrors: true,
  error: paramsOf(({ params }) => _`{least: ${params.least}, most: ${params.most}}`),
  code: (cxt) => {
    const { gen, data, parentSchema } = cxt;
    const least = (parentSchema.minContains as number | undefined) ?? 1;
    const most = parentSchema.maxContains as number | undefined;
    cxt.setParams({ least, most: most ?? _`null` });
    const found = gen.let('found', 0);
    const isContained = gen.name('_valid');
    gen.forRange('i', 0, _`${data}.length`, (index) => {
      cxt.subschema(
        { keyword: 'contains', dataProp: index, dataPropType: ITEM_INDEX, compositeRule: true },
        isContained,
      );
      gen.if(
        isContained,
        () => {
          gen.add(found, 1);
          const isDecided = most === undefined ? _`${found} >= ${least}` : _`${found} > ${most}`;
          gen.if(isDecided, () => gen.break());
        },
        // Each at once: put together with those of the next items, they would be copied again and again.
        () => cxt.reset(),
      );
    });
    const holds = _`${found} >= ${least}`;
    cxt.pass(most === undefined ? holds : _`${holds} && ${found} <= ${most}`);
  },
};

/** Ajv's own counts the condition's properties as evaluated where it is not met, and forgets them without `then` and `else`. */
const ifKeyword: CodeKeywordDefinition = {
  keyword: 'if',
  schemaType: ['object', 'boolean'],
  trackErrors: true,
  code: (cxt) => {
    const { gen, parentSchema } = cxt;
    const isMet = gen.name('_valid');
    const valid = gen.let('valid', true);
    const condition = cxt.subschema(
      { keyword: 'if', compositeRule: true, createErrors: false, allErrors: false },
      isMet,
    );
    cxt.reset();
    cxt.mergeValidEvaluated(condition, isMet);
    const branch = (keyword: 'then' | 'else') => (): void => {
      if (parentSchema[keyword] === undefined) return;
      const holds = gen.name('_valid');
      const evaluated = cxt.subschema({ keyword }, holds);
      gen.assign(valid, holds);
      cxt.mergeValidEvaluated(evaluated, holds);
    };
    gen.if(isMet, branch('then'), branch('else'));
    cxt.ok(valid);
  },
};

/** Ajv's own takes "all items are evaluated" for a number, and so for one item. */
const unevaluatedItemsKeyword: CodeKeywordDefinition = {
  keyword: 'unevaluatedItems',
  type: 'array',
  schemaType: ['object', 'boolean'],
  code: (cxt) => {
    const { gen, data, it } = cxt;
    const evaluated = it.items ?? 0;
    if (evaluated === true) return;
    it.items = true;
    const valid = gen.name('valid');
    gen.var(valid, true);
    gen.if(_`${evaluated} !== true`, () => {
      gen.forRange('i', evaluated, _`${data}.length`, (index) => {
        cxt.subschema({ keyword: 'unevaluatedItems', dataProp: index, dataPropType: ITEM_INDEX }, valid);
        if (!it.allErrors) gen.if(_`!${valid}`, () => gen.break());
      });
    });
    cxt.ok(valid);
  },
};

/**
 * Starts a schema's notes of what has been evaluated, for ajv to add to. Left to itself it starts them inside of a branch,
 * where the rest cannot rely on them, and takes what `Object.prototype` has for noted.
 */
const trackKeyword: CodeKeywordDefinition = {
  keyword: OWN_KEYWORDS.track,
  before: '$ref',
  code: ({ gen, it }) => {
    it.props = gen.var('props', _`Object.create(null)`);
    it.items = gen.var('items', 0);
  },
};

/**
 * Ajv's own `properties`, but for how it notes them: of those that the value has, not all that the schema names each time.
 * A part that starts no notes has them taken by the schema that it is a part of.
 */
function trackedProperties(own: CodeKeywordDefinition): CodeKeywordDefinition {
  return {
    ...own,
    before: 'patternProperties',
    code: (cxt, ruleType) => {
      const { gen, data, it, schemaValue } = cxt;
      const { props } = it;
      if (props instanceof Name) {
        gen.forIn('key', data, (key) =>
          gen.if(_`Object.hasOwn(${schemaValue}, ${key})`, () => gen.assign(_`${props}[${key}]`, true)),
        );
      }
      it.props = true;
      own.code(cxt, ruleType);
      if (props === undefined) delete it.props;
      else it.props = props;
    },
  };
}

/** What `false` is written as, so that its refusal is counted and reported like any other. */
const nothingKeyword: CodeKeywordDefinition = { keyword: OWN_KEYWORDS.nothing, code: (cxt) => cxt.fail(_`true`) };

const stepsKeyword: CodeKeywordDefinition = {
  keyword: OWN_KEYWORDS.steps,
  before: '$ref',
  code: ({ gen, schema }) => {
    gen.code(_`${RUN}.countSteps(${schema as number})`);
  },
};

/** Made anew for each ajv. */
export function ownKeywords(): readonly CodeKeywordDefinition[] {
  const decisions: ((value: never) => boolean)[] = [];
  return [
    refKeyword,
    // Ajv's own are slow where many values are allowed, and throw on a value with a member `toString`.
    decidedBy(decisions, { keyword: 'enum', schemaType: 'array' }, isOneOf),
    decidedBy(decisions, { keyword: 'const' }, (value: JsonValue) => isOneOf([value])),
    // Ajv's own takes 19.99 for no multiple of 0.01.
    decidedBy(
      decisions,
      { keyword: 'multipleOf', type: 'number', schemaType: 'number' },
      (divisor: number) => (value: number) => isMultipleOf(value, divisor),
    ),
    uniqueItemsKeyword,
    containsKeyword,
    ifKeyword,
    nothingKeyword,
  ];
}

/** Where a schema asks for what is left over. */
export const trackingKeywords = (properties: CodeKeywordDefinition): readonly CodeKeywordDefinition[] => [
  trackKeyword,
  trackedProperties(properties),
  unevaluatedItemsKeyword,
];
/** Where all faults are asked for. */
export const COUNTING: CodeKeywordDefinition = stepsKeyword;
