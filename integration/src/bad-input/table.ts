import type { BadInput } from './bad-input.ts';
import { activityEventCases } from './cases/activity-events.ts';
import { bodyCases } from './cases/bodies.ts';
import { formCases } from './cases/forms.ts';
import { httpCases } from './cases/http.ts';
import { jsonCases } from './cases/json.ts';
import { nameCases } from './cases/names.ts';
import { questionCases } from './cases/questions.ts';
import { schemaCases } from './cases/schemas.ts';
import { streamEventCases } from './cases/stream-events.ts';
import { tableCases } from './cases/tables.ts';
import { timestampCases } from './cases/timestamps.ts';

/** All requests that must be refused. */
export const TABLE: readonly BadInput[] = [
  ...httpCases,
  ...timestampCases,
  ...bodyCases,
  ...jsonCases,
  ...formCases,
  ...nameCases,
  ...activityEventCases,
  ...tableCases,
  ...streamEventCases,
  ...schemaCases,
  ...questionCases,
];
