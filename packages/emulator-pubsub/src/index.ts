export type { Clock } from '@sluice/durable-log';
