export { openProbe, type Probe } from './probe.ts';
