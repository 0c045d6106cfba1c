import type { ParameterDoc } from '@sluice/http';
import { NAME_PATTERN } from '@sluice/streams';

export const CLIENT_PARAM: ParameterDoc = {
  description:
    'Who has the stream. `api`, `app`, `health`, `ready`, `metrics` and names that begin with `goog` are taken.',
  schema: { type: 'string', pattern: NAME_PATTERN },
  example: 'SpongeBob',
};

export const EVENT_PARAM: ParameterDoc = {
  description: 'The type of the events.',
  schema: { type: 'string', pattern: NAME_PATTERN },
  example: 'Fruits',
};
